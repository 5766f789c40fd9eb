"""The bell, in real browsers: two devices of one person, tabs that are hidden, toasts that keep out of the way."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import send, wait_live
from tests.demo import Newcomers
from tests.servers import Homeroom

HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    const state = hidden ? 'hidden' : 'visible';
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange'));
}"""
# How many toasts there were at a time, which go after six seconds.
MOST = """() => { window.most = 0; new MutationObserver(() => { window.most = Math.max(window.most,
    document.querySelectorAll('#toasts .toast-item').length) })
    .observe(document.getElementById('toasts'), { childList: true }) }"""
STREAM = "#stream[hx-sse\\:connect]"


def all_told(homeroom: Homeroom, page: Page) -> None:
    """Wait until everyone has been told of what has happened."""
    while homeroom.rows("SELECT 1 FROM notifications_event WHERE done IS NULL"):
        page.wait_for_timeout(50)


def test_two_devices_of_one_person_follow_one_another(desk: Desk, newcomer: Newcomers) -> None:
    me = newcomer("teacher")
    pk, name = me.taught[0]["student"], me.taught[0]["name"]
    staff = desk.sign_in("staff", f"/students/{pk}/")
    laptop = desk.sign_in(me.who, "/batches/")
    phone = desk.sign_in(me.who, "/messages/", viewport=PHONE, has_touch=True, is_mobile=True)
    wait_live(laptop)
    wait_live(phone)
    wait_live(staff)
    for page in (laptop, phone):
        page.evaluate(MOST)
    for number in range(3):
        send(staff, f"Number {number} for you", "staff")
        expect(staff.locator(".thread-messages").get_by_text(f"Number {number} for you")).to_be_visible()
    for page, title in ((laptop, "Batches"), (phone, "Inbox")):
        expect(page.locator("#unread-count")).to_have_text("3")
        expect(page).to_have_title(re.compile(rf"^\(3\) {title}"))
        page.wait_for_function("() => window.most > 0")
        assert page.evaluate("window.most") == 1  # One for a burst.
    phone.locator("#bell").tap()
    line = phone.locator("#bell-panel .notice-line").first
    expect(line).to_contain_text(f"3 new messages about {name}")
    line.locator("a").first.tap()
    expect(phone.locator(".thread-messages").get_by_text("Number 2 for you")).to_be_in_viewport()
    for page in (laptop, phone):
        expect(page.locator("#unread-count")).to_have_text("")
        expect(page).not_to_have_title(re.compile(r"^\("))


def test_an_open_panel_follows_and_each_line_can_be_read_alone(
    desk: Desk, newcomer: Newcomers, homeroom: Homeroom
) -> None:
    me = newcomer("teacher")
    (first, one), (second, other) = ((each["student"], each["name"]) for each in me.taught)
    teacher = desk.sign_in(me.who, "/batches/")
    wait_live(teacher)
    teacher.locator("#bell").click()
    panel = teacher.locator("#bell-panel")
    expect(panel.get_by_role("heading", name="Notifications")).to_be_visible()
    staff = desk.sign_in("staff", f"/students/{first}/")
    wait_live(staff)
    send(staff, "about the first", "staff")
    expect(panel.locator("[data-unread-line]")).to_have_count(1)
    staff.goto(f"{homeroom.url}/students/{second}/")
    wait_live(staff)
    send(staff, "about the second", "staff")
    expect(panel.locator("[data-unread-line]")).to_have_count(2)
    panel.locator(".notice-line", has_text=one).get_by_role("button", name="Mark as read").first.click()
    expect(panel.locator("[data-unread-line]")).to_have_count(1)
    expect(teacher.locator("#unread-count")).to_have_text("1")
    expect(panel.locator("[data-unread-line]")).to_contain_text(other)
    panel.locator("[data-unread-line] summary").click()
    expect(panel.locator("[data-unread-line] .notice-why p")).to_contain_text("You take part in this conversation.")
    panel.get_by_role("button", name="Mark all as read").click()
    expect(panel.locator("[data-unread-line]")).to_have_count(0)
    expect(teacher.locator("#unread-count")).to_have_text("")


def test_hidden_tabs_count_in_their_titles_by_the_stream_of_one(
    desk: Desk, newcomer: Newcomers, homeroom: Homeroom
) -> None:
    me = newcomer("teacher")
    pk = me.taught[0]["student"]
    first = desk.sign_in(me.who, "/batches/")
    tabs = [first]
    for path in ("/", "/messages/", "/students/"):
        tabs.append(desk.tab(first.context))
        tabs[-1].goto(homeroom.url + path)
    for tab in tabs:
        tab.evaluate(HIDE, True)
    expect(first.locator(STREAM)).to_have_count(1)
    for tab in tabs[1:]:
        expect(tab.locator(STREAM)).to_have_count(0)
    staff = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(staff)
    send(staff, "while all is hidden", "staff")
    for tab in tabs:
        expect(tab).to_have_title(re.compile(r"^\(1\) "))
    # The tab that held it is closed: another takes over.
    first.close()
    expect(tabs[1].locator(STREAM)).to_have_count(1)
    send(staff, "and another", "staff")
    for tab in tabs[1:]:
        expect(tab).to_have_title(re.compile(r"^\(2\) "))
    tabs[1].evaluate(HIDE, False)
    tabs[1].goto(f"{homeroom.url}/students/{pk}/")
    for tab in tabs[1:]:
        expect(tab).not_to_have_title(re.compile(r"^\("))


def test_a_toast_goes_by_itself_unless_pointed_at_and_is_never_over_the_composer(
    desk: Desk, newcomer: Newcomers, homeroom: Homeroom
) -> None:
    me = newcomer("teacher")
    looked_at, elsewhere = (each["student"] for each in me.taught)
    phone = desk.sign_in(me.who, f"/students/{looked_at}/", viewport=PHONE, has_touch=True, is_mobile=True)
    wait_live(phone)
    staff = desk.sign_in("staff", f"/students/{elsewhere}/")
    wait_live(staff)
    phone.clock.install()
    send(staff, "over there", "staff")
    toast = phone.locator("#toasts .toast-item")
    expect(toast).to_contain_text("over there")
    assert phone.locator("#toasts").get_attribute("aria-live") == "polite"
    box, composer = toast.bounding_box(), phone.locator("form[id$=composer]").bounding_box()
    assert box
    assert composer
    assert box["y"] + box["height"] <= composer["y"]
    phone.clock.fast_forward(7_000)
    expect(toast).to_have_count(0)
    laptop = desk.sign_in(me.who, f"/students/{looked_at}/")
    wait_live(laptop)
    laptop.clock.install()
    send(staff, "and again", "staff")
    laptop.locator("#toasts .toast-item").hover()
    laptop.clock.fast_forward(7_500)
    expect(laptop.locator("#toasts .toast-item")).to_have_count(1)
    laptop.mouse.move(5, 5)
    laptop.clock.fast_forward(7_000)
    expect(laptop.locator("#toasts .toast-item")).to_have_count(0)
    # What one looks at is told by no toast.
    staff.goto(f"{homeroom.url}/students/{looked_at}/")
    wait_live(staff)
    send(staff, "right here", "staff")
    expect(laptop.locator(".thread-messages").get_by_text("right here")).to_be_visible()
    all_told(homeroom, laptop)
    expect(laptop.locator("#toasts .toast-item")).to_have_count(0)


def test_what_one_chooses_is_saved_in_place_and_holds(desk: Desk, newcomer: Newcomers, homeroom: Homeroom) -> None:
    me = newcomer("teacher")
    teacher = desk.sign_in(me.who, "/notifications/preferences/")
    wait_live(teacher)
    box = teacher.get_by_label("Messages: On the page")
    expect(box).to_be_checked()
    box.uncheck()
    expect(teacher.locator("#notification-ways .settings-said")).to_contain_text("Saved")
    teacher.fill("#id_quiet_from", "22:00")
    expect(teacher.locator("#quiet-until-error")).to_contain_text("Say until when")
    teacher.fill("#id_quiet_from", "")
    expect(teacher.locator("#notification-schedule .settings-said")).to_contain_text("Saved")
    staff = desk.sign_in("staff", f"/students/{me.taught[0]['student']}/")
    wait_live(staff)
    send(staff, "unheard", "staff")
    expect(staff.locator(".thread-messages").get_by_text("unheard")).to_be_visible()
    all_told(homeroom, staff)
    expect(teacher.locator("#unread-count")).to_have_text("")
    expect(teacher.locator("#toasts .toast-item")).to_have_count(0)


def test_a_conversation_is_muted_and_given_to_somebody(desk: Desk, newcomer: Newcomers, homeroom: Homeroom) -> None:
    me = newcomer("teacher")
    pk = me.taught[0]["student"]
    teacher = desk.sign_in(me.who, f"/students/{pk}/")
    wait_live(teacher)
    teacher.get_by_role("button", name="Notifications of this conversation").click()
    teacher.get_by_role("button", name="For an hour").click()
    expect(teacher.get_by_role("button", name="Muted. Notifications of this conversation")).to_be_visible()
    teacher.goto(f"{homeroom.url}/batches/")
    wait_live(teacher)
    staff = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(staff)
    send(staff, "not so loud", "staff")
    expect(staff.locator(".thread-messages").get_by_text("not so loud")).to_be_visible()
    all_told(homeroom, staff)
    expect(teacher.locator("#unread-count")).to_have_text("")
    other = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(other)
    staff.locator(".thread-menu-button").click()
    name = teacher.locator("#user-menu-who bdi").text_content() or ""
    staff.locator(".thread-assign select").select_option(label=name)
    for page in (staff, other):
        expect(page.locator(".thread-whose")).to_contain_text(f"Assigned to {name.split()[0]}")
    expect(teacher.locator("#unread-count")).to_have_text("1")
    teacher.locator("#bell").click()
    teacher.locator("#bell-panel .notice-line a").first.click()
    expect(teacher.locator(".thread-messages").get_by_text("not so loud")).to_be_visible()
    expect(teacher.locator("#unread-count")).to_have_text("")


def test_the_bell_works_by_keyboard_alone(desk: Desk, newcomer: Newcomers) -> None:
    me = newcomer("teacher")
    teacher = desk.sign_in(me.who, "/batches/")
    wait_live(teacher)
    staff = desk.sign_in("staff", f"/students/{me.taught[0]['student']}/")
    wait_live(staff)
    send(staff, "for the keyboard", "staff")
    expect(teacher.locator("#unread-count")).to_have_text("1")
    teacher.locator("#bell").focus()
    teacher.keyboard.press("Enter")
    expect(teacher.locator("#bell-panel .notice-line").first).to_be_visible()
    teacher.keyboard.press("Tab")  # Mark all as read
    teacher.keyboard.press("Tab")  # The first line
    expect(teacher.locator("#bell-panel .notice-line a").first).to_be_focused()
    teacher.keyboard.press("Enter")
    expect(teacher.locator(".thread-messages").get_by_text("for the keyboard")).to_be_visible()
    expect(teacher.locator("#unread-count")).to_have_text("")
