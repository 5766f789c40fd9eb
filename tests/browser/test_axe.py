"""axe-core finds nothing on the main pages: WCAG 2.0 to 2.2, A and AA, best practice; phone and desk, light and dark.

A page is opened once for each role and looked at in each variant without a reload. axe-core is a development dependency
of theme/static_src: it is never served.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Desk
from tests.browser.quizzes import every_kind, saved, start
from tests.browser.threads import drawn, wait_live
from tests.demo import Newcomers
from tests.servers import Homeroom

AXE = Path(__file__).parents[2] / "theme" / "static_src" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Colours alone differ between light and dark, and they are the same on a desk and on a phone.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
ALL = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": True}}}
RUN = """async options => (await axe.run(document, { ...options, resultTypes: ["violations"] })).violations.map(
    ({ id, impact, nodes }) => [id, impact, ...nodes.slice(0, 3).map(({ html }) => html.slice(0, 160))].join(" | "))"""
# Something is unread on every page.
UNREAD = """() => {
    const count = document.getElementById("unread-count");
    if (!count || count.textContent) return;
    count.textContent = "3";
    document.getElementById("bell").setAttribute("aria-label", "Notifications, 3 unread");
}"""
Variant = tuple[str, Any, Any, dict[str, Any]]
VARIANTS: list[Variant] = [
    ("desk, light", DESK, "light", ALL),
    ("phone, light", PHONE, "light", ALL),
    ("phone, dark", PHONE, "dark", COLOURS),
]
# The pages of the rooms by who opens them: half of them light, half dark. What is in brackets is looked up in the demo.
ROOMS = {
    "staff": [
        ("/inbox/", "dark"),
        ("/tickets/1/", "light"),
        ("/support/settings/", "dark"),
        ("/support/settings/answers/", "light"),
        ("/courses/", "light"),
        ("/courses/new/", "dark"),
        ("/courses/{course}/edit/", "light"),
        ("/courses/{course}/lessons/{text}/edit/", "dark"),
        ("/courses/{course}/lessons/{video}/edit/", "light"),
        ("/courses/{course}/people/", "dark"),
        ("/courses/{course}/people/new/", "light"),
        ("/courses/{course}/codes/", "dark"),
        ("/courses/{course}/certificates/", "light"),
        ("/reports/courses/", "dark"),
    ],
    "teacher": [
        ("/courses/{course}/progress/", "light"),
        ("/courses/{course}/progress/1/", "dark"),
        ("/courses/{course}/announcements/", "light"),
        ("/courses/{course}/announcements/new/", "dark"),
        ("/courses/{course}/lessons/{embed}/", "light"),
    ],
    "student": [
        ("/courses/", "dark"),
        ("/courses/{course}/", "light"),
        ("/courses/{course}/lessons/{text}/", "dark"),
        ("/courses/{course}/lessons/{video}/", "light"),
        ("/courses/{course}/lessons/{link}/", "dark"),
        ("/courses/{other}/lessons/{file}/", "light"),
        ("/courses/join/", "dark"),
        ("/you/", "light"),
        ("/support/", "dark"),
    ],
    "": [("/courses/", "light"), ("/courses/{course}/", "dark"), ("/certificates/{certificate}/", "light")],
}
EMBED = """from apps.courses.models import Lesson
text = Lesson.objects.filter(kind="text", module__course__title="First steps in Python").first()
Lesson.objects.create(
    module=text.module, title="Embedded", kind="embed", url="https://vimeo.com/76979871", published=True, position=99
)"""
LESSONS = """SELECT lesson.kind, min(lesson.id) FROM courses_lesson lesson
    JOIN courses_module module ON module.id = lesson.module_id
    JOIN courses_course course ON course.id = module.course_id
    WHERE course.title = ? AND lesson.published GROUP BY lesson.kind"""
PAGES = {
    "staff": [
        "/",
        "/payments/pending/",
        "/payments/",
        "/payments/students/1/",
        "/students/",
        "/students/1/",
        "/students/import/",
        "/batches/",
        "/batches/1/edit/",
        "/messages/",
        "/notifications/",
        "/accounts/settings/",
        "/nowhere/",
    ],
    "teacher": ["/", "/students/", "/batches/1/edit/"],
    "student": ["/", "/notifications/", "/notifications/preferences/"],
    "admin": ["/people/", "/accounts/invitations/"],
    "": ["/accounts/login/", "/accounts/password/reset/", "/nowhere/"],
}
# Each page is looked at thrice, which takes seconds where two cores do other things too.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        reason = "axe-core is missing: npm install in theme/static_src"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return AXE.read_text()


def violations(page: Page, axe: str, where: str, variants: Sequence[Variant] = VARIANTS) -> list[str]:
    """What axe finds on a page as it stands, in each variant; each finding with where."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe)
    found = []
    for name, size, scheme, options in variants:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        drawn(page)
        expect(page.locator(".htmx-request")).to_have_count(0)  # What is on its way is paler.
        found += [f"{where} ({name}): {each}" for each in page.evaluate(RUN, options)]
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize("who", PAGES)
def test_no_page_has_a_violation(desk: Desk, axe: str, who: str) -> None:
    page = desk.sign_in(who, "/") if who else desk.page()
    found = []
    for path in PAGES[who]:
        page.goto(desk.server.url + path)
        page.evaluate(UNREAD)
        found += violations(page, axe, f"{who or 'nobody'} {path}")
    assert found == []


@pytest.fixture(scope="module")
def demo_ids(homeroom: Homeroom) -> dict[str, Any]:
    """What the addresses of the courses' pages need: a course with lessons of most kinds, one with a file."""
    homeroom.manage("shell", "--no-imports", "-c", EMBED)
    kinds = dict(homeroom.rows(LESSONS, "First steps in Python"))
    ids = dict(homeroom.rows("SELECT title, id FROM courses_course"))
    file = dict(homeroom.rows(LESSONS, "Mathematics 8"))["file"]
    ((certificate,),) = homeroom.rows("SELECT number FROM courses_certificate")
    mine = {"course": ids["First steps in Python"], "other": ids["Mathematics 8"]}
    return {**kinds, **mine, "file": file, "certificate": certificate}


@pytest.mark.parametrize("who", ROOMS)
def test_no_page_of_a_room_has_a_violation(desk: Desk, axe: str, demo_ids: dict[str, Any], who: str) -> None:
    page = desk.sign_in(who, "/") if who else desk.page()
    found = []
    for path, scheme in ROOMS[who]:
        answer = page.goto(desk.server.url + path.format(**demo_ids))
        assert answer
        assert answer.status == 200, path
        variants = [(name, size, scheme, ALL) for name, size in (("desk", DESK), ("phone", PHONE))]
        found += violations(page, axe, f"{who or 'nobody'} {path}", variants)
    assert found == []


def test_no_page_of_a_quiz_has_a_violation(desk: Desk, axe: str, newcomer: Newcomers) -> None:
    learner = newcomer("learner")
    quiz = every_kind(desk, learner)
    found = []

    def look(page: Page, name: str, scheme: str) -> None:
        variants = [(size, {"desk": DESK, "phone": PHONE}[size], scheme, ALL) for size in ("desk", "phone")]
        found.extend(violations(page, axe, name, variants))

    sitting = desk.sign_in(learner.who, f"/quizzes/{quiz}/")
    look(sitting, "start", "light")
    start(sitting)
    sitting.locator("[name=a4]").fill("frog")
    sitting.locator("[name=f2]").check()
    saved(sitting)
    look(sitting, "attempt", "dark")
    sitting.get_by_role("button", name="Check and hand in").click()
    sitting.get_by_role("button", name="Hand in", exact=True).wait_for()
    look(sitting, "check", "light")
    sitting.get_by_role("button", name="Hand in", exact=True).click()
    sitting.locator("[data-mark]").wait_for()
    look(sitting, "result", "dark")
    ((attempt,),) = desk.server.rows("SELECT id FROM assessments_attempt WHERE quiz_id = ?", quiz)
    ((question,),) = desk.server.rows("SELECT min(id) FROM assessments_question WHERE quiz_id = ?", quiz)
    pages = ("results/", f"results/{attempt}/", "edit/", "edit/?add=multiple", "import/", "trial/")
    teaching = desk.sign_in(learner.teacher, "/")
    for place, path in enumerate((*pages, f"questions/{question}/mending/")):
        answer = teaching.goto(f"{desk.server.url}/quizzes/{quiz}/{path}")
        assert answer
        assert answer.status == 200, path
        look(teaching, path, ("light", "dark")[place % 2])
    assert found == []


def open_drawer(page: Page) -> None:
    page.locator("[data-open-thread]").first.click()
    page.locator("#thread-drawer section[data-conversation]").wait_for()


def open_payment_form(page: Page) -> None:
    page.get_by_role("link", name="Record payment").first.click()
    page.locator("[name=amount]").wait_for()


def open_bell(page: Page) -> None:
    page.locator("#bell").click()
    page.locator("#bell-panel .bell-head").wait_for()


def open_reversal(page: Page) -> None:
    page.get_by_role("link", name="Take back…").first.click()
    page.locator("dialog[data-modal][open]").wait_for()


def open_removal(page: Page) -> None:
    page.get_by_role("button", name="Remove").first.click()
    page.locator("#ask[open]").wait_for()


def open_move(page: Page) -> None:
    page.get_by_role("link", name="Move").first.click()
    page.locator("dialog select").wait_for()


def open_dates(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Extend")).first.click()
    page.locator("dialog[data-modal][open]").wait_for()


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "the drawer": ("/payments/pending/", open_drawer),
    "a payment's form": ("/payments/pending/", open_payment_form),
    "the bell's panel": ("/payments/pending/", open_bell),
    "taking a payment back": ("/payments/", open_reversal),
    "removing from a batch": ("/batches/1/edit/", open_removal),
    "moving to another batch": ("/batches/1/edit/", open_move),
    "the dates of an enrollment": ("/courses/{course}/people/", open_dates),
}


def test_nothing_that_opens_has_a_violation(desk: Desk, axe: str, demo_ids: dict[str, Any]) -> None:
    page = desk.sign_in("staff", "/")
    found = []
    for name, (path, show) in STATES.items():
        page.goto(desk.server.url + path.format(**demo_ids))
        wait_live(page)
        show(page)
        found += violations(page, axe, name)
    assert found == []


@pytest.mark.parametrize(("count", "name"), [("", "Notifications"), ("1", "Notifications, 1 unread")])
def test_the_bells_name_says_how_many_are_unread(desk: Desk, count: str, name: str) -> None:
    page = desk.sign_in("staff", "/payments/")
    wait_live(page)
    page.route("**/notifications/unread/", lambda route: route.fulfill(body=count, content_type="text/html"))
    page.evaluate("htmx.trigger(document.body, 'bell', { data: '{\"about\": \"\"}' })")
    page.get_by_role("button", name=name, exact=True).wait_for()
