"""A quiz with a question of each kind for one learner, and its pages in a browser."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.threads import drawn
from tests.demo import Newcomer

MAKE = (
    "from apps.assessments.actions import NewQuestion;"
    "from apps.assessments.actions.questions import add_question, write_version;"
    "from apps.assessments.models import Quiz;"
    "quiz = Quiz.objects.create(course_id={course}, title='Every kind', published=True, minutes=40, key_when='at_once',"
    " shuffle_options=False);"
    "[write_version(None, add_question(quiz), each) for each in ("
    "NewQuestion('single', 'Capital of France?', options=(('Paris', True), ('Rome', False), ('Bern', False))),"
    "NewQuestion('multiple', 'Which are prime?', options=(('Two', True), ('Nine', False), ('Eleven', True))),"
    "NewQuestion('true_false', 'Whales are fish.', options=(('True', False), ('False', True))),"
    "NewQuestion('text', 'A green animal that jumps?', variants='frog'),"
    "NewQuestion('number', 'Three and a half?', number_key='3.5'))];"
    "print(quiz.pk)"
)
# The end of the learner's only attempt moves to so many seconds from now, without grace.
SHORTEN = (
    "from datetime import timedelta; from django.utils import timezone; from apps.assessments.models import Attempt;"
    "end = timezone.now() + timedelta(seconds={seconds});"
    "Attempt.objects.filter(quiz={quiz}, ended_at=None).update(deadline=end, over_at=end)"
)
UNSENT = "() => Object.keys(localStorage).filter((key) => key.startsWith('quiz-')).length"


def every_kind(desk: Desk, learner: Newcomer) -> int:
    """Make the quiz in the learner's course; returns its id."""
    return int(desk.server.manage("shell", "--no-imports", "-c", MAKE.format(course=learner.course)).stdout)


def shorten(desk: Desk, quiz: int, seconds: int) -> None:
    """Move the end of the running attempt; pages learn of it with their next save."""
    desk.server.manage("shell", "--no-imports", "-c", SHORTEN.format(quiz=quiz, seconds=seconds))


def start(page: Page) -> None:
    """Start the attempt from the quiz's page."""
    page.get_by_role("button", name="Start").click()
    expect(page.locator("[data-attempt]")).to_be_visible()


def saved(page: Page, state: str = "saved") -> None:
    """Wait for this state; `saved` means that nothing waits in this browser any more."""
    expect(page.locator("[data-saved]")).to_have_attribute("data-saved", state)
    if state == "saved":
        page.wait_for_function(f"({UNSENT})() === 0")


def tab_to(page: Page, selector: str, check: Callable[[Page], None] | None = None) -> None:
    """Press Tab until an element that matches has the focus, and look at each stop on the way."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if check:
            drawn(page)
            check(page)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")
