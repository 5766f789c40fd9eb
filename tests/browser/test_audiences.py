"""The composer of the team in a real browser: it says who reads what is written, on a phone and on a desk."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Desk
from tests.browser.test_thread import student
from tests.browser.threads import stored, wait_live
from tests.demo import Newcomers
from tests.servers import Homeroom

COMPOSER = "textarea[name=body]"
# What a phone's keyboard leaves of it.
TYPING = {"width": 390, "height": 420}


def names(homeroom: Homeroom, pk: int) -> tuple[str, str]:
    """The student's given name, and the full name of one of the office."""
    [(given,)] = homeroom.rows("SELECT given_name FROM students_student WHERE id = ?", pk)
    [(office,)] = homeroom.rows(
        "SELECT given_name || ' ' || family_name FROM accounts_user WHERE email LIKE 'staff2@%'"
    )
    return given, office


def assert_says(page: Page, audience: str, placeholder: str, send: str) -> None:
    expect(page.locator(f"[name=audience][value={audience}]")).to_be_checked()
    expect(page.locator(COMPOSER)).to_have_attribute("placeholder", placeholder)
    expect(page.get_by_role("button", name=send, exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("viewport", "touch"), [(PHONE, True), (TYPING, True), (DESK, False)], ids=["phone", "keyboard", "desk"]
)
def test_a_note_for_a_colleague_does_not_go_to_the_student_by_mistake(
    desk: Desk, homeroom: Homeroom, viewport: dict[str, Any], touch: bool
) -> None:
    pk, thread = student(homeroom, 1)
    name, office = names(homeroom, pk)
    page = desk.sign_in("staff", f"/conversations/{thread}/", viewport=viewport, has_touch=touch)
    wait_live(page)
    press = (lambda what: what.tap()) if touch else (lambda what: what.click())
    area, hint = page.locator(COMPOSER), page.locator(".composer-warning")
    count = page.locator(".composer-readers")
    readers = count.inner_text()
    assert_says(page, "staff", f"Note for the team, {readers}", "Add note")
    press(count)
    opened = page.get_by_role("dialog", name="Who reads this")
    expect(opened.locator("li")).to_have_count(int(readers.split()[0]))
    expect(opened).to_contain_text(office)
    page.keyboard.press("Escape")
    expect(opened).to_be_hidden()

    press(page.get_by_text(f"To {name}", exact=True).first)
    assert_says(page, "everyone", f"Write to {name}", f"Send to {name}")
    # Not yet a whole given name, which the hint would be about.
    area.press_sequentially(f"Please ask @{office[:2]}")
    names_offered = page.get_by_role("listbox")
    expect(names_offered.get_by_role("option").first).to_be_visible()
    listed, switch = names_offered.bounding_box(), page.locator(".composer-audience").bounding_box()
    assert listed
    assert switch
    assert listed["y"] >= 0
    assert listed["y"] + listed["height"] <= switch["y"]
    expect(hint).to_be_empty()
    press(names_offered.get_by_role("option", name=office))
    for way in ("button", "key", "by given name"):
        expect(hint).to_contain_text(f"{name} will read this too · make it a team note")
        text = area.input_value()
        if way == "key":
            page.keyboard.press("F2")
        else:
            press(hint.get_by_role("button", name="make it a team note"))
        expect(area).to_be_focused()
        assert_says(page, "staff", f"Note for the team, {readers}", "Add note")
        expect(area).to_have_value(text)
        expect(hint).to_be_empty()
        page.check("[name=audience][value=everyone]")
        if way == "key":
            area.fill(f"@{office.split()[0]}, can you call on Monday?")
    page.keyboard.press("F2")
    area.press("Enter")
    expect(page.locator(".thread-pending .message")).to_have_count(0)
    _, _, audience, body = stored(homeroom, thread)[-1]
    assert (audience, body) == ("staff", f"@{office.split()[0]}, can you call on Monday?")


def test_a_long_name_is_cut_and_a_foreign_one_keeps_its_direction(desk: Desk, homeroom: Homeroom) -> None:
    _, thread = student(homeroom, 1)
    page = desk.sign_in("staff", f"/conversations/{thread}/")
    wait_live(page)
    page.check("[name=audience][value=everyone]")
    for name in ("W" * 100, "لوسيا" * 20):
        for viewport in (PHONE, DESK):
            page.set_viewport_size(viewport)
            page.evaluate(
                """name => { const form = document.querySelector('.composer');
                form.querySelector('label:has([value=everyone])').lastChild.data = `To ${name}`;
                form.querySelector('bdi[data-to=everyone]').textContent = `Send to ${name}`;
                form.querySelector('textarea').placeholder = `Write to ${name}`; }""",
                name,
            )
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            for part in (".composer-audience", ".composer-send", ".composer-line"):
                box = page.locator(part).bounding_box()
                assert box
                assert box["x"] + box["width"] <= viewport["width"], part
                assert box["height"] < 60, part


def test_without_script_the_button_says_whom_it_goes_to_and_the_names_have_a_page(
    desk: Desk, homeroom: Homeroom, newcomer: Newcomers
) -> None:
    me = newcomer("teacher")
    pupil = me.taught[0]
    page = desk.sign_in(me.who, f"/students/{pupil['student']}/", java_script_enabled=False)
    expect(page.get_by_role("button", name="Add note", exact=True)).to_be_visible()
    page.check("[name=audience][value=everyone]")
    expect(page.get_by_role("button", name=f"Send to {pupil['name']}", exact=True)).to_be_visible()
    expect(page.locator(".thread-addressee")).to_contain_text("has no account yet and will read this after joining")
    page.locator(".composer-readers").click()
    page.get_by_role("link", name="Who reads this").click()
    expect(page.locator("main")).to_contain_text(f"{me.name} (you)")
