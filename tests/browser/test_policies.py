"""What a page may do is bounded by its policies: that a browser test hears of each violation, and what they stop."""

from django.apps import apps
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Desk, confirm
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


def test_a_violation_on_any_page_is_heard(chromium: Browser) -> None:
    html = ""

    def answer(route: Route) -> None:
        page = f"<!doctype html><title>still</title>{html}"
        route.fulfill(body=page, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    context = chromium.new_context()
    context.route("**/*", answer)
    page = context.new_page()
    for offence, (html, directive) in OFFENCES.items():  # noqa: B007 - the page has it
        page.goto("http://academy.test/")
        heard = violations(chromium)
        assert any(f"Violation: {directive}" in each for each in heard), (offence, heard)
        assert violations(chromium) == []
    context.close()


PAGES = ["/", "/students/", "/batches/", "/payments/pending/", "/messages/", "/people/", "/conversations/search/?q=a"]
OWN = [f"/accounts/{name}/" for name in ("settings", "2fa", "sessions", "email", "password/change", "invitations")]


def test_no_page_wants_more_than_its_policies_allow_and_the_admin_works_under_them(desk: Desk) -> None:
    page = desk.sign_in("admin")
    for path in [*PAGES, *OWN, "/admin/"]:
        page.goto(desk.server.url + path)
        expect(page.locator("h1").first).to_be_visible()
    page.goto(f"{desk.server.url}/admin/accounts/user/add/")
    confirm(page, page.locator("#id_password1"))
    # What the admin's own scripts do: open the calendar, choose a day, filter a list of two columns.
    page.goto(f"{desk.server.url}/admin/courses/batch/add/")
    page.locator(".datetimeshortcuts a").first.click()
    expect(page.locator("#id_start")).not_to_have_value("")
    page.goto(f"{desk.server.url}/admin/auth/group/add/")
    page.locator("#id_permissions_from option").first.dblclick()
    expect(page.locator("#id_permissions_to option")).to_have_count(1)


ADMIN_PAGES = [
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    for model in apps.get_models()
    if model.__module__.startswith("apps.")
]


def test_every_list_and_form_of_the_admin_lives_with_the_policies(desk: Desk) -> None:
    page = desk.sign_in("admin", "/admin/")
    for path in ADMIN_PAGES:
        page.goto(desk.server.url + path)
        row = page.locator("#result_list a[href*='/change/']")
        if row.count():
            row.first.click()
            page.wait_for_url("**/change/**")
        else:
            page.goto(f"{desk.server.url}{path}add/")
        expect(page.locator("h1").first).to_be_visible()
        choose_one(page)
        assert desk.complaints == [], path


def choose_one(page: Page) -> None:
    """Where a form has a field that asks the server while one types, type in it."""
    field = page.locator(".select2-selection")
    if field.count():
        field.first.click()
        page.keyboard.type("a")
        expect(page.locator(".select2-results__option").first).to_be_visible()
