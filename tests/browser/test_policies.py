"""What a page may do is bounded by its policies: that a browser test hears of each violation, and what they stop."""

import pytest
from playwright.sync_api import Browser, Route

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
