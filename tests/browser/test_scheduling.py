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


def test_a_teacher_moves_a_lesson_by_mouse_and_by_keyboard_and_nothing_is_saved_by_itself(desk: Desk, lesson):
    learner, pk, day = lesson
    week = day.strftime("/calendar/?week=%G-W%V")
    page = desk.sign_in(learner.teacher, week, viewport={"width": 1400, "height": 1000})
    wait_live(page)
    block = page.locator(f".lesson-block[data-booking='{pk}']")
    start = block.get_attribute("data-start")

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
