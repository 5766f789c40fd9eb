"""A question goes from a phone to its accepted answer; and topics, reports and their queue without script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import drawn, send, wait_live
from tests.demo import Newcomers


@pytest.fixture
def course(desk: Desk, newcomer: Newcomers) -> tuple[object, int]:
    """A learner, and a course in whose community nothing was said."""
    learner = newcomer("learner")
    built = desk.server.run("-m", "tests.browser.build_community", learner.teacher, str(learner.student))
    return learner, int(built.stdout)


def reply(page: Page, to: str) -> None:
    """Begin an answer to the reply that says `to`."""
    message = page.locator(".message", has_text=to).last
    message.locator("[data-act=reply]").click()
    expect(page.locator(".composer-quote")).to_contain_text(to)


def post(page: Page, text: str) -> None:
    page.fill("textarea[name=body]", text)
    page.press("textarea[name=body]", "Enter")
    expect(page.locator(".thread-messages > .message", has_text=text)).to_be_in_viewport()


def starts(page: Page) -> list[float]:
    """Where the replies of the long branch start, from the first to the seventh, in pixels from the topic's text."""
    first = page.locator(".thread-messages > .message[data-depth='0']").bounding_box()
    boxes = [page.locator(f".thread-messages > .message[data-depth='{depth}']").first for depth in range(1, 8)]
    return [box["x"] - first["x"] for each in boxes if (box := each.bounding_box()) and first]


def assert_a_deep_branch_is_drawn(page: Page, levels: int) -> None:
    """So many levels stand each further in; what is deeper is in line and says whom it answers."""
    found = starts(page)
    assert len(found) == 7
    assert found[:levels] == sorted(set(found[:levels])), found
    assert set(found[levels:]) == {found[levels - 1]}, found
    for depth in range(1, 8):
        quote = page.locator(f".thread-messages > .message[data-depth='{depth}'] > .message-quote").first
        expect(quote).to_be_visible(visible=depth > levels)
    deepest = page.locator(".message[data-depth='7'] > .message-quote")
    assert deepest.evaluate("quote => getComputedStyle(quote, '::before').content") == '"replying to "'
    expect(deepest).to_contain_text("Step 6")


def assert_a_branch_opens_and_nothing_moves(student: Page, teacher: Page, url: str) -> None:
    """The deep branch has a page of its own; a reply that comes above what one reads moves nothing."""
    student.goto(url)
    assert_a_deep_branch_is_drawn(student, 2)
    teacher.goto(url)
    assert_a_deep_branch_is_drawn(teacher, 4)
    for page in (student, teacher):
        wait_live(page)
    read = student.locator(".thread-messages > .message", has_text="Beside 9")
    read.scroll_into_view_if_needed()
    before = read.bounding_box()
    teacher.locator(".message[data-depth='1'] [data-act=reply]").first.click()
    expect(teacher.locator(".composer-quote")).to_contain_text("Step 1")
    send(teacher, "Above what they read")
    above = student.locator(".thread-messages > .message[data-depth='2']", has_text="Above what they read")
    expect(above).to_be_attached()
    drawn(student)
    expect(above).not_to_be_in_viewport()
    after = read.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 1, (before, after)
    step = student.locator(".thread-messages > .message[data-depth='4']", has_text="Step 4")
    step.get_by_role("link", name="Continue this thread").click()
    expect(student.locator(".thread-messages > .message", has_text="Step 7")).to_be_visible()
    expect(student.locator(".thread-messages > .message", has_text="Beside 1")).to_have_count(0)


def test_a_question_from_a_phone_is_answered_nested_live_and_accepted(desk: Desk, course):
    learner, pk = course
    student = desk.sign_in(learner.who, f"/courses/{pk}/community/", viewport=PHONE)
    student.get_by_role("link", name="Ask the first question").click()
    student.fill("[name=title]", "Why not 0.3?")
    student.fill("[name=body]", "What does **0.1 + 0.2** give?")
    student.get_by_role("button", name="Preview").click()
    expect(student.locator("#topic-preview strong")).to_have_text("0.1 + 0.2")
    student.get_by_role("button", name="Post topic").click()
    expect(student.get_by_role("heading", name="Why not 0.3?")).to_be_visible()
    expect(student.locator(".message strong")).to_have_text("0.1 + 0.2")
    wait_live(student)

    teacher = desk.sign_in(learner.teacher, f"/courses/{pk}/community/")
    teacher.get_by_role("link", name="Why not 0.3?").click()
    wait_live(teacher)
    post(teacher, "Binary fractions")
    expect(student.locator(".message[data-depth='1']")).to_contain_text("Binary fractions")

    # Offline a reply waits; it goes out in its place once the network is back.
    student.context.set_offline(True)
    reply(student, "Binary fractions")
    send(student, "And in decimal?")
    expect(student.locator(".thread-pending")).to_contain_text("And in decimal?")
    student.context.set_offline(False)
    nested = student.locator(".thread-messages > .message[data-depth='2']")
    expect(nested).to_contain_text("And in decimal?", timeout=60_000)
    expect(student.locator(".thread-pending .message")).to_have_count(0)

    # By keyboard to what is new, and an answer below it.
    expect(teacher.locator(".message[data-depth='2'][data-new]")).to_contain_text("And in decimal?")
    # T5: it is marked as new, and its branch counts it.
    branch = teacher.locator(".thread-messages > .message[data-depth='1']", has_text="Binary fractions")
    expect(branch).to_have_attribute("data-branch", "1")
    expect(branch.locator(".topic-actions")).to_have_attribute("data-branch", "1")
    # A name that reaches nobody is pointed out while it is typed, and asked about where it was sent at once.
    teacher.fill("textarea[name=body]", "Ask @Zelda about it")
    expect(teacher.locator(".composer-warning")).to_contain_text("isn’t the full name of anybody")
    teacher.fill("textarea[name=body]", "")
    expect(teacher.locator(".composer-warning")).to_be_empty()
    reply(teacher, "And in decimal?")
    send(teacher, "Use `Decimal`")
    expect(teacher.locator(".thread-messages > .message[data-depth='3']")).to_be_in_viewport()
    wait_live(student)
    deepest = student.locator(".thread-messages > .message[data-depth='3']")
    expect(deepest).to_contain_text("Use Decimal")
    student.locator(".topic-back a").focus()
    student.keyboard.press("n")
    expect(student.locator(".thread-new")).to_be_hidden()

    # Editing shows what was typed.
    own = teacher.locator(".thread-messages > .message[data-depth='3']")
    own.locator("[data-message-body]").hover()
    own.locator("[data-tool=edit]").click()
    expect(teacher.locator("textarea[name=body]")).to_have_value("Use `Decimal`")
    teacher.keyboard.press("Escape")

    deepest.locator("[data-act=accept]").click()
    for page in (student, teacher):
        expect(page.locator(".topic-head")).to_contain_text("Solved")
        expect(page.locator(".topic-answers")).to_contain_text("Use Decimal")
    expect(deepest).to_have_attribute("data-accepted", "")
    assert student.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    teacher.locator(".topic-back a").click()
    expect(teacher.locator(".topic-row")).to_contain_text("Solved")

    topic = int(desk.server.run("-m", "tests.browser.build_branch", str(pk), learner.teacher).stdout)
    assert_a_branch_opens_and_nothing_moves(student, teacher, f"{desk.server.url}/topics/{topic}/")


def test_topics_are_begun_read_and_answered_without_script(desk: Desk, course):
    learner, pk = course
    page = desk.sign_in(learner.who, f"/courses/{pk}/community/", viewport=PHONE, java_script_enabled=False)
    page.get_by_role("link", name="New topic").click()
    page.fill("[name=body]", "A question without a title")
    page.get_by_role("button", name="Post topic").click()
    expect(page.get_by_text("Give it a title")).to_be_visible()
    expect(page.locator("[name=body]")).to_have_value("A question without a title")
    page.fill("[name=title]", "Without script")
    page.get_by_role("button", name="Post topic").click()
    page.fill("[name=body]", "An answer of mine")
    page.locator(".composer-send").click()
    expect(page.locator(".message[data-depth='1']")).to_contain_text("An answer of mine")
    page.locator(".message[data-depth='1']").get_by_role("link", name="Reply").click()
    page.fill("[name=body]", "Below it")
    page.locator(".composer-send").click()
    expect(page.locator(".message[data-depth='2']")).to_contain_text("Below it")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".topic-head")).to_contain_text("Solved")
    page.get_by_role("button", name="Mark as read").click()
    expect(page.locator(".topic-row")).to_contain_text("2 replies")
    page.get_by_role("link", name="Without script").click()
    assert_a_report_is_decided_without_script(desk, page, learner.teacher)


def assert_a_report_is_decided_without_script(desk: Desk, reader: Page, author: str) -> None:
    """`reader` reports a reply that `author` writes; staff removes it; both read what came of it."""
    topic = reader.url.removeprefix(desk.server.url)
    writer = desk.sign_in(author, topic, java_script_enabled=False)
    writer.fill("[name=body]", "You should know that by now")
    writer.locator(".composer-send").click()
    reader.goto(desk.server.url + topic)
    reader.locator(".message", has_text="You should know").get_by_role("link", name="Report").click()
    reader.fill("[name=details]", "It hurts")
    reader.get_by_role("button", name="Report", exact=True).click()
    expect(reader.get_by_text("Choose what is wrong with it.")).to_be_visible()
    expect(reader.locator("[name=details]")).to_have_value("It hurts")
    reader.get_by_label("Rude or hurtful").check()
    reader.get_by_role("button", name="Report", exact=True).click()
    expect(reader.get_by_text("The moderators will look at it")).to_be_visible()

    moderator = desk.sign_in("staff", "/moderation/?kind=reports", java_script_enabled=False)
    item = moderator.locator("[data-item]", has_text="You should know")
    expect(item).to_contain_text("It hurts")
    item.locator("summary", has_text="Remove").click()
    item.get_by_role("button", name="Remove", exact=True).click()
    expect(item.get_by_role("alert")).to_contain_text("Say why")
    item.locator("details[open] [name=reason]").fill("Be kind to each other")
    item.get_by_role("button", name="Remove", exact=True).click()
    expect(moderator.locator("#moderation")).not_to_contain_text("You should know")

    for page, told in ((writer, "Be kind to each other"), (reader, "was removed")):
        page.goto(f"{desk.server.url}/notifications/")
        notice = page.locator("main").get_by_role("link", name=told)
        for _ in range(30):
            # They are told in the background.
            if notice.count():
                break
            page.reload()
        expect(notice.first).to_be_visible()
    writer.locator("main").get_by_role("link", name="Be kind to each other").first.click()
    expect(writer.locator("main")).to_contain_text("You should know that by now")
