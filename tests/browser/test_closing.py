"""Taking one's data away, and closing one's account, in a browser; and what others see of it."""

import json
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.conftest import confirm as again
from tests.browser.threads import assert_equal_to_database, send, wait_live
from tests.demo import Newcomers
from tests.servers import PASSWORD, Homeroom


def settings(page: Page, link: str) -> None:
    """Go there as one finds it."""
    page.goto(re.sub(r"(://[^/]+).*", r"\1/accounts/settings/", page.url))
    page.get_by_role("link", name=link).click()


def confirm(page: Page) -> None:
    """Say once more that it's oneself."""
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def test_a_student_takes_away_what_is_kept_about_them(desk: Desk, newcomer: Newcomers, tmp_path: Path) -> None:
    pupil = newcomer("student")
    page = desk.sign_in(pupil.who, viewport=PHONE, has_touch=True)
    settings(page, "Download your data")
    confirm(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download your data").click()
    file = tmp_path / "own.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        data = json.loads(archive.read("data.json"))
    assert data["account"]["profile"]["email"] == f"{pupil.who}@homeroom.test"
    assert data["conversations"]["messages"]
    assert data["student"]["record"]["code"]


def test_who_closes_their_account_is_out_and_a_former_member_to_the_others(
    desk: Desk, newcomer: Newcomers, homeroom: Homeroom
) -> None:
    pupil = newcomer("student")
    mine = desk.sign_in(pupil.who, viewport=PHONE, has_touch=True)
    wait_live(mine)
    send(mine, "What I said stays")
    office = desk.sign_in("staff", f"/students/{pupil.student}/")
    wait_live(office)
    theirs = office.locator(".thread-messages .message").filter(has_text="What I said stays")
    expect(theirs.locator(".message-author")).to_have_text(pupil.name)

    elsewhere = desk.sign_in(pupil.who)
    wait_live(elsewhere)
    settings(mine, "Close your account")
    expect(mine.locator("main")).to_contain_text("What you wrote and sent, in the conversations of others")
    mine.fill("[name=address]", "somebody@else.test")
    mine.get_by_role("button", name="Close your account").click()
    expect(mine.locator(".field-error")).to_contain_text("isn't the address")
    mine.fill("[name=address]", f"{pupil.who}@homeroom.test")
    mine.get_by_role("button", name="Close your account").click()
    confirm(mine)
    expect(mine.locator("body")).to_contain_text("Your account is closed")

    # The page that has the thread open learns of it by itself, and stays equal to the database and to a fresh page.
    expect(theirs.locator(".message-author")).to_have_text("Former member")
    assert_equal_to_database(office, homeroom, pupil.conversation)
    office.reload()
    expect(theirs.locator(".message-author")).to_have_text("Former member")
    expect(office.locator(".thread-messages")).not_to_contain_text(pupil.name)
    # The record is the academy's own.
    expect(office.locator(".topbar-title")).to_contain_text(pupil.name)

    # They are out wherever they were in.
    expect(elsewhere.locator("#live-status[data-state=offline]")).to_be_attached()
    elsewhere.reload()
    expect(elsewhere.locator("[name=login]")).to_be_visible()
    elsewhere.fill("[name=login]", f"{pupil.who}@homeroom.test")
    elsewhere.fill("[name=password]", PASSWORD)
    elsewhere.press("[name=password]", "Enter")
    expect(elsewhere.locator("[role=alert]").first).to_be_visible()


def test_an_admin_closes_an_account_that_somebody_asks_to_have_closed(desk: Desk, newcomer: Newcomers) -> None:
    teacher = newcomer("teacher")
    page = desk.sign_in("admin", f"/people/{teacher.id}/")
    page.locator("summary", has_text="Close the account").click()
    page.fill("#closing-address", f"{teacher.who}@homeroom.test")
    page.get_by_role("button", name=re.compile("^Close the account of")).click()
    again(page, page.get_by_text("closed an account"))
    expect(page.locator(".topbar-title")).to_have_text("Former member")
    expect(page.locator("main")).to_contain_text("To hand over")
    expect(page.locator("main")).to_contain_text("closed an account")
