"""What a page may do is bounded by its policies: that a browser test hears of each violation, and what they stop."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import Desk
from tests.chromium import violations

POLICY = "default-src 'none'; script-src 'self'; img-src 'self'"
OFFENCES = {
    "inline script": ("<script>document.title = 'ran'</script>", "script-src-elem"),
    "a handler in an attribute": ('<img src="data:," onerror="document.title = 1">', "img-src"),
    "inline style": ("<style>p { color: red }</style>", "style-src-elem"),
    "a style in an attribute": ('<p style="color: red">', "style-src-attr"),
    "a script from elsewhere": ('<script src="http://elsewhere.test/x.js"></script>', "script-src-elem"),
    "a frame": ('<iframe src="http://elsewhere.test/"></iframe>', "frame-src"),
}


@pytest.mark.parametrize("offence", OFFENCES)
def test_a_violation_on_any_page_is_heard(chromium: Browser, offence: str) -> None:
    html, directive = OFFENCES[offence]

    def answer(route: Route) -> None:
        page = f"<!doctype html><title>still</title>{html}"
        route.fulfill(body=page, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    context = chromium.new_context()
    context.route("**/*", answer)
    page = context.new_page()
    page.goto("http://academy.test/")
    heard = violations(chromium)
    context.close()
    assert any(f"Violation: {directive}" in each for each in heard), heard
    assert violations(chromium) == []


ADMIN = ["", "accounts/user/", "accounts/user/add/", "accounts/auditentry/", "auth/group/add/", "courses/batch/add/"]
PAGES = ["/", "/students/", "/batches/", "/payments/pending/", "/messages/", "/people/", "/conversations/search/?q=a"]
OWN = [f"/accounts/{name}/" for name in ("settings", "2fa", "sessions", "email", "password/change", "invitations")]


def test_no_page_wants_more_than_its_policies_allow_and_the_admin_works_under_them(desk: Desk) -> None:
    page = desk.sign_in("admin")
    for path in [*PAGES, *OWN, *(f"/admin/{name}" for name in ADMIN)]:
        page.goto(desk.server.url + path)
        expect(page.locator("h1").first).to_be_visible()
    # What the admin's own scripts do: open the calendar, choose a day, filter a list of two columns.
    page.goto(f"{desk.server.url}/admin/courses/batch/add/")
    page.locator(".datetimeshortcuts a").first.click()
    expect(page.locator("#id_start")).not_to_have_value("")
    page.goto(f"{desk.server.url}/admin/auth/group/add/")
    page.locator("#id_permissions_from option").first.dblclick()
    expect(page.locator("#id_permissions_to option")).to_have_count(1)
