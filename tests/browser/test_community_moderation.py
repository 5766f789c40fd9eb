"""Two moderators on one queue: who looks at what, what the other decides, what one typed, a click that is late."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import drawn, wait_live
from tests.demo import Newcomers


@pytest.fixture
def course(desk: Desk, newcomer: Newcomers) -> tuple[object, int]:
    """A learner, and a course in whose chat three posts of theirs were reported."""
    learner = newcomer("learner")
    texts = ("First insult", "Second insult", "Third insult")
    built = desk.server.run("-m", "tests.browser.build_community", learner.teacher, str(learner.student), *texts)
    return learner, int(built.stdout)


def begin_to_remove(item: Locator, reason: str) -> Locator:
    """Open the form that removes what an item shows, and type why."""
    item.locator("summary", has_text="Remove").click()
    field = item.locator("details[open] [name=reason]")
    field.fill(reason)
    return field


def test_two_moderators_see_each_other_decide_and_the_late_one_is_told(desk: Desk, course):
    learner, pk = course
    queue, chat = f"/courses/{pk}/community/moderation/", f"/courses/{pk}/community/chat/"
    teacher, staff = desk.sign_in(learner.teacher, queue), desk.sign_in("staff", queue)
    student = desk.sign_in(learner.who, chat, viewport=PHONE)
    for page in (teacher, staff, student):
        wait_live(page)

    def item(page: Page, text: str):
        return page.locator("[data-item]:not(.is-decided)", has_text=text)

    count = teacher.locator(".place-tabs .nav-badge")
    expect(count).to_have_text("3")

    # Whoever looks at an item is seen there by the other, until they go on.
    item(teacher, "First insult").focus()
    looking = re.compile("is looking at this")
    expect(item(staff, "First insult")).to_contain_text(looking)
    expect(item(staff, "Second insult")).not_to_contain_text(looking)
    expect(item(teacher, "First insult")).not_to_contain_text(looking)
    item(teacher, "Second insult").focus()
    expect(item(staff, "First insult")).not_to_contain_text(looking)

    second, third = (begin_to_remove(item(staff, f"{which} insult"), f"{which} words") for which in ("Second", "Third"))
    staff.locator("#moderation-title").click()

    # One hides a post: it is decided where it was reported, and is to be decided as what is hidden.
    first = item(teacher, "First insult")
    first.focus()
    teacher.keyboard.press("h")
    teacher.keyboard.type("Be kind")
    first.get_by_role("button", name="Hide", exact=True).click()
    for page in (teacher, staff):
        expect(item(page, "Hidden by")).to_contain_text("Be kind")
    expect(count).to_have_text("3")
    # What the other typed meanwhile stays as it was.
    for typed, words in ((second, "Second words"), (third, "Third words")):
        expect(typed).to_be_visible()
        expect(typed).to_have_value(words)
    gap = student.locator(".message[data-deleted]")
    expect(gap).to_contain_text("A moderator hid this message.")
    gap.get_by_role("link", name="See why").click()
    expect(student.locator("main")).to_contain_text("Be kind")
    expect(student.locator("main")).to_contain_text("First insult")
    student.goto(desk.server.url + chat)
    wait_live(student)

    # Its author deletes what somebody was about to remove: the words are there to copy, also once it is gone for good.
    author = desk.sign_in(learner.who, chat)
    wait_live(author)
    own = author.locator(".message", has_text="Third insult")
    own.hover()
    own.get_by_role("button", name="Delete", exact=True).click()
    author.get_by_role("dialog").get_by_role("button", name="Delete").click()
    words = staff.locator(".is-decided", has_text="deleted by its author").get_by_label("What you wrote, to copy")
    expect(words).to_have_value("Third words")
    staff.evaluate("""() => { const item = document.querySelector("[data-kept]").closest("[data-item]");
        item.id = item.dataset.item = "post-987654321" }""")
    with staff.expect_response(lambda answer: "/community/moderation/" in answer.url):
        staff.evaluate(
            "document.querySelector('#moderation').dataset.channels.split(' ').forEach(name => "
            "document.body.dispatchEvent(new Event(name)))"
        )
    drawn(staff)
    expect(staff.locator("[id=post-987654321]").get_by_label("What you wrote, to copy")).to_have_value("Third words")
    expect(second).to_have_value("Second words")

    # The other's page misses a decision: the click on what stood there is told who was first.
    staff.route("**/community/moderation/*", lambda route: route.abort())
    item(teacher, "Second insult").get_by_role("button", name="Let it stay").click()
    expect(teacher.locator(".is-decided", has_text="stays")).to_be_visible()
    expect(count).to_have_text("1")
    item(staff, "Second insult").get_by_role("button", name="Let it stay").click()
    expect(staff.locator("[role=alert]", has_text="has decided about this already")).to_be_visible()

    # What is left of a post leads its moderators, and nobody else, to where it is put back.
    expect(gap.get_by_role("link", name="See what it was")).to_be_hidden()
    teacher.goto(desk.server.url + chat)
    teacher.get_by_role("link", name="See what it was").first.click()
    expect(teacher.locator("main")).to_contain_text("First insult")
    teacher.get_by_role("button", name="Put back").click()
    for page in (teacher, student):
        expect(page.locator(".message", has_text="First insult")).to_be_visible()
    expect(teacher.locator(".place-tabs .nav-badge")).to_have_text("")
