"""The thread in a real browser: live on its pages, nothing lost, nothing twice."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import assert_equal_to_database, drawn, send, shown, stored, wait_live
from tests.servers import Homeroom


def student(server: Homeroom, number: int) -> tuple[int, int]:
    """The id and the thread of a demo student: the first (1) is `student@`, each number has one of its own."""
    [row] = server.rows("SELECT id, conversation_id FROM students_student WHERE code = ?", f"HR-{number:05}")
    return row


def test_staff_and_student_talk_live(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 1)
    staff = desk.sign_in("staff", f"/students/{pk}/")
    pupil = desk.sign_in("student", viewport=PHONE)
    wait_live(staff)
    wait_live(pupil)
    send(staff, "Between us: the last test went badly", "staff")
    send(staff, "See you at five 👋 https://example.com/sheet", "everyone")
    expect(pupil.get_by_text("See you at five")).to_be_visible()
    send(pupil, "<b>yes</b>, I'll be there")
    expect(staff.get_by_text("<b>yes</b>, I'll be there")).to_be_visible()
    expect(pupil.get_by_text("Between us")).to_have_count(0)
    expect(pupil.get_by_role("link", name="https://example.com/sheet")).to_be_visible()
    assert_equal_to_database(staff, homeroom, thread)
    assert_equal_to_database(pupil, homeroom, thread, staff=False)


def test_a_live_page_equals_a_fresh_one(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 5)
    page = desk.sign_in("staff", f"/students/{pk}/")
    other = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(page)
    wait_live(other)
    for number in range(8):
        send(page if number % 3 else other, f"line {number}", "everyone" if number % 2 else "staff")
        for reader in (page, other):
            expect(reader.locator(".thread-messages").get_by_text(f"line {number}", exact=True)).to_be_visible()
    before = shown(page, thread)
    page.reload()
    wait_live(page)
    assert shown(page, thread) == before


def test_older_messages_come_as_one_scrolls_up_and_the_place_is_kept(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 2)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    total = len(stored(homeroom, thread))
    assert total > 300
    scroller = page.locator(".thread-scroll")
    first = page.locator(".thread-messages > .message").first
    anchor = first.get_attribute("id")
    scroller.evaluate("e => { e.scrollTop = -e.scrollHeight }")
    expect(page.locator(".thread-messages > .message")).not_to_have_count(50)
    top = page.locator(f"#{anchor}").evaluate("e => e.getBoundingClientRect().top")
    box = scroller.evaluate("e => { const r = e.getBoundingClientRect(); return [r.top, r.bottom] }")
    assert box[0] - 5 <= top <= box[1], "what was in view stays in view"
    page.wait_for_function(
        """total => { const e = document.querySelector('.thread-scroll'); e.scrollTop = -e.scrollHeight;
        return document.querySelectorAll('.thread-messages > .message:not([data-retracted])').length >= total }""",
        arg=total,
    )
    assert len(shown(page, thread)) == total
    assert_equal_to_database(page, homeroom, thread)


def test_reading_above_one_is_told_of_new_messages(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 3)
    reader = desk.sign_in("staff", f"/students/{pk}/")
    writer = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(reader)
    wait_live(writer)
    scroller = reader.locator(".thread-scroll")
    scroller.evaluate("e => { e.scrollTop = -700 }")
    drawn(reader)
    middle = reader.locator(".message:visible").nth(20)
    before = middle.evaluate("e => e.getBoundingClientRect().top")
    send(writer, "new below")
    button = reader.get_by_role("button", name="1 new message")
    expect(button).to_be_visible()
    assert abs(middle.evaluate("e => e.getBoundingClientRect().top") - before) < 3
    button.click()
    expect(reader.get_by_text("new below", exact=True)).to_be_in_viewport()
    expect(button).to_be_hidden()


def test_shift_enter_breaks_the_line_and_a_draft_outlives_a_reload(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 6)
    page = desk.sign_in("staff", f"/students/{pk}/")
    area = page.locator("textarea[name=body]")
    area.press_sequentially("first")
    area.press("Shift+Enter")
    area.press_sequentially("second")
    page.reload()
    expect(area).to_have_value("first\nsecond")
    area.press("Enter")
    expect(area).to_have_value("")
    expect(page.locator(".thread-messages [data-message-body]").last).to_have_text("first\nsecond", use_inner_text=True)
    page.reload()
    expect(area).to_have_value("")


@pytest.mark.parametrize(("typed", "reason"), [("   ", "Write something"), ("x" * 5_001, "too long")])
def test_what_is_refused_stays_in_the_composer(desk: Desk, homeroom: Homeroom, typed: str, reason: str) -> None:
    pk, thread = student(homeroom, 7)
    before = stored(homeroom, thread)
    page = desk.sign_in("staff", f"/students/{pk}/")
    send(page, typed)
    expect(page.locator(".composer-error")).to_contain_text(reason)
    expect(page.locator("textarea[name=body]")).to_have_value(typed)
    assert stored(homeroom, thread) == before


def test_a_session_that_ends_while_one_types_loses_no_text(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 8)
    page = desk.sign_in("staff", f"/students/{pk}/")
    page.context.clear_cookies(name="sessionid")
    send(page, "dear words", "staff")
    expect(page.locator(".message-state")).to_contain_text("signed out")
    page.goto(f"{homeroom.url}/accounts/login/?next=/students/{pk}/")
    page.fill("[name=login]", "staff@homeroom.test")
    page.fill("[name=password]", "homeroom")
    page.press("[name=password]", "Enter")
    expect(page.locator(".thread-messages").get_by_text("dear words")).to_be_visible()


def test_what_is_sent_offline_goes_out_in_order_after_a_reload(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 9)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    page.route(re.compile("/messages/"), lambda route: route.abort())
    for word in ("one", "two", "three"):
        send(page, f"offline {word}")
    expect(page.locator(".thread-pending .message")).to_have_count(3)
    expect(page.locator(".message-state").first).to_contain_text("Waiting")
    page.reload()
    expect(page.locator(".thread-pending .message")).to_have_count(3)
    page.unroute_all()
    expect(page.locator(".thread-pending .message")).to_have_count(0)
    assert [row[3] for row in stored(homeroom, thread)[-3:]] == ["offline one", "offline two", "offline three"]
    assert_equal_to_database(page, homeroom, thread)


def test_a_toast_leads_to_the_thread_and_is_silent_where_it_is_open(desk: Desk, homeroom: Homeroom) -> None:
    pk, _ = student(homeroom, 1)
    pupil = desk.sign_in("student", viewport=PHONE)
    # Two people: of two pages of one person that which has it open reads it, and then no other page tells of it.
    staff, elsewhere = (desk.sign_in(who, f"/students/{pk}/") for who in ("staff", "staff2"))
    for page in (pupil, staff, elsewhere):
        wait_live(page)
    for page, text in ((staff, "So that I take part"), (elsewhere, "So do I")):
        send(page, text, "staff")
        # Before it is stored and seen, what comes next would be a reply that its sender hasn't seen.
        for other in (staff, elsewhere):
            expect(other.locator(".thread-messages").get_by_text(text)).to_be_visible()
    elsewhere.goto(f"{desk.server.url}/batches/")
    wait_live(elsewhere)
    send(pupil, "Is the room open?")
    toast = elsewhere.locator("#toasts .toast-item")
    expect(toast).to_contain_text("Is the room open?")
    toast.get_by_role("link").click()
    expect(elsewhere.locator(".thread").get_by_text("Is the room open?")).to_be_visible()
    expect(staff.get_by_text("Is the room open?")).to_be_visible()
    expect(staff.locator("#toasts .toast-item")).to_have_count(0)


def test_in_the_drawer_another_rows_thread_follows_without_a_reload(desk: Desk, homeroom: Homeroom) -> None:
    page, other = desk.sign_in("staff"), desk.sign_in("staff2")
    for path, indices in (("/payments/pending/", (0, 1)), ("/batches/1/edit/", (0,))):
        page.goto(homeroom.url + path)
        wait_live(page)
        page.evaluate("window.marked = true")
        rows = page.locator("[data-student]:has([data-open-thread])")
        for index in indices:
            row = rows.nth(index)
            pk = int(row.get_attribute("data-student") or 0)
            [(thread,)] = homeroom.rows("SELECT conversation_id FROM students_student WHERE id = ?", pk)
            row.locator("[data-open-thread]").first.click()
            expect(page.locator(f'#thread-drawer .thread[data-conversation="{thread}"]')).to_be_visible()
            expect(row).to_be_visible()
            other.goto(f"{homeroom.url}/students/{pk}/")
            wait_live(other)
            wait_live(page)
            send(other, f"to the drawer {path} {index}", "everyone")
            expect(page.locator("#thread-drawer").get_by_text(f"to the drawer {path} {index}")).to_be_visible()
            send(page, f"from the drawer {path} {index}", "staff")
            expect(other.get_by_text(f"from the drawer {path} {index}")).to_be_visible()
            assert_equal_to_database(page, homeroom, thread)
        assert page.evaluate("window.marked"), "no reload"
        page.keyboard.press("Escape")
        expect(page.locator("#thread-drawer")).to_be_hidden()


def test_twice_late_or_out_of_order_changes_nothing(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 10)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    send(page, "only once")
    expect(page.locator(".thread-messages").get_by_text("only once")).to_be_visible()
    before = shown(page, thread)
    late = page.locator(".thread-messages > .message").last.evaluate(
        "m => { const old = m.cloneNode(true); old.dataset.version = '0';"
        " old.querySelector('[data-message-body]').textContent = 'an older text'; return old.outerHTML + m.outerHTML }"
    )
    page.evaluate(
        "([id, html]) => htmx.swap({sourceElement: document.getElementById('stream'), target: document.body,"
        " swap: 'none', text: `<hx-upsert hx-target='#conversation-${id}-messages' key='data-key' sort>${html}${html}`"
        " + '</hx-upsert>'})",
        [thread, late],
    )
    drawn(page)
    assert shown(page, thread) == before


def test_a_skipped_number_makes_the_page_ask(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 11)
    reader = desk.sign_in("staff", f"/students/{pk}/")
    writer = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(reader)
    wait_live(writer)
    # The reader misses one event: it is dropped before it is applied.
    reader.evaluate(
        "addEventListener('htmx:sse:before:message', e => { if (e.detail.message.data.includes('missed'))"
        " e.detail.cancelled = true }, true)"
    )
    send(writer, "missed")
    expect(writer.locator(".thread-messages").get_by_text("missed")).to_be_visible()
    send(writer, "the next one")
    expect(reader.get_by_text("the next one")).to_be_visible()
    expect(reader.locator(".thread-messages").get_by_text("missed")).to_be_visible()
    assert_equal_to_database(reader, homeroom, thread)


def test_a_double_click_sends_once(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 12)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    page.fill("textarea[name=body]", "clicked twice")
    page.get_by_role("button", name="Add note").evaluate("button => { button.click(); button.click() }")
    expect(page.locator(".thread-messages").get_by_text("clicked twice")).to_be_visible()
    expect(page.locator(".thread-pending .message")).to_have_count(0)
    assert [row[3] for row in stored(homeroom, thread)].count("clicked twice") == 1
    expect(page.locator(".composer-error")).to_be_empty()


def without_script(desk: Desk, who: str, path: str) -> Page:
    return desk.sign_in(who, path, java_script_enabled=False)


def test_reading_and_posting_work_without_script(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 2)
    page = without_script(desk, "staff", f"/students/{pk}/")
    page.check("[name=audience][value=everyone]")
    page.fill("textarea[name=body]", "no script here")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".thread-messages").get_by_text("no script here").last).to_be_visible()
    assert stored(homeroom, thread)[-1][2:] == ("everyone", "no script here")
    page.get_by_role("link", name="Older messages").click()
    expect(page.locator(".thread-messages > .message")).to_have_count(50)
    page.goto(homeroom.url + "/payments/pending/")
    page.locator("[data-open-thread]").first.click()
    expect(page.locator(".thread textarea")).to_be_visible()


def test_the_page_is_live_again_after_the_server_restarts(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 4)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    homeroom.stop()
    expect(page.locator("#live-status")).to_have_attribute("data-state", "offline")
    send(page, "written while it was down")
    homeroom.start()
    expect(page.locator(".thread-messages").get_by_text("written while it was down")).to_be_visible()
    wait_live(page)
    other = desk.sign_in("staff2", f"/students/{pk}/")
    wait_live(other)
    send(other, "after the restart")
    expect(page.get_by_text("after the restart")).to_be_visible()
    assert_equal_to_database(page, homeroom, thread)


def test_twelve_tabs_of_one_browser_stay_usable(desk: Desk, homeroom: Homeroom) -> None:
    pk, thread = student(homeroom, 13)
    first = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(first)
    tabs = [first]
    for _ in range(11):
        tab = desk.tab(first.context)
        tab.goto(f"{homeroom.url}/students/{pk}/")
        tabs.append(tab)
    wait_live(tabs[-1])
    deadline = time.monotonic() + 60
    while sum(tab.locator("#stream[hx-sse\\:connect]").count() for tab in tabs) > 3 and time.monotonic() < deadline:
        first.wait_for_timeout(100)
    assert sum(tab.locator("#stream[hx-sse\\:connect]").count() for tab in tabs) <= 3
    send(tabs[-1], "from the twelfth tab")
    expect(tabs[-1].locator(".thread-messages").get_by_text("from the twelfth tab")).to_be_visible()
    # Who returns to the first tab finds it right, and live.
    first.locator("textarea[name=body]").click()
    expect(first.locator(".thread-messages").get_by_text("from the twelfth tab")).to_be_visible()
    wait_live(first)
    send(tabs[-1], "and again")
    expect(first.locator(".thread-messages").get_by_text("and again")).to_be_visible()
    assert_equal_to_database(first, homeroom, thread)


def test_who_loses_access_loses_the_open_thread(desk: Desk, homeroom: Homeroom) -> None:
    # The teacher of the first batch has a student's thread open when the office moves the student elsewhere.
    [(batch, target)] = homeroom.rows(
        "SELECT a.id, b.id FROM courses_batch a, courses_batch b"
        " WHERE a.name LIKE 'Maths 8 · Mon%' AND b.name LIKE 'Maths 8 · Tue%'"
    )
    [(pk, thread)] = homeroom.rows(
        "SELECT s.id, s.conversation_id FROM students_student s JOIN courses_enrollment e ON e.student_id = s.id"
        " WHERE e.batch_id = ? AND e.is_active ORDER BY s.id DESC LIMIT 1",
        batch,
    )
    teacher = desk.sign_in("teacher", f"/students/{pk}/")
    staff = desk.sign_in("staff", f"/batches/{batch}/edit/")
    wait_live(teacher)
    wait_live(staff)
    token = next(cookie["value"] for cookie in staff.context.cookies() if cookie["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "HX-Request": "true"}
    moved = staff.request.post(
        f"{homeroom.url}/batches/{batch}/students/{pk}/move/", form={"batch": str(target)}, headers=headers
    )
    assert moved.ok, moved.text()
    expect(teacher.get_by_text("no longer open to you")).to_be_visible()
    assert teacher.locator(f'.thread[data-conversation="{thread}"] .message').count() == 0
    sent = staff.request.post(
        f"{homeroom.url}/conversations/{thread}/messages/", form={"body": "not for the teacher"}, headers=headers
    )
    assert sent.status == 201
    teacher.wait_for_timeout(500)
    assert "not for the teacher" not in teacher.content()
    wait_live(teacher)
