"""Large files in a real browser: how far they are is seen, they can be cancelled, and nothing typed is lost."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_building import new_course
from tests.browser.test_thread import student
from tests.browser.threads import send, wait_live
from tests.servers import Homeroom

HERE = Path(__file__).parent.parent / "files"
MB = 1_000_000


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A video of 24 MB: a short one, and a box behind it that says that nothing is in it (ISO/IEC 14496-12, 8.1.2)."""
    path = tmp_path / "film.mp4"
    filling = 24 * MB
    path.write_bytes((HERE / "clip.mp4").read_bytes() + filling.to_bytes(4) + b"free" + bytes(filling - 8))
    return path


def slowly(page: Page, up: int, down: int = -1) -> None:
    """As over a line of so many bytes a second; -1 for what the machine gives."""
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": down, "uploadThroughput": up},
    )


def video_editor(desk: Desk, title: str) -> Page:
    """The editor of a new lesson with a video, with a text that isn't saved."""
    page = new_course(desk, title)
    card = page.locator("[data-module]").filter(has_text="Basics")
    card.get_by_label(re.compile("^Kind")).select_option("video")
    page.get_by_label("Title of a new lesson in Basics").fill("A film")
    page.get_by_label("Title of a new lesson in Basics").press("Enter")
    page.get_by_role("link", name="A film", exact=True).click()
    page.locator("textarea[name=body]").fill("Typed before the film came.")
    return page


def typed(page: Page) -> None:
    expect(page.locator("textarea[name=body]")).to_have_value("Typed before the film came.")


def kept(server: Homeroom, name: str) -> int:
    return int(server.rows("SELECT count(*) FROM files_storedfile WHERE name = ?", name)[0][0])


def percent(state: Locator) -> int:
    expect(state).to_have_text(re.compile(r"^[1-9]\d? %"))
    return int(state.inner_text().split()[0])


def test_a_film_shows_how_far_it_is_and_what_is_typed_and_saved_meanwhile_stays(
    desk: Desk, homeroom: Homeroom, film: Path
) -> None:
    page = video_editor(desk, "Film that goes up")
    expect(page.get_by_text("Up to 1 GB; MP4 or WebM")).to_be_visible()
    slowly(page, 4 * MB)
    page.get_by_label("Video", exact=True).set_input_files(film)
    state = page.locator(".upload-state")
    first = percent(state)
    expect(page.get_by_role("progressbar", name="Uploading film.mp4")).to_be_visible()
    expect(page.get_by_label("Captions")).to_be_disabled()
    typed(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".lesson-save [role=status]")).to_contain_text("Saved")
    expect(page.get_by_label("Captions")).to_be_disabled()
    assert percent(state) > first
    slowly(page, -1)
    expect(page.locator(".build-file")).to_contain_text("film.mp4", timeout=60_000)
    expect(page.locator(".upload")).to_have_count(0)
    expect(page.get_by_label("Captions")).to_be_enabled()
    typed(page)
    assert kept(homeroom, "film.mp4") == 1


def test_a_film_that_is_cancelled_leaves_nothing_and_takes_nothing_along(
    desk: Desk, homeroom: Homeroom, film: Path
) -> None:
    page = video_editor(desk, "Film that stays away")
    away = film.rename(film.with_name("away.mp4"))
    slowly(page, MB)
    page.get_by_label("Video", exact=True).focus()
    page.get_by_label("Video", exact=True).set_input_files(away)
    percent(page.locator(".upload-state"))
    expect(page.get_by_role("button", name="Cancel the upload of away.mp4")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".upload")).to_have_count(0)
    expect(page.get_by_label("Video", exact=True)).to_be_focused()
    expect(page.get_by_label("Video", exact=True)).to_have_value("")
    expect(page.locator(".field-error, #toasts .toast-item")).to_have_count(0)
    typed(page)
    slowly(page, -1)
    expect(page.get_by_label("Captions")).to_be_enabled()
    assert kept(homeroom, "away.mp4") == 0
    page.wait_for_function("() => true")
    assert not list((homeroom.data / "uploads").glob("*.upload*"))


def test_what_would_be_refused_is_not_sent(desk: Desk, tmp_path: Path) -> None:
    page = video_editor(desk, "Films that are none")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    long, other = tmp_path / "long.mp4", tmp_path / "film.mov"
    with long.open("wb") as file:
        file.truncate(1_000 * MB + 1)
    other.write_bytes(b"no film")
    field = page.get_by_label("Video", exact=True)
    for path, why in (
        (long, "long.mp4: This file is too large: 1 GB at most."),
        (other, "film.mov: This isn't a video"),
    ):
        field.set_input_files(path)
        expect(page.locator(".field-error")).to_have_count(1)
        expect(page.locator(".field-error")).to_contain_text(why)
        expect(field).to_have_value("")
    assert [url for url in sent if "upload" in url] == []
    # What only its content betrays, the server refuses.
    false = tmp_path / "false.mp4"
    false.write_bytes(b"no film")
    field.set_input_files(false)
    expect(page.locator(".field-error")).to_contain_text("false.mp4: This isn't a video that browsers play")
    typed(page)


def test_a_film_whose_connection_is_lost_is_tried_again_with_a_button(
    desk: Desk, homeroom: Homeroom, film: Path
) -> None:
    page = video_editor(desk, "Film over a bad line")
    again = film.rename(film.with_name("again.mp4"))
    page.route("**/uploads/", lambda route: route.abort())
    page.get_by_label("Video", exact=True).set_input_files(again)
    expect(page.locator(".field-error")).to_contain_text("The connection was lost.")
    typed(page)
    page.unroute("**/uploads/")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".build-file")).to_contain_text("again.mp4", timeout=60_000)
    expect(page.locator(".field-error")).to_have_count(0)
    assert kept(homeroom, "again.mp4") == 1


def test_without_script_a_film_goes_up_with_a_button_and_what_is_typed_stays(
    desk: Desk, homeroom: Homeroom, film: Path
) -> None:
    url = video_editor(desk, "Film without script").url
    page = desk.sign_in("staff", url.removeprefix(desk.server.url), java_script_enabled=False)
    page.locator("textarea[name=body]").fill("Typed before the film came.")
    page.get_by_label("Video", exact=True).set_input_files(film.rename(film.with_name("plain.mp4")))
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".build-file")).to_contain_text("plain.mp4")
    typed(page)


def test_a_file_of_a_message_says_its_percent_and_is_cancelled(desk: Desk, homeroom: Homeroom, tmp_path: Path) -> None:
    pk, thread = student(homeroom, 30)
    page = desk.sign_in("staff", f"/students/{pk}/")
    wait_live(page)
    large, bad, long = tmp_path / "large.txt", tmp_path / "tool.exe", tmp_path / "long.pdf"
    large.write_bytes(b"word " * 4_000_000)
    bad.write_bytes(b"MZ")
    with long.open("wb") as file:
        file.truncate(25 * MB + 1)
    slowly(page, 2 * MB)
    page.set_input_files("[data-attach] input", [large, bad, long])
    chips = page.locator(".file-chip")
    expect(chips.nth(1)).to_contain_text("Files of this kind can't be sent here.")
    expect(chips.nth(2)).to_contain_text("This file is too large: 25 MB at most.")
    expect(chips.first).to_contain_text(re.compile(r"[1-9]\d? % of 20 MB"))
    page.get_by_role("button", name="Cancel the upload of large.txt").click()
    for name in ("tool.exe", "long.pdf"):
        page.get_by_role("button", name=f"Remove {name}").click()
    expect(chips).to_have_count(0)
    slowly(page, -1)
    send(page, "without it")
    expect(page.locator(".thread-messages").get_by_text("without it")).to_be_visible()
    assert kept(homeroom, "large.txt") == 0
    assert thread
