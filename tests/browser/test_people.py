"""Taking somebody's access away, and looking as somebody, in a browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Desk, confirm
from tests.browser.threads import wait_live
from tests.demo import Newcomers
from tests.servers import Homeroom


def person_page(page: Page, server: Homeroom, who: str) -> None:
    """The page about somebody, found as one finds it."""
    page.goto(f"{server.url}/people/")
    page.fill("#people-filters [name=q]", f"{who}@homeroom.test")
    row = page.locator("#people tbody tr")
    expect(row).to_have_count(1)
    row.locator("th a").click()
    expect(page.locator("#who-title")).to_be_visible()
    page.wait_for_load_state()


def call(page: Page, server: Homeroom, given: str, family: str) -> None:
    """Have whoever is signed in here be called that."""
    page.goto(f"{server.url}/accounts/settings/")
    profile = page.locator("#settings-profile")
    for name, value in {"given_name": given, "family_name": family}.items():
        with page.expect_response(lambda answer: answer.request.method == "POST" and "/settings/" in answer.url):
            profile.locator(f"[name={name}]").fill(value)
            profile.locator(f"[name={name}]").press("Tab")
    expect(profile.locator(".settings-said")).to_contain_text("Saved")


@pytest.fixture
def pupil(newcomer: Newcomers) -> str:
    """A student of the test's own."""
    return newcomer("student").who


def test_whose_access_is_taken_away_is_told_at_once_and_keeps_what_was_typed(
    desk: Desk, homeroom: Homeroom, pupil: str
) -> None:
    theirs = desk.sign_in(pupil, viewport=PHONE, has_touch=True)
    wait_live(theirs)
    theirs.locator("textarea[name=body]").fill("I have a question about")
    office = desk.sign_in("staff")
    person_page(office, homeroom, pupil)
    office.locator("summary", has_text="Deactivate").click()
    office.get_by_role("button", name=re.compile("^Deactivate .")).click()
    confirm(office, office.get_by_role("status").filter(has_text="signed out everywhere"))
    expect(theirs.locator("#live-status[data-state=offline]")).to_be_attached()
    theirs.locator(".composer-send").click()
    expect(theirs.locator("body")).to_contain_text("signed out")
    expect(theirs.locator("body")).to_contain_text("I have a question about")

    office.get_by_role("button", name="Reactivate").click()
    expect(office.get_by_role("status").filter(has_text="can sign in again")).to_be_visible()
    theirs.goto(homeroom.url)
    expect(theirs.locator("[name=login]")).to_be_visible()
    desk.log_in(theirs, pupil)
    wait_live(theirs)


def test_an_admin_looks_as_a_student_reads_and_can_write_nowhere(desk: Desk, homeroom: Homeroom) -> None:
    [(name,)] = homeroom.rows("SELECT given_name FROM accounts_user WHERE email = 'student@homeroom.test'")
    page = desk.sign_in("admin")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(f"{request.method} {request.url}"))
    person_page(page, homeroom, "student")
    page.get_by_role("button", name="Look as").click()
    banner = page.locator(".look-banner")
    confirm(page, banner)
    expect(banner).to_contain_text(f"You are looking as {name}")
    expect(banner).to_contain_text("Nothing can be written")
    expect(banner).to_be_in_viewport(ratio=1)
    del requests[:]
    page.reload()
    expect(page.locator(".thread-messages .message").last).to_be_visible()
    expect(page.locator(".thread-foot")).to_contain_text("nothing can be written")
    expect(page.locator("textarea[name=body]")).to_have_count(0)
    page.wait_for_timeout(3_500)  # Longer than a page waits before it calls itself offline.
    expect(page.locator("#live-status")).to_have_text("Not live")
    assert [request for request in requests if "/events/" in request or request.startswith("POST")] == []
    # The thread is as high as what is left of the screen, and the page no wider than it.
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        expect(banner).to_be_in_viewport(ratio=1)
        expect(page.locator(".thread-foot")).to_be_in_viewport()
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    banner.get_by_role("button", name="End").click()
    expect(page.locator("#who-title")).to_be_visible()
    expect(banner).to_have_count(0)
    wait_live(page)


def test_what_an_admin_sees_as_staff_is_disabled_and_the_drawer_hides_no_banner(desk: Desk, homeroom: Homeroom) -> None:
    page = desk.sign_in("admin", viewport=PHONE, has_touch=True)
    person_page(page, homeroom, "staff")
    page.get_by_role("button", name="Look as").click()
    banner = page.locator(".look-banner")
    confirm(page, banner)
    page.goto(f"{homeroom.url}/students/")
    page.locator("[data-open-thread]").first.click()
    expect(page.locator("#thread-drawer-body .thread-foot")).to_contain_text("nothing can be written")
    on_top = "() => document.elementFromPoint(innerWidth / 2, 20).closest('.look-banner') !== null"
    assert page.evaluate(on_top)
    page.goto(f"{homeroom.url}/batches/")
    page.locator("main tbody a").first.click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    expect(page.locator("[name=capacity]")).to_be_disabled()
    page.locator("input[type=search], input[name=q]").first.fill("a")
    expect(page.locator("button", has_text="Add").first).to_be_disabled()
    banner.get_by_role("button", name="End").click()
    expect(page.locator("#who-title")).to_be_visible()


def test_a_name_without_a_gap_pushes_nothing_off_a_phone(desk: Desk, homeroom: Homeroom, pupil: str) -> None:
    theirs = desk.sign_in(pupil, viewport=PHONE, has_touch=True)
    call(theirs, homeroom, "W" * 100, "M" * 100)
    office = desk.sign_in("admin", viewport=PHONE, has_touch=True)
    person_page(office, homeroom, pupil)
    for summary in office.locator(".access-fold summary").all():
        summary.click()
    theirs.goto(f"{homeroom.url}/accounts/logout/")
    for page, button in ((office, "Look as"), (office, "Close the account of"), (theirs, "Sign out")):
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), page.url
        shown = page.get_by_role("button", name=button)
        # What it says is inside of it.
        assert shown.evaluate("(it) => it.scrollHeight <= it.clientHeight && it.scrollWidth <= it.clientWidth"), button
