"""A quiz on a phone, where the network is cut: what was typed is kept, sent in order, counted, and seen on the desk."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.quizzes import every_kind, saved, start
from tests.browser.threads import wait_live
from tests.demo import Newcomers

LONGER = "() => Number(document.querySelector('[data-attempt]').dataset.secondsLeft) > 2500"


@pytest.fixture
def sat(desk: Desk, newcomer: Newcomers) -> tuple[Page, Page]:
    """A learner's phone with a running attempt, and their teacher's desk with the results."""
    learner = newcomer("learner")
    url = f"/quizzes/{every_kind(desk, learner)}/"
    phone = desk.sign_in(learner.who, url, viewport=PHONE)
    start(phone)
    watching = desk.sign_in(learner.teacher, f"{url}results/")
    wait_live(watching)
    return phone, watching


def test_a_cut_network_loses_no_answer_and_more_time_is_seen_at_once(desk: Desk, sat: tuple[Page, Page]) -> None:
    phone, watching = sat
    phone.get_by_label("Paris").check()
    saved(phone)
    expect(watching.locator("[data-state='sitting'] [data-label='Answered']")).to_have_text("1 of 5")
    # A page that the server rendered before an answer that this tab has saved.
    early = phone.request.get(phone.url).text()
    phone.locator("[name=a4]").fill("toad")
    saved(phone)
    phone.route(phone.url, lambda route: route.fulfill(body=early, content_type="text/html"))
    phone.reload()
    expect(phone.locator("[name=a4]")).to_have_value("toad")
    phone.unroute(phone.url)
    phone.context.set_offline(True)
    phone.locator("[name=a4]").fill("Frog")
    phone.locator("[name=a5]").fill("3,5")
    saved(phone, "offline")
    phone.context.set_offline(False)
    phone.reload()
    saved(phone)
    expect(phone.locator("[name=a4]")).to_have_value("Frog")
    phone.reload()
    expect(phone.locator("[name=a4]")).to_have_value("Frog")
    expect(phone.locator("[name=a5]")).to_have_value("3,5")
    wait_live(phone)
    watching.get_by_role("button", name="10 minutes more").click()
    phone.wait_for_function(LONGER)
    phone.get_by_role("button", name="Check and hand in").click()
    phone.get_by_role("button", name="Hand in", exact=True).click()
    expect(phone.locator("[data-mark]")).to_contain_text("60 %")
    expect(watching.locator("tbody [data-label='Mark']", has_text="60 %")).to_be_visible()
