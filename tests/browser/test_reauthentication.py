"""Somebody of the office exports a conversation, for which the password is asked again, and goes on where they were."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.demo import Newcomers
from tests.servers import PASSWORD


@pytest.fixture
def asked(desk: Desk, newcomer: Newcomers, script: bool) -> Page:
    """The page that asks, once the conversation of a student is to be exported as text."""
    page = desk.sign_in(newcomer("staff").who, "/students/", java_script_enabled=script)
    page.locator("[data-student] a").first.click()
    page.wait_for_url("**/students/*/**")
    page.locator(".thread-menu-button").click()
    page.get_by_role("button", name="Text").click()
    page.wait_for_url("**/accounts/reauthenticate/**")
    return page


@pytest.mark.parametrize("script", [True, False])
def test_after_the_password_comes_the_file_and_the_way_back(asked: Page, script: bool) -> None:
    asked.fill("[name=password]", PASSWORD)
    with asked.expect_download() as download:
        asked.press("[name=password]", "Enter")
        if not script:
            asked.get_by_role("button", name="Continue").click()
    assert download.value.path().read_text()
    assert asked.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    asked.get_by_role("link", name="Back to where you were").click()
    expect(asked.locator(".thread")).to_be_visible()


@pytest.mark.parametrize("script", [True])
def test_cancel_leads_to_where_they_were(asked: Page, script: bool) -> None:
    asked.get_by_role("link", name="Cancel").click()
    expect(asked.locator(".thread")).to_be_visible()
    asked.wait_for_url("**/students/*/**")
