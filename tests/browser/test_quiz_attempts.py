"""Sitting a quiz where things go wrong: two devices, a session that ends, clocks that lie, no script, no mouse."""

import pytest
from playwright.sync_api import Page, expect

from tests.assessments.question_files import many
from tests.browser.conftest import PHONE, Desk
from tests.browser.quizzes import every_kind, saved, shorten, start, tab_to
from tests.browser.threads import wait_live
from tests.demo import Newcomer, Newcomers

# The browser's own date, which its owner may set at any time.
OTHER_DATE = """(() => {
    const Real = Date;
    window.ahead = 0;
    window.Date = class extends Real {
        constructor(...given) { given.length ? super(...given) : super(Real.now() + window.ahead); }
        static now() { return Real.now() + window.ahead; }
    };
})()"""
HOUR = 3_600_000
LATER = """counter => {
    const [{ responseStart }] = performance.getEntriesByType("navigation");
    const started = Number(document.querySelector("[data-attempt]").dataset.now) - responseStart;
    return started + performance.now() > Number(counter) + 2_000;
}"""
# 400 % of a window of 1280 by 1024.
ZOOMED = {"width": 320, "height": 256}
# Where the focus is can be seen: it isn't under a bar that stays in place, and it isn't outside the window.
SEEN = """() => {
    const target = document.activeElement;
    if (!target || target === document.body || !target.closest("[data-attempt]")) return "";
    const { left, top, right, bottom } = target.getBoundingClientRect();
    const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
    const found = document.elementFromPoint(x, (top + bottom) / 2);
    const label = found?.closest("label");
    const seen = found && (target.contains(found) || found.contains(target) || label?.contains(target));
    const markup = (element) => element?.outerHTML.slice(0, 120);
    return seen && right <= innerWidth + 1 ? "" : `${markup(target)} is hidden by ${markup(found)}`;
}"""


@pytest.fixture
def learner(newcomer: Newcomers) -> Newcomer:
    return newcomer("learner")


def answers(page: Page) -> tuple[list[str], str, str]:
    """What an attempt's page shows: the options that are chosen, the text, the number."""
    chosen = page.locator("label.question-option:has(:checked)").all_inner_texts()
    return [text.strip() for text in chosen], page.input_value("[name=a4]"), page.input_value("[name=a5]")


def test_two_tabs_a_second_device_and_a_session_that_ends_lose_nothing(desk: Desk, learner: Newcomer) -> None:
    quiz = every_kind(desk, learner)
    first = desk.sign_in(learner.who, f"/quizzes/{quiz}/")
    start(first)
    second = desk.tab(first.context)
    second.goto(first.url)
    device = desk.sign_in(learner.who, f"/quizzes/{quiz}/attempts/1/", viewport=PHONE)
    # The device is offline, and then the server ends the session that both tabs have.
    device.context.set_offline(True)
    device.locator("[name=a4]").fill("toad")
    device.get_by_label("Eleven").check()
    saved(device, "offline")
    first.context.clear_cookies(name="sessionid")
    first.get_by_label("Paris").check()
    # Later than "toad" by more than the clocks of two pages differ.
    toad = device.locator("[data-question='4']").get_attribute("data-counter")
    first.wait_for_function(LATER, arg=toad)
    first.locator("[name=a4]").fill("frog")
    second.locator("[name=a5]").fill("3,5")
    for page in (first, second):
        saved(page, "offline")
        expect(page.locator("[data-saved-text]")).to_contain_text("Sign in again in another tab")
    desk.log_in(desk.tab(first.context), learner.who)
    saved(first)
    saved(second)
    device.context.set_offline(False)
    saved(device)
    for page in (first, second, device):
        page.reload()
        assert answers(page) == (["Paris", "Eleven"], "frog", "3,5")


def test_only_the_server_ends_an_attempt_whatever_a_browser_takes_for_the_time(desk: Desk, learner: Newcomer) -> None:
    quiz = every_kind(desk, learner)
    page = desk.sign_in(learner.who, f"/quizzes/{quiz}/")
    page.context.add_init_script(OTHER_DATE)
    start(page)
    attempt = page.locator("[data-attempt]")
    for ahead in (3 * HOUR, -3 * HOUR):
        page.evaluate("ahead => { window.ahead = ahead; }", ahead)
        page.locator("[name=a4]").fill(f"frog {ahead}")
        saved(page)
        assert 2_000 < int(attempt.get_attribute("data-seconds-left") or 0) <= 2_400
    page.locator("[name=a4]").fill("frog")
    saved(page)
    # Less time than the page believes: it hears of it with its next save, ends by itself and shows what was stored.
    page.evaluate("() => { window.ahead = -3 * 3_600_000; }")
    page.locator("[name=a5]").fill("3,5")
    saved(page)
    shorten(desk, quiz, seconds=8)
    page.get_by_label("Rome").check()
    expect(page.locator("[data-mark]")).to_contain_text("40 %")
    assert desk.server.rows("SELECT ending FROM assessments_attempt WHERE quiz_id = ?", quiz) == [("time",)]


def test_the_time_left_is_announced_and_a_fast_clock_ends_nothing(desk: Desk, learner: Newcomer) -> None:
    quiz = every_kind(desk, learner)
    page = desk.sign_in(learner.who, f"/quizzes/{quiz}/")
    page.clock.install()
    start(page)
    announced = page.locator("[data-announce][role=status]")
    expect(announced).to_have_text("")
    for mark, words in ((1_200, "20 minutes left"), (300, "5 minutes left"), (60, "1 minute left")):
        # Just before, and then second by second over it.
        left = int(page.locator("[data-attempt]").get_attribute("data-seconds-left") or 0)
        page.clock.fast_forward(1_000 * (left - mark - 20))
        page.clock.run_for(25_000)
        expect(announced).to_have_text(words)
    # Twice as fast as time: the page asks the server at its own end, and goes on.
    page.evaluate("() => { window.old = true; }")
    page.clock.fast_forward(3 * 60_000)
    page.clock.run_for(10_000)
    page.wait_for_function("() => !window.old && document.querySelector('[data-attempt]')?.dataset.secondsLeft > 2_000")
    expect(page.locator("[name=a4]")).to_be_editable()


def test_a_whole_quiz_without_javascript(desk: Desk, learner: Newcomer) -> None:
    quiz = every_kind(desk, learner)
    page = desk.sign_in(learner.who, f"/quizzes/{quiz}/", viewport=PHONE, java_script_enabled=False)
    start(page)
    page.get_by_label("Paris").check()
    page.get_by_label("Two").check()
    page.get_by_label("Eleven").check()
    page.locator("[data-question='3']").get_by_label("False").check()
    page.locator("[name=f4]").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Eleven")).to_be_checked()
    expect(page.locator("[name=f4]")).to_be_checked()
    page.locator("[name=a5]").fill("3,5")
    page.get_by_role("button", name="Check and hand in").click()
    expect(page.locator("main li", has_text="Question 4")).to_contain_text("not answered · flagged")
    expect(page.locator("main li", has_text="Question 5")).to_contain_text("answered")
    page.get_by_role("link", name="Question 4").click()
    page.locator("[name=a4]").fill("Frog")
    page.get_by_role("button", name="Check and hand in").click()
    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(page.locator("[data-mark]")).to_contain_text("100 %")


def test_a_quiz_by_keyboard_at_400_percent(desk: Desk, learner: Newcomer) -> None:
    quiz = every_kind(desk, learner)
    page = desk.sign_in(learner.who, f"/quizzes/{quiz}/", viewport=ZOOMED)
    hidden: list[str] = []

    def look(page: Page) -> None:
        hidden.extend(filter(None, [page.evaluate(SEEN)]))
        assert page.evaluate("document.documentElement.scrollWidth") <= ZOOMED["width"]

    tab_to(page, "main button.btn-primary", look)
    page.keyboard.press("Enter")
    expect(page.locator("[data-attempt]")).to_be_visible()
    wait_live(page)
    tab_to(page, "[name=a1]", look)
    page.keyboard.press("Space")
    tab_to(page, "[name=a2]", look)
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    tab_to(page, "[name=a2]", look)
    page.keyboard.press("Space")
    tab_to(page, "[name=a3]", look)
    page.keyboard.press("ArrowDown")
    tab_to(page, "[name=f3]", look)
    page.keyboard.press("Space")
    tab_to(page, "[name=a4]", look)
    page.keyboard.type("frog")
    tab_to(page, "[name=a5]", look)
    page.keyboard.type("3.5")
    saved(page)
    tab_to(page, "[name=review]", look)
    page.keyboard.press("Enter")
    expect(page.locator("main li", has_text="Question 3")).to_contain_text("flagged")
    tab_to(page, "main button.btn-primary", look)
    page.keyboard.press("Enter")
    expect(page.locator("[data-mark]")).to_contain_text("100 %")
    look(page)
    assert hidden == []


def test_five_hundred_questions_out_of_a_file(desk: Desk, learner: Newcomer) -> None:
    made = desk.server.manage(
        "shell",
        "--no-imports",
        "-c",
        "from apps.assessments.models import Quiz;"
        f"print(Quiz.objects.create(course_id={learner.course}, title='Everything').pk)",
    )
    quiz = int(made.stdout)
    page = desk.sign_in(learner.teacher, f"/quizzes/{quiz}/import/")
    file = {"name": "all.gift", "mimeType": "text/plain", "buffer": many(500).encode()}
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Check the questions").click()
    page.get_by_role("button", name="Import 500 questions").click()
    expect(page.locator("[data-written]")).to_have_count(500)
    expect(page.locator("[data-written]").last).to_contain_text("Question number 499?")
