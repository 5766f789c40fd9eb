"""The bell, in real browsers: two devices of one person, tabs that are hidden, toasts that keep out of the way."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import send, wait_live
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


def calm(page: Page, homeroom: Homeroom) -> None:
    """Begin with nothing unread, and nothing on the way."""
    while homeroom.rows("SELECT 1 FROM notifications_event WHERE done IS NULL"):
        page.wait_for_timeout(100)
    wait_live(page)
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1/notifications/", page.url))
    wait_live(page)
    button = page.locator("#notifications").get_by_role("button", name="Mark all as read")
    if button.count():
        button.click()
    expect(page.locator("#unread-count")).to_have_text("")


def taught(homeroom: Homeroom, number: int) -> tuple[int, int, str]:
    """A student of the demo's teacher: id, conversation, name."""
    rows = homeroom.rows(
        "SELECT s.id, s.conversation_id, s.given_name FROM students_student s"
        " JOIN courses_enrollment e ON e.student_id = s.id AND e.is_active"
        " JOIN courses_batch b ON b.id = e.batch_id JOIN accounts_user u ON u.id = b.teacher_id"
        " WHERE u.email = 'teacher@homeroom.test' AND s.user_id IS NULL ORDER BY s.id"
    )
    return rows[number]


def test_two_devices_of_one_person_follow_one_another(desk: Desk, homeroom: Homeroom) -> None:
    pk, _, name = taught(homeroom, 1)
    staff = desk.sign_in("staff", f"/students/{pk}/")
    laptop = desk.sign_in("teacher", "/batches/")
    phone = desk.sign_in("teacher", "/messages/", viewport=PHONE, has_touch=True, is_mobile=True)
    calm(laptop, homeroom)
    laptop.goto(f"{homeroom.url}/batches/")
    wait_live(laptop)
    wait_live(phone)
    wait_live(staff)
    for page in (laptop, phone):
        page.evaluate(MOST)
    for number in range(3):
        send(staff, f"Number {number} for you", "staff")
        expect(staff.locator(".thread-messages").get_by_text(f"Number {number} for you")).to_be_visible()
    for page, title in ((laptop, "Batches"), (phone, "Messages")):
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


def test_an_open_panel_follows_and_each_line_can_be_read_alone(desk: Desk, homeroom: Homeroom) -> None:
    (first, _, one), (second, _, other) = taught(homeroom, 2), taught(homeroom, 3)
    teacher = desk.sign_in("teacher", "/batches/")
    calm(teacher, homeroom)
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


def test_hidden_tabs_count_in_their_titles_by_the_stream_of_one(desk: Desk, homeroom: Homeroom) -> None:
    pk, _, _ = taught(homeroom, 4)
    first = desk.sign_in("teacher", "/batches/")
    calm(first, homeroom)
    tabs = [first]
    for path in ("/", "/messages/", "/students/"):
        tabs.append(first.context.new_page())
        desk.watch(tabs[-1])
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
    desk: Desk, homeroom: Homeroom
) -> None:
    (looked_at, _, _), (elsewhere, _, _) = taught(homeroom, 5), taught(homeroom, 6)
    phone = desk.sign_in("teacher", f"/students/{looked_at}/", viewport=PHONE, has_touch=True, is_mobile=True)
    wait_live(phone)
    staff = desk.sign_in("staff", f"/students/{elsewhere}/")
    wait_live(staff)
    send(staff, "over there", "staff")
    toast = phone.locator("#toasts .toast-item")
    expect(toast).to_contain_text("over there")
    assert phone.locator("#toasts").get_attribute("aria-live") == "polite"
    box, composer = toast.bounding_box(), phone.locator("form[id$=composer]").bounding_box()
    assert box
    assert composer
    assert box["y"] + box["height"] <= composer["y"]
    expect(toast).to_have_count(0, timeout=9_000)
    laptop = desk.sign_in("teacher", f"/students/{looked_at}/")
    wait_live(laptop)
    send(staff, "and again", "staff")
    laptop.locator("#toasts .toast-item").hover()
    laptop.wait_for_timeout(7_500)
    expect(laptop.locator("#toasts .toast-item")).to_have_count(1)
    laptop.mouse.move(5, 5)
    expect(laptop.locator("#toasts .toast-item")).to_have_count(0)
    # What one looks at is told by no toast.
    staff.goto(f"{homeroom.url}/students/{looked_at}/")
    wait_live(staff)
    send(staff, "right here", "staff")
    expect(laptop.locator(".thread-messages").get_by_text("right here")).to_be_visible()
    laptop.wait_for_timeout(1_000)
    expect(laptop.locator("#toasts .toast-item")).to_have_count(0)


def test_what_one_chooses_is_saved_in_place_and_holds(desk: Desk, homeroom: Homeroom) -> None:
    pk, _, _ = taught(homeroom, 7)
    teacher = desk.sign_in("teacher", "/notifications/preferences/")
    box = teacher.get_by_label("Messages: On the page")
    expect(box).to_be_checked()
    try:
        box.uncheck()
        expect(teacher.locator("#notification-ways .settings-said")).to_contain_text("Saved")
        teacher.fill("#id_quiet_from", "22:00")
        expect(teacher.locator("#quiet-until-error")).to_contain_text("Say until when")
        teacher.fill("#id_quiet_from", "")
        expect(teacher.locator("#notification-schedule .settings-said")).to_contain_text("Saved")
        calm(teacher, homeroom)
        staff = desk.sign_in("staff", f"/students/{pk}/")
        wait_live(staff)
        send(staff, "unheard", "staff")
        expect(staff.locator(".thread-messages").get_by_text("unheard")).to_be_visible()
        teacher.wait_for_timeout(1_500)
        expect(teacher.locator("#unread-count")).to_have_text("")
        expect(teacher.locator("#toasts .toast-item")).to_have_count(0)
    finally:
        teacher.goto(f"{homeroom.url}/notifications/preferences/")
        teacher.get_by_label("Messages: On the page").check()
        expect(teacher.locator("#notification-ways .settings-said")).to_contain_text("Saved")


def test_a_conversation_is_muted_and_given_to_somebody(desk: Desk, homeroom: Homeroom) -> None:
    pk, _, _ = taught(homeroom, 8)
    teacher = desk.sign_in("teacher", f"/students/{pk}/")
    wait_live(teacher)
    teacher.get_by_role("button", name="Notifications of this conversation").click()
    teacher.get_by_role("button", name="For an hour").click()
    expect(teacher.get_by_role("button", name="Muted. Notifications of this conversation")).to_be_visible()
    calm(teacher, homeroom)
    staff = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(staff)
    send(staff, "not so loud", "staff")
    expect(staff.locator(".thread-messages").get_by_text("not so loud")).to_be_visible()
    teacher.wait_for_timeout(1_000)
    expect(teacher.locator("#unread-count")).to_have_text("")
    other = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(other)
    staff.locator(".thread-menu-button").click()
    name = teacher.locator("#user-menu-who bdi").text_content() or ""
    staff.locator(".thread-assign select").select_option(label=name)
    for page in (staff, other):
        expect(page.locator(".thread-whose")).to_contain_text(name)
    expect(teacher.locator("#unread-count")).to_have_text("1")
    teacher.locator("#bell").click()
    teacher.locator("#bell-panel .notice-line a").first.click()
    expect(teacher.locator(".thread-messages").get_by_text("not so loud")).to_be_visible()
    expect(teacher.locator("#unread-count")).to_have_text("")


def test_the_bell_works_by_keyboard_alone(desk: Desk, homeroom: Homeroom) -> None:
    pk, _, _ = taught(homeroom, 9)
    teacher = desk.sign_in("teacher", "/batches/")
    calm(teacher, homeroom)
    staff = desk.sign_in("staff", f"/students/{pk}/")
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
