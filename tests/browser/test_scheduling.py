"""A student on a phone asks for a lesson, agrees to a move and calls off; a teacher moves one by mouse and keyboard."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import wait_live
from tests.demo import Newcomers


@pytest.fixture
def lesson(desk: Desk, newcomer: Newcomers) -> tuple[object, int, date]:
    """A learner with a teacher of their own, and one lesson of theirs with its day."""
    learner = newcomer("learner")
    pk, day = desk.server.run("-m", "tests.browser.build_batch", learner.teacher, str(learner.student)).stdout.split()
    return learner, int(pk), date.fromisoformat(day)


def fill_time(page: Page, day: object, at: str, row: str = "") -> None:
    page.fill(f"[name=day{row}]", str(day))
    page.fill(f"[name=at{row}]", at)


def test_a_student_asks_agrees_to_a_move_and_calls_off(desk: Desk, lesson):
    learner, _, wednesday = lesson
    day = wednesday + timedelta(days=1)
    student = desk.sign_in(learner.who, "/requests/", viewport=PHONE)
    teacher = desk.sign_in(learner.teacher, "/requests/")
    wait_live(teacher)
    student.get_by_role("link", name="Ask for a lesson").first.click()
    student.select_option("[name=teacher]", index=1)
    student.fill("[name=subject]", "Ratios")
    fill_time(student, day, "15:00")
    student.get_by_role("button", name="Send the request").click()
    expect(student.locator("[data-request]")).to_contain_text("It waits for the teacher")
    wait_live(student)

    teacher.locator("#requests").get_by_role("link", name="Ratios").click()
    teacher.get_by_role("button", name="Agree", exact=True).click()
    expect(teacher.locator("[data-request]")).to_contain_text("Approved by")
    expect(student.locator("[data-request]")).to_contain_text("Approved")
    student.get_by_role("link", name="Open the lesson").click()
    wait_live(student)

    teacher.goto(student.url)
    teacher.get_by_role("link", name="Propose other times").click()
    fill_time(teacher, day, "16:30", "_1")
    teacher.fill("[name=word]", "A meeting")
    teacher.get_by_role("button", name="Propose these times").click()
    wait_live(teacher)
    expect(student.locator("[data-proposal]")).to_contain_text("A meeting")
    student.get_by_role("button", name="Move it there").click()
    expect(student.locator("[data-proposal]")).to_have_count(0)
    expect(teacher.locator(".booking-when")).to_contain_text(re.compile("16:30|4:30"))

    student.get_by_role("link", name="Call off").click()
    student.fill("[name=reason]", "I am ill")
    student.get_by_role("button", name="Call it off").click()
    expect(teacher.locator(".notice-bar.is-off")).to_contain_text("I am ill")


def test_a_teacher_moves_a_lesson_by_mouse_and_keyboard_and_plans_events_of_their_own(desk: Desk, lesson):
    """Moving by itself saves nothing: what opens is the form that proposes it."""
    learner, pk, day = lesson
    week = day.strftime("/calendar/?week=%G-W%V")
    page = desk.sign_in(learner.teacher, week, viewport={"width": 1400, "height": 1000})
    wait_live(page)
    block = page.locator(f".lesson-block[data-booking='{pk}']")
    start = block.get_attribute("data-start")

    # On paper there is nothing to press.
    step = page.locator(".calendar-steps .btn").first
    expect(step).to_be_visible()
    page.emulate_media(media="print")
    for pressed in (step, page.locator(".sidebar"), page.locator(".topbar"), page.locator(".place-tabs")):
        expect(pressed).to_be_hidden()
    expect(block).to_be_visible()
    page.emulate_media(media="screen")

    # By the keyboard: an hour later on the next day, and back with Escape.
    block.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
        block.press(key if key in ("Escape", "Enter") else f"Shift+{key}")
    expect(page.locator("#calendar-said")).to_contain_text("11:00")
    expect(page.locator(f"[data-day='{day + timedelta(days=1)}'] .lesson-block[data-booking='{pk}']")).to_be_visible()
    block.press("Escape")
    expect(page.locator(f"[data-day='{day}'] .lesson-block[data-booking='{pk}']")).to_be_focused()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        block.press(key if key in ("Escape", "Enter") else f"Shift+{key}")
    expect(page.locator("[name=day_1]")).to_have_value(str(day + timedelta(days=1)))
    expect(page.locator("[name=at_1]")).to_have_value("10:15")

    # By the mouse: two days on, at the same hour. The form is all that opens.
    page.goto(f"{desk.server.url}{week}")
    box, target = (
        block.bounding_box(),
        page.locator(f"[data-day='{day + timedelta(days=2)}'] .week-slots").bounding_box(),
    )
    page.mouse.move(box["x"] + 20, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(target["x"] + 30, box["y"] + 12, steps=8)
    page.mouse.move(target["x"] + 40, box["y"] + 5, steps=4)
    page.mouse.up()
    expect(page.locator("[name=day_1]")).to_have_value(str(day + timedelta(days=2)))
    expect(page.locator("[name=at_1]")).to_have_value("10:00")
    page.goto(f"{desk.server.url}/bookings/{pk}/")
    expect(page.locator(f"[data-booking='{pk}'][data-start='{start}']")).to_be_visible()

    changes_and_deletes_days_of_an_event(page, f"{desk.server.url}{week}", day)


def changes_and_deletes_days_of_an_event(page: Page, week: str, day: date) -> None:
    """Of one's own event on each day of a week one day is changed, another deleted, and later all from a day on."""

    def shown() -> list[str]:
        """What the week shows of the event, day by day."""
        page.goto(week)
        wait_live(page)
        blocks = page.locator(".lesson-block.own-event")
        return [
            f"{block.get_attribute('data-start')[8:10]} {block.locator('.lesson-subject').inner_text()}"
            for block in blocks.all()
        ]

    def opened(number: int) -> None:
        page.goto(week)
        page.locator(f"[data-day='{monday + timedelta(days=number)}'] .lesson-block.own-event").click()

    def expected(*titles: str) -> list[str]:
        days = [f"{monday + timedelta(days=number):%d}" for number in range(7)]
        return [f"{day} {title}" for day, title in zip(days, titles, strict=False) if title]

    monday = day - timedelta(days=day.weekday())
    page.goto(f"{week.split('?')[0]}events/?at={monday}T07:00")
    page.fill("[name=title]", "Run")
    page.select_option("[name=pattern]", "weekly")
    for number in range(5):
        page.locator(f"[name=weekdays][value='{number}']").check()
    page.get_by_role("button", name="Add event").click()
    expect(page.locator(".lesson-block.own-event")).to_have_count(5)
    assert shown() == expected("Run", "Run", "Run", "Run", "Run")

    opened(1)
    expect(page.get_by_label("Only this day")).to_be_checked()
    page.fill("[name=title]", "Swim")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".lesson-block.own-event", has_text="Swim")).to_have_count(1)
    opened(2)
    page.get_by_label("This and the following").check()
    page.fill("[name=title]", "Walk")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".lesson-block.own-event", has_text="Walk")).to_have_count(3)
    opened(3)
    page.get_by_role("button", name="Delete only this day").click()
    expect(page.locator(".lesson-block.own-event")).to_have_count(4)
    assert shown() == expected("Run", "Swim", "Walk", "", "Walk")
    opened(4)
    page.get_by_role("button", name="Delete this and the following").click()
    expect(page.locator(".lesson-block.own-event")).to_have_count(3)
    assert shown() == expected("Run", "Swim", "Walk")
