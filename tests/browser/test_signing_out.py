"""What was written and never sent: not left to whoever uses the computer next, and not dropped without a word."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.threads import wait_live
from tests.servers import Homeroom

MINE = "Object.keys(localStorage).filter((key) => /^homeroom:(outbox|draft):/.test(key) && localStorage[key] !== '[]')"


def sign_out(page: Page) -> None:
    if not page.locator("#user-menu").is_visible():
        page.locator("#user-button").click()
    page.locator("#user-menu").get_by_role("button", name="Sign out").click()


def test_who_signs_out_is_asked_about_what_is_not_sent_and_leaves_nothing(desk: Desk, homeroom: Homeroom) -> None:
    [(student,)] = homeroom.rows("SELECT id FROM students_student WHERE code = 'HR-00002'")
    page = desk.sign_in("staff", f"/students/{student}/")
    wait_live(page)
    page.evaluate("localStorage.setItem('homeroom:draft:999999:1', 'of somebody else')")
    page.locator(".composer textarea[name=body]").fill("Between you and me")
    sign_out(page)
    alert = page.locator("#user-menu").get_by_role("alert")
    expect(alert).to_contain_text("Something that you wrote here isn’t sent.")
    expect(page.locator(".composer textarea[name=body]")).to_have_value("Between you and me")
    assert len(page.evaluate(MINE)) == 2
    sign_out(page)
    page.wait_for_url(f"{homeroom.url}/accounts/login/**")
    assert page.evaluate(MINE) == ["homeroom:draft:999999:1"]


def test_who_has_sent_everything_is_asked_nothing(desk: Desk, homeroom: Homeroom) -> None:
    page = desk.sign_in("teacher", "/students/")
    sign_out(page)
    page.wait_for_url(f"{homeroom.url}/accounts/login/**")


def test_a_draft_is_there_again_when_its_writer_comes_back_without_having_signed_out(
    desk: Desk, homeroom: Homeroom
) -> None:
    [(student,)] = homeroom.rows("SELECT id FROM students_student WHERE code = 'HR-00002'")
    page = desk.sign_in("staff", f"/students/{student}/")
    wait_live(page)
    page.locator(".composer textarea[name=body]").fill("To be finished tomorrow")
    page.goto(f"{homeroom.url}/students/")
    page.goto(f"{homeroom.url}/students/{student}/")
    expect(page.locator(".composer textarea[name=body]")).to_have_value("To be finished tomorrow")
    page.locator(".composer textarea[name=body]").fill("")
