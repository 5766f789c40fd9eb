"""The settings page, on a phone and on a desk: what is chosen is saved where it stands and holds on every page."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.threads import caught
from tests.conversations.files import picture

URL = "/accounts/settings/"
DARK = "homeroom-dark"


def saved(page: Page, section: str) -> None:
    expect(page.locator(f"#settings-{section} .settings-said")).to_contain_text("Saved")


def paper(page: Page) -> int:
    """How light the page is, from 0 to 255."""
    colour = page.evaluate(
        """() => {
            const context = document.createElement("canvas").getContext("2d");
            context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
            context.fillRect(0, 0, 1, 1);
            return context.getImageData(0, 0, 1, 1).data[0];
        }"""
    )
    return int(colour)


@pytest.mark.parametrize(("kind", "viewport"), [("student", PHONE), ("staff", DESK)], ids=["phone", "desk"])
def test_a_name_is_saved_on_the_way_to_the_next_field_and_nothing_typed_is_lost(desk, newcomer, kind, viewport):
    page = desk.sign_in(newcomer(kind).who, "/", viewport=viewport)
    page.get_by_role("button", name="your account").click()
    page.get_by_role("link", name="Settings").first.click()
    page.wait_for_url(f"**{URL}")
    given, family, phone = (page.get_by_label(label) for label in ("Given name", "Family name", "Phone"))
    given.fill("Zoë")
    # A slow answer finds the next field half typed, and focused.
    held: list[Route] = []
    page.route(f"**{URL}", lambda route: held.append(route))
    family.click()
    family.fill("")
    family.press_sequentially("Zimmer")
    expect(page.locator("#settings-profile .settings-said")).to_be_empty()
    caught(page, held).continue_()
    saved(page, "profile")
    family.press_sequentially("mann")
    expect(family).to_have_value("Zimmermann")
    expect(family).to_be_focused()
    page.unroute(f"**{URL}")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        phone.click()
    expect(page.get_by_role("button", name="Zoë Zimmermann, your account")).to_be_visible()
    with page.expect_response(lambda answer: answer.status == 422):
        phone.fill("call me")
        phone.press("Enter")
    expect(page.get_by_text("Enter a phone number, such as +351")).to_be_visible()
    expect(phone).to_have_value("call me")
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#settings-profile .settings-said")).to_be_empty()
    phone.fill("+351 912 345 678")
    phone.press("Enter")
    saved(page, "profile")
    expect(page.get_by_text("Enter a phone number")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Phone")).to_have_value("+351 912 345 678")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_dark_is_dark_at_once_and_on_every_page_before_any_script(desk, newcomer):
    page = desk.sign_in(newcomer("student").who, URL, viewport=PHONE, color_scheme="light")
    assert paper(page) > 200
    page.get_by_role("radio", name="Dark").check()
    assert paper(page) < 60
    saved(page, "appearance")
    # Without any script, what is painted first is what the server and the style sheet say.
    page.route("**/*.js", lambda route: route.abort())
    for path in ("/", "/messages/", URL):
        page.goto(desk.server.url + path)
        assert page.evaluate("document.documentElement.dataset.theme") == DARK
        assert paper(page) < 60
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.unroute("**/*.js")
    page.goto(desk.server.url + URL)
    page.get_by_role("radio", name="Light").check()
    assert paper(page) > 200
    saved(page, "appearance")
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert paper(page) > 200
    page.get_by_role("radio", name="As the device").check()
    assert paper(page) < 60
    saved(page, "appearance")


def test_the_clock_of_the_device_is_offered_and_every_time_is_on_it(desk, newcomer):
    page = desk.sign_in(newcomer("staff").who, URL, timezone_id="Asia/Kolkata", locale="en-US")
    offer = page.locator("[data-zone-offer]")
    expect(offer).to_contain_text(re.compile("Your device is in Asia/(Calcutta|Kolkata)"))
    offer.get_by_role("button", name="Use it").click()
    saved(page, "region")
    expect(offer).to_be_hidden()
    expect(page.get_by_label("Time zone")).to_have_value(re.compile("Asia/(Calcutta|Kolkata)"))
    page.goto(f"{desk.server.url}/messages/")
    time = page.locator(".talk time").first
    expect(time).to_have_attribute("title", re.compile(r"[AP]M$"))
    moment = time.get_attribute("datetime")
    shown = page.evaluate(
        """(moment) => new Date(moment)
            .toLocaleString("en-US", {timeZone: "Asia/Kolkata", dateStyle: "medium", timeStyle: "short"})""",
        moment,
    )
    assert _spaced(time.get_attribute("title") or "") == _spaced(shown)
    # In the conversation itself, where a script writes the time, it is the same.
    page.locator(".talk-link").first.click()
    last = page.locator(".message .message-time").last
    expect(last).to_have_text(re.compile(r"\d [AP]M$"))
    page.goto(desk.server.url + URL)
    page.get_by_label("Dates and numbers").select_option("de")
    expect(page.get_by_text("1.250,00 EUR")).to_be_visible()
    page.get_by_label("Time zone").fill("lisbon")
    page.get_by_label("Time zone").press("Enter")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Lisbon")
    expect(offer).to_be_visible()
    page.goto(f"{desk.server.url}/messages/")
    expect(time).to_have_attribute("title", re.compile(r"^\d\d\.\d\d\.\d{4}, \d\d:\d\d$"))
    page.locator(".talk-link").first.click()
    expect(last).to_have_text(re.compile(r"^\d\d:\d\d$"))


def _spaced(text: str) -> str:
    """Browsers part the number from AM and PM by spaces of different widths."""
    return " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())


def test_another_clock_is_offered_on_any_page_and_not_twice_to_who_declines(desk, newcomer):
    page = desk.sign_in(newcomer("teacher").who, "/", timezone_id="Pacific/Auckland")
    offer = page.locator("#toasts [data-stay]")
    expect(offer).to_contain_text("Your device is in Pacific/Auckland")
    offer.get_by_role("button", name="Dismiss").click()
    page.reload()
    page.locator("[data-state=live]").wait_for()
    expect(offer).to_have_count(0)
    page.evaluate("localStorage.clear()")
    page.reload()
    with page.expect_navigation():
        offer.get_by_role("button", name="Use it").click()
    page.locator("[data-state=live]").wait_for()
    expect(page.locator("html")).to_have_attribute("data-time-zone", "Pacific/Auckland")
    expect(offer).to_have_count(0)


def test_a_photo_is_chosen_refused_shown_everywhere_and_removed(desk, newcomer, tmp_path: Path):
    good, bad = tmp_path / "me.jpg", tmp_path / "me.png"
    good.write_bytes(picture())
    bad.write_text("<svg onload=alert(1)>")
    page = desk.sign_in(newcomer("staff").who, URL, viewport=PHONE)
    page.get_by_label("Choose a photo").set_input_files(bad)
    expect(page.get_by_text("This isn't a picture that can be read.")).to_be_visible()
    page.get_by_label("Choose a photo").set_input_files(good)
    saved(page, "photo")
    expect(page.get_by_text("This isn't a picture")).to_have_count(0)
    face = page.locator("#user-button img.avatar")
    expect(face).to_be_visible()
    page.wait_for_function("() => document.querySelector('#user-button img.avatar')?.naturalWidth === 192")
    # Somebody else sees it before the name in a conversation.
    pupil = desk.sign_in(newcomer("student").who, "/", viewport=PHONE)
    theirs = pupil.locator(f".message-head img.avatar[src='{face.get_attribute('src')}']").first
    theirs.scroll_into_view_if_needed()
    expect(theirs).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#user-button span.avatar")).to_be_visible()
    expect(page.get_by_label("Choose a photo")).to_have_count(1)


def test_without_a_script_each_section_has_its_button(desk, newcomer, tmp_path: Path):
    page = desk.sign_in(newcomer("student").who, URL, java_script_enabled=False, viewport=PHONE)
    page.get_by_label("Family name").fill("Ohne Skript")
    page.locator("#settings-profile").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Family name")).to_have_value("Ohne Skript")
    page.get_by_label("Phone").fill("nonsense")
    page.locator("#settings-profile").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a phone number, such as")).to_be_visible()
    expect(page.get_by_label("Phone")).to_have_value("nonsense")
    photo = tmp_path / "me.jpg"
    photo.write_bytes(picture())
    page.locator("#id_photo").set_input_files(photo)
    page.get_by_role("button", name="Save photo").click()
    expect(page.locator("#settings-photo img.avatar")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#settings-photo span.avatar")).to_be_visible()
