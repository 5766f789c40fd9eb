"""A quiz on a phone, where the network is cut: what was typed is kept, sent in order, counted, and seen on the desk."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import wait_live
from tests.demo import Newcomers

MAKE = (
    "from apps.assessments.actions import NewQuestion;"
    "from apps.assessments.actions.questions import add_question, write_version;"
    "from apps.assessments.models import Quiz;"
    "quiz = Quiz.objects.create(course_id={}, title='On the train', published=True, minutes=40, key_when='at_once');"
    "one = NewQuestion('single', 'Capital?', options=(('Paris', True), ('Rome', False)));"
    "[write_version(None, add_question(quiz), each) for each in"
    " (one, NewQuestion('text', 'Word?', variants='frog'), NewQuestion('number', 'How many?', number_key='3.5'))];"
    "print(quiz.pk)"
)
LONGER = "() => Number(document.querySelector('[data-attempt]').dataset.secondsLeft) > 2500"


def state(page: Page, expected: str) -> None:
    expect(page.locator("[data-saved]")).to_have_attribute("data-saved", expected)


@pytest.fixture
def sat(desk: Desk, newcomer: Newcomers) -> tuple[Page, Page]:
    """A learner's phone with a running attempt, and their teacher's desk with the results."""
    learner = newcomer("learner")
    made = desk.server.manage("shell", "--no-imports", "-c", MAKE.format(learner.course))
    url = f"/quizzes/{int(made.stdout)}/"
    phone = desk.sign_in(learner.who, url, viewport=PHONE)
    phone.get_by_role("button", name="Start").click()
    expect(phone.locator("[data-attempt]")).to_be_visible()
    watching = desk.sign_in(learner.teacher, f"{url}results/")
    wait_live(watching)
    return phone, watching


def test_a_cut_network_loses_no_answer_and_more_time_is_seen_at_once(desk: Desk, sat: tuple[Page, Page]) -> None:
    phone, watching = sat
    phone.get_by_label("Paris").check()
    state(phone, "saved")
    expect(watching.locator("[data-state='sitting'] [data-label='Answered']")).to_have_text("1 of 3")
    early = phone.request.get(phone.url).text()
    phone.context.set_offline(True)
    phone.locator("[name=a2]").fill("toad")
    phone.locator("[name=a2]").fill("Frog")
    phone.locator("[name=a3]").fill("3,5")
    state(phone, "offline")
    phone.context.set_offline(False)
    phone.reload()
    state(phone, "saved")
    expect(phone.locator("[name=a2]")).to_have_value("Frog")
    # A page that the server rendered before the answers reached it.
    phone.route(phone.url, lambda route: route.fulfill(body=early, content_type="text/html"))
    phone.reload()
    expect(phone.locator("[name=a2]")).to_have_value("Frog")
    phone.unroute(phone.url)
    phone.reload()
    expect(phone.locator("[name=a2]")).to_have_value("Frog")
    expect(phone.locator("[name=a3]")).to_have_value("3,5")
    wait_live(phone)
    watching.get_by_role("button", name="10 minutes more").click()
    phone.wait_for_function(LONGER)
    phone.get_by_role("button", name="Check and hand in").click()
    phone.get_by_role("button", name="Hand in", exact=True).click()
    expect(phone.locator("[data-mark]")).to_contain_text("100 %")
    expect(watching.locator("tbody [data-label='Mark']", has_text="100 %")).to_be_visible()
