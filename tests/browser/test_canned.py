"""Canned answers by keyboard alone: found on "/", filled in for the person, and held back while a variable is empty."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk

COMPOSER = "[data-open-ticket] .composer"
# As the server answers where the person takes several courses.
HOLE = '<li role="option" class="mention-option" data-text="You take {{ course }}."><strong>You take</strong></li>'


def keep(page: Page, title: str, body: str) -> None:
    """Write a canned answer of one's own."""
    page.fill("#id_title", title)
    page.fill("#id_body", body)
    page.uncheck("#id_shared")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("link", name=title)).to_be_visible()


def open_first(desk: Desk, page: Page) -> None:
    """Open the first ticket of the inbox, and go into its composer."""
    page.goto(f"{desk.server.url}/inbox/")
    page.locator("[data-ticket] a").first.click()
    area = page.locator(f"{COMPOSER} textarea")
    area.click()
    area.fill("")  # A draft may wait there.


def test_an_answer_is_found_and_inserted_by_keyboard(desk: Desk):
    page = desk.sign_in("staff", "/support/settings/answers/")
    keep(page, "Zebra greeting", "Hello {{ given_name }}, I am {{ my_name }}.")
    keep(page, "Zebra fees", "Fees are listed on your page.")
    open_first(desk, page)
    area, options = page.locator(f"{COMPOSER} textarea"), page.locator(".canned-list [role=option]")
    page.keyboard.type("/zebra")
    expect(options).to_have_count(2)
    expect(area).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".canned-list")).to_be_hidden()
    page.keyboard.type(" hello")
    expect(options).to_have_count(1)
    with page.expect_response(re.compile(r"/answers/\d+/use/")) as used:
        page.keyboard.press("Enter")
    assert used.value.status == 204
    expect(area).to_have_value(re.compile(r"^Hello [^{]+, I am Mira Kaya\.$"))
    expect(page.locator(".canned-list")).to_be_hidden()


def test_a_variable_without_a_value_is_selected_and_stops_the_sending(desk: Desk):
    page = desk.sign_in("staff", "/support/settings/answers/")
    page.route("**/canned/?**", lambda route: route.fulfill(content_type="text/html", body=HOLE))
    open_first(desk, page)
    area = page.locator(f"{COMPOSER} textarea")
    page.keyboard.type("/you")
    expect(page.locator(".canned-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(area).to_have_value("You take {{ course }}.")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator(f"{COMPOSER} .composer-error")).to_contain_text("{{ course }} is still to be filled in")
    expect(area).to_have_value("You take {{ course }}.")
    # It is selected: the next thing typed takes its place.
    page.keyboard.type("Pottery")
    expect(area).to_have_value("You take Pottery.")
