"""Signing in on a phone: a forgotten password, the code by mail, a trusted browser, signing out elsewhere."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.demo import Newcomers
from tests.servers import PASSWORD, Homeroom


@pytest.fixture
def account(newcomer: Newcomers) -> Callable[[str], str]:
    """The address of somebody who is asked for a code besides the password: `account("staff")`."""
    return lambda role: f"{newcomer(f'careful {role}').who}@homeroom.test"


def letter(homeroom: Homeroom, pattern: str, after: int) -> str:
    """What a mail says, which this mode writes to the console; only of mails after this place in the log."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if found := re.findall(pattern, homeroom.log()[after:]):
            return str(found[-1])
        time.sleep(0.2)
    raise AssertionError(homeroom.log()[after:][-2000:])


def fill_in(page: Page, url: str, email: str, password: str = PASSWORD) -> None:
    page.goto(f"{url}/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def fits(page: Page) -> bool:
    """Nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_forgotten_password_is_replaced_on_a_phone(desk: Desk, homeroom: Homeroom, account) -> None:
    email = account("student")
    page = desk.page(viewport=PHONE, has_touch=True)
    fill_in(page, homeroom.url, email, "what was it")
    expect(page.get_by_role("alert")).to_contain_text("The e-mail address or the password is wrong.")
    expect(page.locator("[name=login]")).to_have_value(email)
    page.get_by_role("link", name="Forgot password?").click()
    page.fill("[name=email]", email)
    place = len(homeroom.log())
    page.get_by_role("button", name="Send the link").click()
    page.goto(letter(homeroom, r"http://\S+/accounts/password/reset/key/\S+", place))
    assert fits(page)
    expect(page.locator(".field-help").first).to_contain_text("At least 10 characters")
    page.fill("[name=password1]", "eight wild horses")
    show = page.get_by_role("button", name="Show the password")
    show.tap()
    expect(show).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[name=password1]")).to_have_attribute("type", "text")
    page.fill("[name=password2]", "eight wild horses")
    page.get_by_role("button", name="Save the password").tap()
    expect(page.get_by_role("heading", name="Password saved")).to_be_visible()
    fill_in(page, homeroom.url, email, "eight wild horses")
    page.wait_for_url(f"{homeroom.url}/")


def test_password_then_code_then_trust_then_home_and_no_code_the_next_time(
    desk: Desk, homeroom: Homeroom, account
) -> None:
    email = account("staff")
    page = desk.page(viewport=PHONE, has_touch=True)
    place = len(homeroom.log())
    fill_in(page, homeroom.url, email)
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    expect(page.locator("[name=code]")).to_be_focused()
    expect(page.locator("[name=code]")).to_have_attribute("inputmode", "numeric")
    assert fits(page)
    code = letter(homeroom, r"Subject: (\d{6}) is your code", place)
    page.fill("[name=code]", "000000" if code != "000000" else "111111")
    page.get_by_role("button", name="Sign in", exact=True).tap()
    expect(page.locator("#id_code_error")).to_contain_text("That isn't the code of the newest mail")
    place = len(homeroom.log())
    page.get_by_role("button", name="Send another code").tap()
    said = page.get_by_role("status")
    expect(said).to_contain_text(re.compile("Another can be sent in|Another code is on its way"))
    if "Another code is on its way" in said.inner_text():  # Half a minute has passed.
        code = letter(homeroom, r"Subject: (\d{6}) is your code", place)
    page.fill("[name=code]", code)
    page.get_by_role("button", name="Sign in", exact=True).tap()
    page.get_by_role("button", name="Trust it for 30 days").tap()
    page.wait_for_url(f"{homeroom.url}/")
    page.request.post(
        f"{homeroom.url}/accounts/logout/",
        headers={"X-CSRFToken": next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")},
    )
    fill_in(page, homeroom.url, email)
    page.wait_for_url(f"{homeroom.url}/")


def test_another_account_can_be_used_instead_of_the_code(desk: Desk, homeroom: Homeroom, account) -> None:
    page = desk.page(viewport=PHONE)
    fill_in(page, homeroom.url, account("staff"))
    page.get_by_role("button", name="Use another account").click()
    page.wait_for_url(lambda url: url.endswith("/accounts/login/"))
    expect(page.locator("[name=login]")).to_have_value("")


def test_signing_out_elsewhere_closes_that_pages_stream_and_keeps_what_is_written_there(
    desk: Desk, homeroom: Homeroom
) -> None:
    phone = desk.page(viewport=PHONE, has_touch=True, user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)")
    fill_in(phone, homeroom.url, "student5@homeroom.test")
    phone.wait_for_url(f"{homeroom.url}/")
    expect(phone.locator("#live-status")).to_have_attribute("data-state", "live")
    phone.fill("textarea[name=body]", "Half an hour of writing")

    here = desk.page()
    fill_in(here, homeroom.url, "student5@homeroom.test")
    here.wait_for_url(f"{homeroom.url}/")
    here.goto(f"{homeroom.url}/accounts/sessions/")
    there = here.locator("#sessions li", has_text="iOS")
    expect(there).to_have_count(1)
    there.get_by_role("button", name="Sign out").click()
    expect(phone.locator("#live-status")).to_have_attribute("data-state", "offline")
    expect(there).to_have_count(0)
    expect(here.locator("#sessions").get_by_role("status")).to_have_text("Signed out there.")
    phone.get_by_role("button", name="Send").tap()
    expect(phone.get_by_text("You have been signed out").first).to_be_visible()
    expect(phone.get_by_text("Half an hour of writing").or_(phone.locator("textarea[name=body]")).first).to_be_visible()
    assert here.goto(f"{homeroom.url}/").status == 200
    phone.reload()
    expect(phone).to_have_url(re.compile("/accounts/login/"))
