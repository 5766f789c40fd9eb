"""Learning in a real browser: from the catalogue to the end of a course, in two tabs, by keyboard, without script."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import wait_live
from tests.demo import Newcomers

# Seconds in which a page opens, and a lesson is done, on a busy machine.
SOON = 15


def percent(page: Page, course: int) -> object:
    return page.locator(f"[data-progress='{course}']:visible").first


def test_from_the_catalogue_to_the_certificate_and_every_tab_and_the_teachers_grid_follow(
    desk: Desk, newcomer: Newcomers
) -> None:
    learner = newcomer("learner")
    course = learner.course
    page = desk.sign_in(learner.who, "/courses/", viewport=PHONE)
    home = desk.tab(page.context)
    home.goto(f"{desk.server.url}/")
    wait_live(home)
    grid = desk.sign_in(learner.teacher, f"/courses/{course}/progress/")
    wait_live(grid)
    marks = grid.locator(f"[data-student='{learner.student}'] td:nth-child(n + 4):not(:empty, .o)")
    page.get_by_role("link", name=re.compile("^Learning")).click()
    page.get_by_role("link", name="Start").click()
    steps = ((33, "Lesson One"), (66, "Lesson Two"), (100, "Lesson Three"))
    for number, (done, title) in enumerate(steps, 1):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        page.locator("[data-complete]").click()
        expect(page.get_by_role("status").filter(has_text="Done")).to_be_visible()
        expect(percent(page, course)).to_contain_text(f"{done} %")
        expect(percent(home, course)).to_contain_text(f"{done} %")
        expect(marks).to_have_count(number)
        page.locator(".lesson-bar a").last.click()
    expect(page.get_by_text("Finished on")).to_be_visible()
    page.get_by_role("link", name="Public page").click()
    expect(page.get_by_text(learner.name)).to_be_visible()
    expect(home.get_by_text("All done")).to_be_visible()


def assert_a_comment_half_typed_goes_on_below_the_first(desk: Desk, page: Page, teacher: str) -> None:
    """Nobody has commented on the lesson that `page` shows; somebody else is quicker."""
    other = desk.sign_in(teacher, page.url.removeprefix(desk.server.url))
    wait_live(other)
    page.locator("[data-first-message] textarea").fill("Why is it so?")
    other.locator("[data-first-message] textarea").fill("Read this twice")
    other.locator("[data-first-message]").get_by_role("button", name="Send").click()
    expect(page.locator(".lesson-comments .message")).to_contain_text("Read this twice")
    composer = page.locator(".lesson-comments .composer textarea[name=body]")
    expect(composer).to_have_value("Why is it so?")
    expect(composer).to_be_focused()
    page.keyboard.type(" Tell me")
    page.keyboard.press("Enter")
    expect(other.locator(".lesson-comments .message", has_text="Why is it so? Tell me")).to_be_visible()
    expect(composer).to_have_value("")


def test_what_is_undone_counts_no_more(desk: Desk, newcomer: Newcomers) -> None:
    learner = newcomer("learner")
    course, first = learner.course, learner.lessons[0]
    page = desk.sign_in(learner.who, f"/courses/{course}/lessons/{first}/")
    wait_live(page)
    page.locator("[data-complete]").click()
    expect(percent(page, course)).to_contain_text("33 %")
    page.get_by_role("button", name="Mark as not done").click()
    expect(percent(page, course)).to_contain_text("0 %")
    expect(page.locator("[data-complete]")).to_be_visible()
    assert_a_comment_half_typed_goes_on_below_the_first(desk, page, learner.teacher)


def test_by_keyboard_alone(desk: Desk, newcomer: Newcomers) -> None:
    learner = newcomer("learner")
    page = desk.sign_in(learner.who, f"/courses/{learner.course}/")
    page.get_by_role("link", name="Start").focus()
    page.keyboard.press("Enter")
    button = page.locator("[data-complete]")
    expect(button).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(percent(page, learner.course)).to_contain_text("33 %")


def test_without_script_a_lesson_is_read_and_done(desk: Desk, newcomer: Newcomers) -> None:
    learner = newcomer("learner")
    page = desk.sign_in(learner.who, "/courses/")
    plain = desk.page(java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())
    plain.goto(f"{desk.server.url}/courses/{learner.course}/")
    plain.get_by_role("link", name="Start").click()
    plain.get_by_role("button", name="Mark as done").click()
    expect(percent(plain, learner.course)).to_contain_text("33 %")
    plain.get_by_role("button", name="Mark as not done").click()
    expect(percent(plain, learner.course)).to_contain_text("0 %")


def test_the_clock_alone_closes_an_open_lesson(desk: Desk, newcomer: Newcomers) -> None:
    """Nobody does anything: what the student reads goes away when the enrollment ends, what was achieved stays."""
    learner = newcomer("learner")
    first = learner.lessons[0]
    page = desk.sign_in(learner.who, "/courses/")
    moment = f"timezone.now() + timedelta(seconds={SOON})"
    desk.server.manage(
        "shell",
        "-c",
        "from datetime import timedelta; from django.utils import timezone;"
        f"Enrollment.objects.filter(student={learner.student}).update(expires_at={moment})",
    )
    page.goto(f"{desk.server.url}/courses/{learner.course}/lessons/{first}/")
    wait_live(page)
    page.locator("[data-complete]").click()
    expect(page.get_by_role("status").filter(has_text="Done")).to_be_visible()
    expect(page.locator(f"[data-lesson='{first}'] .prose")).to_have_count(0)
    expect(page.locator("[data-complete]")).to_have_count(0)
    page.goto(f"{desk.server.url}/courses/{learner.course}/")
    expect(page.get_by_text("Your access has ended")).to_be_visible()
    expect(percent(page, learner.course)).to_contain_text("33 %")
