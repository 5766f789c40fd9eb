"""Who is here, who types, what has been read: two people's pages beside each other."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import send, wait_live
from tests.servers import Homeroom


def thread_of_student(server: Homeroom) -> tuple[int, int, str]:
    """The demo student's record and thread, and what they are called."""
    [row] = server.rows(
        "SELECT s.id, s.conversation_id, s.given_name FROM students_student s JOIN accounts_user u ON u.id = s.user_id"
        " WHERE u.email = 'student@homeroom.test'"
    )
    return row


def both(desk: Desk, server: Homeroom) -> tuple[Page, Page, str]:
    """The same thread as staff and its student have it open, live."""
    student, _, name = thread_of_student(server)
    staff, pupil = desk.sign_in("staff", f"/students/{student}/"), desk.sign_in("student", "/", viewport=PHONE)
    for page in (staff, pupil):
        wait_live(page)
    return staff, pupil, name


def all_read(server: Homeroom, page: Page, conversation: int, who: str) -> None:
    """Wait until the server knows that this person has read all that everyone may read."""
    while not server.rows(
        "SELECT 1 FROM conversations_participant p JOIN accounts_user u ON u.id = p.user_id"
        " WHERE p.conversation_id = ? AND u.email = ? AND p.last_read >= (SELECT max(key) FROM conversations_message"
        " WHERE conversation_id = p.conversation_id AND audience = 'everyone' AND NOT retracted)",
        conversation,
        f"{who}@homeroom.test",
    ):
        page.wait_for_timeout(50)


def tick(page: Page, text: str):
    return page.locator(".message", has_text=text)


def test_typing_is_seen_and_ends_soon_after_the_last_key_or_with_the_message(desk, homeroom):
    staff, pupil, name = both(desk, homeroom)
    line = staff.locator(".thread-typing")
    pupil.locator("textarea[name=body]").press_sequentially("Hello", delay=30)
    expect(line).to_have_text(f"{name} is typing…")
    expect(pupil.locator(".thread-typing")).to_be_hidden()
    expect(line).to_be_hidden()
    pupil.locator("textarea[name=body]").press_sequentially(" there", delay=30)
    expect(line).to_be_visible()
    pupil.press("textarea[name=body]", "Enter")
    expect(staff.locator(".message-body", has_text="Hello there").last).to_be_visible()
    expect(line).to_be_hidden()


def test_typing_for_staff_is_not_seen_by_the_student(desk, homeroom):
    staff, pupil, _ = both(desk, homeroom)
    staff.check("[name=audience][value=staff]")
    staff.locator("textarea[name=body]").press_sequentially("Between us", delay=30)
    staff.wait_for_timeout(1500)
    expect(pupil.locator(".thread-typing")).to_be_hidden()
    staff.check("[name=audience][value=everyone]")
    staff.wait_for_timeout(1000)
    staff.locator("textarea[name=body]").press_sequentially(" no, all", delay=30)
    expect(pupil.locator(".thread-typing")).to_be_visible()
    staff.fill("textarea[name=body]", "")


def test_each_sees_the_other_come_and_go(desk, homeroom):
    staff, pupil, name = both(desk, homeroom)
    expect(staff.locator(".presence-line")).to_have_text(f"{name} is here now")
    expect(pupil.locator(".presence-line")).to_have_text("Here now")
    pupil.get_by_role("button", name="Also here").click()
    expect(pupil.locator(".presence-list li").first).to_be_visible()
    pupil.goto("about:blank")
    expect(staff.locator(".presence-line")).to_contain_text(f"{name} was here")


def test_ticks_go_from_sent_to_delivered_to_read_and_a_fresh_page_has_the_same(desk, homeroom):
    student, _, name = thread_of_student(homeroom)
    staff = desk.sign_in("staff", f"/students/{student}/")
    wait_live(staff)
    send(staff, "Ticks, please", "everyone")
    mine = tick(staff, "Ticks, please")
    expect(mine).to_have_attribute("data-tick", "sent")
    expect(staff.locator(".thread-state")).to_have_text("Sent")
    pupil = desk.sign_in("student", "/", viewport=PHONE)
    expect(mine).to_have_attribute("data-tick", "read")
    expect(staff.locator(".thread-state")).to_contain_text(f"Read by {name}")
    staff.reload()
    expect(mine).to_have_attribute("data-tick", "read")
    # A page that only gets the toast has it delivered.
    pupil.goto(f"{homeroom.url}/accounts/settings/")
    wait_live(pupil)
    send(staff, "Only delivered", "everyone")
    expect(tick(staff, "Only delivered")).to_have_attribute("data-tick", "delivered")


def test_what_came_while_away_is_marked_and_the_thread_opens_where_it_begins(desk, homeroom):
    student, thread, _ = thread_of_student(homeroom)
    pupil = desk.sign_in("student", "/", viewport=PHONE)
    wait_live(pupil)
    all_read(homeroom, pupil, thread, "student")
    pupil.goto("about:blank")
    staff = desk.sign_in("staff", f"/students/{student}/")
    wait_live(staff)
    for number in range(14):
        send(staff, f"News {number}\nwith a second line", "everyone")
    expect(staff.locator("[data-tick=sent]", has_text="News 13")).to_be_visible()
    pupil.goto(homeroom.url)
    first = pupil.locator(".message[data-news]")
    expect(first).to_have_count(1)
    expect(first).to_contain_text("News 0")
    expect(first).to_be_in_viewport()
    expect(pupil.locator(".message", has_text="News 13")).not_to_be_in_viewport()
    expect(tick(staff, "News 13")).to_have_attribute("data-tick", "delivered")
    expect(tick(staff, "News 0")).to_have_attribute("data-tick", "read")
    pupil.locator(".thread-new").click()
    expect(tick(staff, "News 13")).to_have_attribute("data-tick", "read")
    expect(first).to_have_count(1)


def test_a_badge_counts_what_is_unread_and_reading_elsewhere_clears_it(desk, homeroom):
    _, thread, name = thread_of_student(homeroom)
    pupil = desk.sign_in("student", "/", viewport=PHONE)
    wait_live(pupil)
    teacher = desk.sign_in("teacher", f"/conversations/{thread}/")
    wait_live(teacher)
    teacher.locator(".thread-scroll").evaluate("scroller => { scroller.scrollTop = 0; }")
    all_read(homeroom, teacher, thread, "teacher")
    teacher.goto(f"{homeroom.url}/students/?q={name}")
    wait_live(teacher)
    badge = teacher.locator(f"[data-unread='{thread}']")
    expect(badge).to_be_empty()
    send(pupil, "One for the badge")
    expect(badge).to_have_text("1")
    other = desk.sign_in("teacher", f"/conversations/{thread}/", viewport=PHONE)
    expect(badge).to_be_empty()
    other.close()
    send(pupil, "Another")
    expect(badge).to_have_text("1")
    teacher.reload()
    expect(badge).to_have_text("1")
    teacher.locator(f"[data-open-thread]:has([data-unread='{thread}'])").click()
    expect(badge).to_be_empty()


def test_who_hides_is_not_seen_and_sees_nothing(desk, homeroom, newcomer):
    me = newcomer("student")
    settings = desk.sign_in(me.who, "/accounts/settings/", viewport=PHONE)
    for choice in ("Hide when I am here", "Hide what I have read"):
        with settings.expect_response(lambda answer: answer.request.method == "POST" and "/settings/" in answer.url):
            settings.get_by_label(choice).check()
        expect(settings.locator("#settings-presence .settings-said")).to_contain_text("Saved")
    staff, pupil = desk.sign_in("staff", f"/students/{me.student}/"), desk.sign_in(me.who, "/", viewport=PHONE)
    for page in (staff, pupil):
        wait_live(page)
    expect(pupil.locator(".thread-presence, .thread-positions")).to_have_count(0)
    send(staff, "Are you there?", "everyone")
    expect(pupil.locator(".message", has_text="Are you there?")).to_be_visible()
    all_read(homeroom, pupil, me.conversation, me.who)
    pupil.locator("textarea[name=body]").press_sequentially("No", delay=30)
    staff.reload()
    wait_live(staff)
    staff.wait_for_timeout(1500)
    assert "Nell" not in staff.locator(".thread-presence").inner_text()
    expect(staff.locator(".thread-typing")).to_be_hidden()
    expect(tick(staff, "Are you there?")).to_have_attribute("data-tick", "sent")
