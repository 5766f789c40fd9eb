"""Composing in a real browser: sending past a reply, names, reactions, and bubbles that don't jump."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.test_thread import student
from tests.browser.threads import assert_equal_to_database, caught, send, stored, wait_live
from tests.servers import Homeroom

COMPOSER = "textarea[name=body]"


def hold(held: list[Route]) -> Callable[[Route], None]:
    """Keeps a request on its way until the test lets it go on."""
    return lambda route: held.append(route)


def deaf(page: Page) -> None:
    """The page no longer hears what others write: no stream, no catching up."""
    page.route(re.compile(r"/events/|/messages/\?after"), lambda route: route.abort())
    page.evaluate("document.getElementById('stream').remove()")


def asked(page: Page) -> Page:
    return page.locator(".thread-pending .message[data-state=asked]")  # type: ignore[return-value]


def test_who_sends_past_a_reply_is_asked_and_sends_anyway_in_order(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 14)
    page = desk.sign_in("staff", f"/students/{pk}/")
    other = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(page)
    wait_live(other)
    deaf(page)
    send(other, "I have just called them")
    expect(other.locator(".thread-messages").get_by_text("I have just called them")).to_be_visible()
    for word in ("one", "two", "three"):
        send(page, f"past it {word}", "staff")
    question = asked(page)
    expect(question).to_have_count(1)
    expect(question).to_contain_text("replied meanwhile: send anyway?")
    expect(question).to_contain_text("I have just called them")
    expect(page.locator(".thread-pending .message")).to_have_count(3)
    question.get_by_role("button", name="Send anyway").click()
    expect(page.locator(".thread-pending .message")).to_have_count(0)
    bodies = [row[3] for row in stored(homeroom, thread)[-4:]]
    assert bodies == ["I have just called them", "past it one", "past it two", "past it three"]


def test_the_question_outlives_a_reload_and_the_text_comes_back_to_be_changed(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 15)
    page = desk.sign_in("staff", f"/students/{pk}/")
    other = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(page)
    wait_live(other)
    # Written while offline; the answer of somebody else is there when the network is back.
    page.route(re.compile(r"/messages/"), lambda route: route.abort())
    send(page, "written offline", "everyone")
    send(page, "and more", "everyone")
    expect(page.locator(".thread-pending .message")).to_have_count(2)
    send(other, "the answer meanwhile")
    expect(other.locator(".thread-messages").get_by_text("the answer meanwhile")).to_be_visible()
    page.unroute_all()
    page.reload()
    expect(asked(page)).to_have_count(1)
    page.reload()
    expect(asked(page)).to_contain_text("the answer meanwhile")
    asked(page).get_by_role("button", name="Edit").click()
    expect(page.locator(COMPOSER)).to_have_value("written offline")
    expect(page.locator(COMPOSER)).to_be_focused()
    expect(page.get_by_role("radio", name="To ")).to_be_checked()
    # What waited behind it is asked about too: it was written before the answer as well.
    expect(asked(page)).to_contain_text("and more")
    asked(page).get_by_role("button", name="Discard").click()
    expect(page.locator(".thread-pending .message")).to_have_count(0)
    page.press(COMPOSER, "Enter")
    expect(page.locator(".thread-messages").get_by_text("written offline")).to_be_visible()
    assert [row[3] for row in stored(homeroom, thread)[-2:]] == ["the answer meanwhile", "written offline"]


def test_who_sees_the_reply_is_not_asked_and_two_who_write_at_once_lose_nothing(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 16)
    pages = [desk.sign_in(who, f"/students/{pk}/") for who in ("staff", "staff2")]
    for page in pages:
        wait_live(page)
    send(pages[0], "first")
    expect(pages[1].get_by_text("first", exact=True)).to_be_visible()
    send(pages[1], "second")
    expect(pages[0].get_by_text("second", exact=True)).to_be_visible()
    assert asked(pages[1]).count() == 0
    # Both press Send at the same moment: held on the way, then let go together.
    held: list[Route] = []
    for page in pages:
        page.route(re.compile(r"/messages/$"), hold(held))
        send(page, "at once")
    while len(held) < 2:
        pages[0].wait_for_timeout(50)
    for route in held:
        route.continue_()
    for page in pages:
        page.unroute_all()
    for page in pages:
        expect(page.locator(".thread-pending .message:not([data-state=asked])")).to_have_count(0)
        if asked(page).count():
            asked(page).get_by_role("button", name="Send anyway").click()
        expect(page.locator(".thread-pending .message")).to_have_count(0)
    assert [row[3] for row in stored(homeroom, thread)].count("at once") == 2
    for page in pages:
        assert_equal_to_database(page, homeroom, thread)


def test_without_script_the_reply_is_shown_and_the_same_button_sends(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 17)
    page = desk.sign_in("staff", f"/students/{pk}/", java_script_enabled=False)
    other = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(other)
    send(other, "seen by nobody yet")
    expect(other.locator(".thread-messages").get_by_text("seen by nobody yet")).to_be_visible()
    page.fill(COMPOSER, "plain and late")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".composer-unseen")).to_contain_text("replied meanwhile: send anyway?")
    expect(page.locator(".composer-unseen")).to_contain_text("seen by nobody yet")
    expect(page.locator(COMPOSER)).to_have_value("plain and late")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".thread-messages").get_by_text("plain and late")).to_be_visible()
    assert stored(homeroom, thread)[-1][3] == "plain and late"


BOX = """e => { const b = e.querySelector('[data-message-body]').getBoundingClientRect();
    return [b.left, b.top, b.width, b.height].map(n => Math.round(n * 100) / 100) }"""


# What the browser itself calls a shift, of what is among the messages.
WATCH_SHIFTS = """() => { window.shifts = []; new PerformanceObserver(list => list.getEntries().forEach(entry =>
    entry.sources.forEach(({ node }) => { const e = node?.nodeType === 1 ? node : node?.parentElement;
        if (e?.closest('.thread-flow')) shifts.push(`${entry.value} ${e.className}`) })))
    .observe({type: 'layout-shift'}) }"""


def test_a_pending_bubble_becomes_its_message_without_a_jump(desk: Desk, homeroom: Homeroom) -> None:
    for number, options in ((18, {}), (19, {"viewport": PHONE})):
        pk, _ = student(homeroom, number)
        page = desk.sign_in("staff", f"/students/{pk}/", **options)
        wait_live(page)
        texts = ("first of a day", "goes on in a run", "with https://example.com/sheet and\ntwo lines " * 4)
        for text, audience in zip(texts, ("everyone", "everyone", "staff"), strict=True):
            held: list[Route] = []
            page.route(re.compile(r"/messages/$"), hold(held))
            send(page, text, audience)
            pending = page.locator(".thread-pending .message")
            expect(pending).to_have_count(1)
            while not held:
                page.wait_for_timeout(20)
            page.wait_for_timeout(100)
            before = pending.evaluate(BOX)
            others = page.locator(".thread-messages > .message").last
            above = others.evaluate(BOX)
            marker = others.get_attribute("id")
            page.mouse.move(5, 5)  # Under the pointer a message of a run shows its time.
            page.evaluate(WATCH_SHIFTS)
            held[0].continue_()
            page.unroute_all()
            expect(pending).to_have_count(0)
            message = page.locator(".thread-messages > .message").last
            after = message.evaluate(BOX)
            assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 1, (text, before, after)
            still = page.locator(f"#{marker}").evaluate(BOX)
            assert max(abs(a - b) for a, b in zip(above, still, strict=True)) < 1, (text, above, still)
            page.wait_for_timeout(100)
            assert page.evaluate("shifts") == []


def test_two_tabs_that_hold_the_same_unsent_message_send_it_once(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 20)
    first = desk.sign_in("staff", f"/students/{pk}/")
    second = desk.tab(first.context)
    second.goto(f"{homeroom.url}/students/{pk}/")
    first.context.route(re.compile(r"/messages/$"), lambda route: route.abort())
    send(first, "from two tabs")
    expect(second.locator(".thread-pending").get_by_text("from two tabs")).to_be_visible()
    first.context.unroute_all()
    for tab in (first, second):
        tab.evaluate("dispatchEvent(new Event('online'))")
    for tab in (first, second):
        expect(tab.locator(".thread-pending .message")).to_have_count(0)
        expect(tab.locator(".thread-messages").get_by_text("from two tabs")).to_have_count(1)
    assert [row[3] for row in stored(homeroom, thread)].count("from two tabs") == 1


def test_a_refusal_is_retried_with_the_text_kept(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 21)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    page.route(re.compile(r"/messages/$"), lambda route: route.fulfill(status=403, body="Closed for now."))
    send(page, "try me again")
    failed = page.locator(".thread-pending .message[data-state=failed]")
    expect(failed).to_contain_text("Not sent: Closed for now.")
    page.unroute_all()
    failed.get_by_role("button", name="Try again").click()
    expect(page.locator(".thread-messages").get_by_text("try me again")).to_be_visible()


def test_who_is_writing_goes_on_when_rights_change(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 22)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    area = page.locator(COMPOSER)
    area.press_sequentially("half a")
    page.evaluate("""() => { const foot = document.querySelector('.thread-foot');
        foot.dataset.old = ''; htmx.trigger(foot, 'foot-changed', {}, false) }""")
    expect(page.locator(".thread-foot[data-old]")).to_have_count(0)
    expect(area).to_be_focused()
    page.keyboard.type(" sentence")
    expect(area).to_have_value("half a sentence")
    area.fill("")


def test_a_name_completes_by_keyboard_and_its_person_is_told(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 22)
    page = desk.sign_in("staff", f"/students/{pk}/")
    elsewhere = desk.sign_in("staff2", "/batches/")
    [(name,)] = homeroom.rows("SELECT given_name || ' ' || family_name FROM accounts_user WHERE email LIKE 'staff2@%'")
    wait_live(page)
    wait_live(elsewhere)
    area = page.locator(COMPOSER)
    area.fill(f"please ask @{name[:2].lower()}")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(area).to_have_attribute("aria-expanded", "true")
    while name not in options.and_(page.locator("[aria-selected=true]")).inner_text():
        area.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    assert area.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    area.press("Enter")
    expect(area).to_have_value(f"please ask @{name} ")
    expect(page.get_by_role("listbox")).to_be_hidden()
    area.press_sequentially("about it")
    area.press("Enter")
    toast = elsewhere.locator("#toasts .toast-item")
    expect(toast).to_contain_text("mentioned you")
    expect(toast).to_have_count(1)
    mark = page.locator(".thread-messages mark.mention").last
    expect(mark).to_have_text(f"@{name}")


def test_escape_closes_the_names_alone_and_a_finger_takes_one(desk: Desk, homeroom: Homeroom) -> None:
    page = desk.sign_in("staff", "/payments/pending/", viewport=PHONE, has_touch=True)
    wait_live(page)
    page.locator("[data-open-thread]").first.tap()
    area = page.locator(f"#thread-drawer {COMPOSER}")
    expect(area).to_be_visible()
    area.press_sequentially("@a")
    option = page.get_by_role("listbox").get_by_role("option").first
    expect(option).to_be_visible()
    area.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("#thread-drawer")).to_be_visible()
    area.fill("")
    area.press_sequentially("@a")
    expect(option).to_be_visible()
    name = option.get_attribute("data-name")
    option.tap()
    expect(area).to_have_value(f"@{name} ")
    expect(area).to_be_focused()


def test_naming_the_student_in_a_staff_note_is_pointed_out(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 1)
    [(name,)] = homeroom.rows(
        "SELECT u.given_name || ' ' || u.family_name FROM accounts_user u JOIN students_student s ON s.user_id = u.id"
        " WHERE s.id = ?",
        pk,
    )
    page = desk.sign_in("staff", f"/students/{pk}/")
    page.check("[name=audience][value=everyone]")
    page.fill(COMPOSER, f"@{name} well done")
    page.wait_for_timeout(800)
    warning = page.locator(".composer-warning")
    expect(warning).to_be_empty()
    page.check("[name=audience][value=staff]")
    expect(warning).to_contain_text(f"{name} can’t read")
    page.check("[name=audience][value=everyone]")
    expect(warning).to_be_empty()


def test_a_reaction_is_there_at_once_for_oneself_and_soon_for_the_other(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 23)
    pages = [desk.sign_in(who, f"/students/{pk}/") for who in ("staff", "staff2")]
    for page in pages:
        wait_live(page)
    send(pages[0], "react to this", "staff")
    messages = [page.locator(".message", has_text="react to this") for page in pages]
    expect(messages[1]).to_be_visible()
    react = """(page, emoji) => { const b = document.createElement('button'); b.dataset.react = emoji;
        page.append(b); b.click(); b.remove() }"""
    held: list[Route] = []
    pages[1].route(re.compile("/reactions/"), hold(held))
    messages[1].evaluate(react, "🎉")
    chip = [message.locator(".message-reaction") for message in messages]
    expect(chip[1]).to_have_attribute("aria-pressed", "true")
    assert not homeroom.rows(
        "SELECT 1 FROM conversations_reaction r JOIN conversations_message m ON m.id = r.message_id"
        " WHERE m.conversation_id = ?",
        thread,
    )
    # The message comes anew, as it was before what is still on its way.
    messages[0].evaluate(react, "👍")
    expect(messages[1].locator(".message-reaction", has_text="👍 1")).to_be_visible()
    expect(messages[1].locator(".message-reaction", has_text="🎉")).to_have_attribute("aria-pressed", "true")
    messages[0].evaluate(react, "👍")
    expect(messages[1].locator(".message-reaction", has_text="👍")).to_have_count(0)
    caught(pages[1], held).continue_()
    pages[1].unroute_all()
    expect(chip[0]).to_contain_text("🎉 1")
    expect(chip[0]).to_have_attribute("aria-pressed", "false")
    chip[0].click()
    expect(chip[1]).to_contain_text("🎉 2")
    # On, off, on: as quickly as one can click, and the last one counts.
    for _ in range(3):
        chip[1].click()
    expect(chip[0]).to_contain_text("🎉 1")
    expect(chip[1]).to_have_attribute("aria-pressed", "false")
    expect(pages[1].locator("body > form[hidden]")).to_have_count(0)  # Nothing is under way.
    for page in pages:
        assert_equal_to_database(page, homeroom, thread)
    # What the server refuses is taken back and told.
    pages[1].route(re.compile("/reactions/"), lambda route: route.fulfill(status=403, body="Closed."))
    chip[1].click()
    expect(pages[1].locator("#toasts")).to_contain_text("Closed.")
    expect(chip[1]).to_contain_text("🎉 1")


def test_the_picker_of_reactions_is_loaded_when_wanted_and_says_if_it_cannot_be(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 23)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    send(page, "pick one", "staff")
    message = page.locator(".thread-messages > .message", has_text="pick one")
    page.route(re.compile("/picker"), lambda route: route.abort())
    message.hover()
    more = page.locator("[data-react-more]:visible").last
    more.click()
    expect(page.locator("#toasts")).to_contain_text("Homeroom can't be reached.")
    page.unroute_all()
    message.hover()
    more.click()
    picker = page.get_by_role("dialog", name="Choose a reaction")
    expect(picker.locator("button").first).to_be_focused()
    page.keyboard.press("ArrowRight")
    emoji = picker.locator("button").nth(1).inner_text()
    page.keyboard.press("Enter")
    expect(picker).to_be_hidden()
    expect(message.locator(".message-reaction")).to_contain_text(f"{emoji} 1")


def test_on_a_phone_the_first_tap_chooses_who_may_read(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 24)
    page = desk.sign_in("staff", f"/students/{pk}/", viewport=PHONE, has_touch=True)
    wait_live(page)
    page.locator(".composer-audience label").last.tap()
    expect(page.get_by_role("radio", name="To ")).to_be_checked()
    page.locator(COMPOSER).tap()
    page.locator(".composer-audience").get_by_text("Team note", exact=True).tap()
    expect(page.get_by_role("radio", name="Team note")).to_be_checked()
    expect(page.locator(COMPOSER)).to_be_focused()
