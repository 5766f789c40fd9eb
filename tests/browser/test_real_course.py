"""A student learns a real course on a phone, from the first episode to the certificate."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.courses.real_course import DATA, episodes
from tests.demo import Newcomers

pytestmark = pytest.mark.skipif(DATA is None, reason="the data lies beside the project: ../shared/data/course")

WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHOWN = "() => [...document.querySelectorAll('.prose img')].every(one => one.complete && one.naturalWidth)"


def pictures_are_there(page: Page) -> None:
    """Each is loaded once it is near the window."""
    pictures = page.locator(".prose img")
    for number in range(pictures.count()):
        pictures.nth(number).scroll_into_view_if_needed()
    page.wait_for_function(SHOWN)


def test_a_student_learns_the_unix_shell_on_a_phone(desk: Desk, newcomer: Newcomers) -> None:
    learner = newcomer("learner")
    built = desk.server.run("-m", "tests.browser.build_course", learner.teacher, str(learner.student))
    course = int(built.stdout)
    page = desk.sign_in(learner.who, f"/courses/{course}/", viewport=PHONE)
    page.get_by_role("link", name="Start").click()
    for number in range(1, len(episodes()) + 1):
        expect(page.get_by_text(f"Lesson {number} of {len(episodes())}")).to_be_visible()
        assert page.evaluate(WIDER) == 0, f"episode {number} scrolls sideways"
        assert ":::" not in page.locator(".prose").inner_text()
        pictures_are_there(page)
        page.locator("[data-complete]").click()
        expect(page.get_by_role("status").filter(has_text="Done")).to_be_visible()
        page.locator(".lesson-bar a").last.click()
    expect(page.get_by_text("Finished on")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("^Certificate")).click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
