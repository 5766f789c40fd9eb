"""Two people talk directly; a thread opens at any message, and is read on from there."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import caught, send, wait_live
from tests.servers import Homeroom

MORE = "count => document.querySelectorAll('.thread-messages > .message').length > count"


def find(page: Page, name: str) -> None:
    page.get_by_role("link", name="New message").first.click()
    page.get_by_label("Find a person").fill(name)
    expect(page.locator("#people button")).to_have_count(1)
    page.locator("#people button", has_text=name).click()
    page.wait_for_url(re.compile(r"/conversations/\d+/"))


def test_two_people_find_one_another_talk_and_are_listed(desk: Desk) -> None:
    teacher, student = desk.sign_in("teacher3", "/messages/"), desk.sign_in("staff2", "/messages/", viewport=PHONE)
    find(teacher, "Jon Arden")
    wait_live(teacher)
    wait_live(student)
    send(teacher, "Is the library open on Friday?")
    # The one who looks at the list sees it come, unread, and opens it in place.
    row = student.locator("[data-talk]").filter(has_text="Is the library open on Friday?")
    expect(row.locator(".unread-badge")).to_have_text("1")
    row.locator("[data-open-thread]").click()
    drawer = student.locator("#thread-drawer .thread")
    expect(drawer.locator(".message").last).to_contain_text("Is the library open")
    send(student, "Until noon.")
    expect(teacher.locator(".message").last).to_contain_text("Until noon.")
    student.go_back()
    expect(student.locator("#thread-drawer")).to_be_hidden()
    expect(row.locator(".unread-badge")).to_have_count(0)


def test_a_thread_opens_also_where_the_list_was_refreshed_while_it_was_on_its_way(desk: Desk) -> None:
    page = desk.sign_in("student", "/messages/")
    wait_live(page)
    held: list[Route] = []
    page.route(re.compile(r"/conversations/\d+/(\?.*)?$"), lambda route: held.append(route))
    page.locator("[data-open-thread][data-htmx-powered]").first.click()
    thread = caught(page, held)
    page.evaluate("document.querySelector('#talks').dataset.old = ''")
    page.evaluate("""htmx.trigger(document.body, 'unread', { data: '{"conversation": 0}' })""")
    expect(page.locator("#talks[data-old]")).to_have_count(0)
    thread.continue_()
    expect(page.locator("#thread-drawer .thread")).to_be_visible()


def test_staff_close_a_conversation_and_the_other_page_says_so_at_once(desk: Desk, homeroom: Homeroom) -> None:
    staff, student = desk.sign_in("staff", "/messages/"), desk.sign_in("student3", "/messages/")
    find(student, "Mira Kaya")
    wait_live(student)
    send(student, "May I ask something?")
    expect(student.locator(".message").last).to_contain_text("May I ask")
    student.fill("textarea[name=body]", "half a sen")
    staff.goto(student.url)
    wait_live(staff)
    staff.locator(".thread-menu-button").click()
    staff.get_by_role("button", name="Close conversation").click()
    expect(student.locator(".thread-locked")).to_contain_text("closed for now")
    expect(student.locator("textarea[name=body]")).to_have_count(0)
    expect(staff.locator(".thread-locked")).to_be_visible()
    send(staff, "Closed over the holidays.")
    expect(student.locator(".message").last).to_contain_text("over the holidays")
    staff.locator(".thread-menu-button").click()
    staff.get_by_role("button", name="Reopen conversation").click()
    # What was half written is still there.
    expect(student.locator("textarea[name=body]")).to_have_value("half a sen")


def shown(page: Page) -> list[str]:
    return page.locator(".thread-messages > .message").evaluate_all("all => all.map(m => m.id)")


def test_a_link_opens_the_thread_at_its_message_and_both_directions_follow(desk: Desk, homeroom: Homeroom) -> None:
    rows = homeroom.rows(
        "SELECT m.id FROM conversations_message m JOIN students_student s ON s.conversation_id = m.conversation_id"
        " WHERE s.code = 'HR-00002' ORDER BY m.key"
    )
    ids = [f"message-{pk}" for (pk,) in rows]
    [(thread,)] = homeroom.rows("SELECT conversation_id FROM students_student WHERE code = 'HR-00002'")
    middle = ids[200]
    number = middle.removeprefix("message-")
    page = desk.sign_in("staff", f"/conversations/{thread}/?at={number}#{middle}")
    wait_live(page)
    target = page.locator(f"#{middle}")
    expect(target).to_be_in_viewport()
    assert page.locator(f"#{middle} .message-body").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    assert len(shown(page)) < 60
    # Down, page by page: what is being read stays where it is.
    before = len(shown(page))
    last = page.locator(".thread-messages > .message").last
    last_id = last.get_attribute("id")
    page.locator(".thread-newer").evaluate("e => e.scrollIntoView({ block: 'end' })")
    page.wait_for_function(MORE, arg=before)
    expect(page.locator(f"#{last_id}")).to_be_in_viewport()
    got = shown(page)
    start = ids.index(got[0])
    assert got == ids[start : start + len(got)]
    # Up as well.
    page.locator(".thread-scroll").evaluate("e => { e.scrollTop = -e.scrollHeight }")
    page.wait_for_function(MORE, arg=len(got))
    got = shown(page)
    start = ids.index(got[0])
    assert got == ids[start : start + len(got)]
    # Somebody writes meanwhile: no hole, but a way to the end.
    other = desk.sign_in("staff2", f"/conversations/{thread}/")
    wait_live(other)
    send(other, "down at the end", "staff")
    expect(other.locator(".message").last).to_contain_text("down at the end")
    expect(page.locator(".thread-new")).to_be_visible()
    assert "down at the end" not in page.locator(".thread-messages").inner_text()
    page.locator(".thread-new").click()
    expect(page.locator(".message").last).to_contain_text("down at the end")
    expect(page.locator(".thread-newer")).to_have_count(0)


def test_what_is_sent_from_the_middle_of_a_thread_is_seen_at_its_end(desk: Desk, homeroom: Homeroom) -> None:
    [(thread, middle)] = homeroom.rows(
        "SELECT m.conversation_id, m.id FROM conversations_message m JOIN students_student s"
        " ON s.conversation_id = m.conversation_id WHERE s.code = 'HR-00003' ORDER BY m.key LIMIT 1 OFFSET 100"
    )
    page = desk.sign_in("staff", f"/conversations/{thread}/?at={middle}")
    wait_live(page)
    send(page, "from the middle", "staff")
    expect(page.locator(".thread-messages > .message").last).to_contain_text("from the middle")
    expect(page.locator(".thread-messages > .message").last).to_be_in_viewport()
