"""A real video in a real browser: sent by a teacher, watched by a student on two devices, done once it was watched."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import wait_live
from tests.demo import Newcomer, Newcomers
from tests.elsewhere import ROOT

# The demo's own film, 13 s long: 90 % of it can't be watched in less than 4.8 s by the server's clock.
FOLDER = ROOT / "apps" / "dashboard" / "demo" / "lessons"
LENGTH = 13
# In a report: a stretch at least.
SOME = "%5B%5B"
RULE = "Done once you have watched 90 % of the video."
MAKE = (
    "from apps.courses.models import Lesson;"
    "print(Lesson.objects.create(module_id=Lesson.objects.get(pk={}).module_id, title='A loop at work', kind='video',"
    "completion_rule='watched', position=9).pk)"
)
# Plays on until a second of the film, or its end, and stops.
PLAYS = """([until, speed]) => new Promise(done => {
    const video = document.querySelector("video");
    const look = () => { if (video.ended || video.currentTime >= until) { video.pause(); done(video.currentTime); } };
    for (const event of ["timeupdate", "ended"]) video.addEventListener(event, look);
    video.playbackRate = speed;
    video.play();
})"""
STANDS = "seconds => Math.abs(document.querySelector('video').currentTime - seconds) < 0.6"


@dataclass
class Film:
    """A video lesson in the course of a learner."""

    learner: Newcomer
    url: str
    grid: Page


@pytest.fixture
def film(desk: Desk, newcomer: Newcomers) -> Film:
    """A teacher has sent a video with its captions through the editor, published it, and follows the course's grid."""
    learner = newcomer("learner")
    made = desk.server.manage("shell", "--no-imports", "-c", MAKE.format(learner.lessons[0]))
    url = f"/courses/{learner.course}/lessons/{int(made.stdout)}/"
    page = desk.sign_in(learner.teacher, f"{url}edit/")
    for field, name in (("file", "loop.webm"), ("captions", "loop.vtt")):
        page.locator(f"input[name={field}]").set_input_files(FOLDER / name)
        expect(page.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("Published", exact=True)).to_be_visible()
    page.goto(f"{desk.server.url}/courses/{learner.course}/progress/")
    wait_live(page)
    return Film(learner, url, page)


def open_film(desk: Desk, film: Film, **options: object) -> Page:
    page = desk.sign_in(film.learner.who, film.url, **options)
    page.wait_for_function("() => document.querySelector('video').readyState >= 1")
    page.evaluate("document.querySelector('video').muted = true")
    wait_live(page)
    return page


def play(page: Page, until: float = LENGTH, speed: float = 2) -> float:
    """Play on until that second, or the end, and wait until the server has been told; where it stands then."""
    with page.expect_response(lambda answer: "/watching/" in answer.url and SOME in (answer.request.post_data or "")):
        return page.evaluate(PLAYS, [until, speed])


def is_open(page: Page) -> None:
    expect(page.locator(".lesson-bar").get_by_text(RULE)).to_be_visible()


def is_done(page: Page) -> None:
    expect(page.locator(".lesson-bar").get_by_role("status")).to_have_text("Done")


def test_seeking_or_racing_to_the_end_is_not_watching_and_then_watching_is(desk: Desk, film: Film) -> None:
    page, other = open_film(desk, film), desk.tab(desk.contexts[-1])
    other.goto(f"{desk.server.url}/courses/{film.learner.course}/")
    wait_live(other)
    step = other.locator(".outline-step", has_text="A loop at work")
    mark = film.grid.locator(f"[data-student='{film.learner.student}'] td:nth-child(n + 4):not(:empty, .o)")
    page.evaluate("document.querySelector('video').currentTime = 12")
    play(page)
    # Sixteen times as fast: all of it was played, in less than a second.
    play(page, speed=16)
    page.reload()
    is_open(page)
    expect(step.get_by_text("Done:")).to_have_count(0)
    page = open_film(desk, film)
    play(page)
    is_done(page)
    expect(step.get_by_text("Done:")).to_be_attached()
    expect(mark).to_have_count(1)


def test_it_is_resumed_on_another_device_and_done_on_both(desk: Desk, film: Film) -> None:
    page = open_film(desk, film)
    stopped_at = play(page, until=5)
    phone = open_film(desk, film, viewport=PHONE)
    phone.wait_for_function(STANDS, arg=stopped_at)
    is_open(phone)
    play(phone)
    for each in (phone, page):
        is_done(each)


def test_a_video_whose_address_has_run_out_goes_on_at_its_place(desk: Desk, film: Film) -> None:
    content = (FOLDER / "loop.webm").read_bytes()
    refused: list[str] = []

    def storage(route: Route) -> None:
        """Hands out the first half, then refuses three times, as a storage whose signed address has expired."""
        asked = route.request.headers.get("range", "bytes=0-")
        end = len(content) // 2 if len(refused) < 3 else len(content)
        start = int(asked.removeprefix("bytes=").split("-")[0])
        if start >= end:
            refused.append(asked)
            return route.fulfill(status=403)
        headers = {"Content-Range": f"bytes {start}-{end - 1}/{len(content)}", "Accept-Ranges": "bytes"}
        return route.fulfill(status=206, headers=headers, content_type="video/webm", body=content[start:end])

    page = desk.sign_in(film.learner.who, "/")
    page.route("**/lessons/*/file/", storage)
    # It may fail before anything else is looked at.
    page.add_init_script(
        """document.addEventListener("error", ({ target }) => {
            if (target.tagName === "VIDEO") window.stoppedAt ??= target.currentTime;
        }, true)"""
    )
    page.goto(f"{desk.server.url}{film.url}")
    page.evaluate("""() => {
        const video = document.querySelector("video");
        video.muted = true;
        video.play().catch(() => {});
    }""")
    page.wait_for_function("() => document.querySelector('video').ended", polling=100)
    assert refused
    assert page.evaluate("document.querySelector('video').played.start(0) >= window.stoppedAt - 1"), "it began anew"


def test_captions_are_shown_over_the_video(desk: Desk, film: Film) -> None:
    page = open_film(desk, film, viewport=PHONE)
    page.wait_for_function("() => document.querySelector('track').readyState === 2")
    page.evaluate("document.querySelector('video').currentTime = 4")
    page.wait_for_function("() => document.querySelector('video').textTracks[0].activeCues.length === 1")
    shown = "[...document.querySelector('video').textTracks].map(one => [one.mode, one.activeCues[0].text])"
    assert page.evaluate(shown) == [["showing", 'Back to the first line: now "number" is 2.']]
