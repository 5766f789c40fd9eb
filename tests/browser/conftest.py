"""Real Chromium in front of a real server."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.servers import PASSWORD, Homeroom

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
# Two browsers and their servers share what may be two busy cores: patience costs nothing where a test passes.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


class Desk:
    """Opens pages for people, and collects what the browser complained about."""

    def __init__(self, browser: Browser, server: Homeroom) -> None:
        self.browser = browser
        self.server = server
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def context(self, **options: object) -> BrowserContext:
        context = self.browser.new_context(**{"viewport": DESK, **options})
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        return context

    def sign_in(self, who: str, path: str = "/", **options: object) -> Page:
        """A page of its own browser profile where `who` is signed in, at `path`.

        A person signs in once on each server and goes on with that session in other profiles: that saves seconds, and
        the server lets an address try 30 times a minute. A test that ends a session signs in by hand or clears cookies.
        """
        context = self.context(**options)
        page = context.new_page()
        self.watch(page)
        cookies = self.server.sessions.get(who)
        if cookies:
            context.add_cookies(cookies)
            page.goto(self.server.url + path)
        if not cookies or "/login" in page.url:
            self.log_in(page, who, path)
            self.server.sessions[who] = context.cookies()
        return page

    def log_in(self, page: Page, who: str, path: str = "/") -> None:
        """Fill in and send the login form, and arrive at `path`."""
        page.goto(f"{self.server.url}/accounts/login/?next={path}")
        page.fill("[name=login]", f"{who}@homeroom.test")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self.hear)

    def hear(self, message: object) -> None:
        # A cut connection is part of some tests; a blocked resource or a script error never is.
        text = message.text  # type: ignore[attr-defined]
        if re.search(
            r"Content Security Policy|Refused to|SyntaxError|ReferenceError|TypeError(?!: (Failed to fetch|network))",
            text,
        ):
            self.complaints.append(text)


@pytest.fixture
def desk(chromium: Browser, homeroom: Homeroom) -> Iterator[Desk]:
    desk = Desk(chromium, homeroom)
    yield desk
    for context in desk.contexts:
        context.close()
    assert desk.complaints == []


@pytest.fixture
def open_desk(chromium: Browser) -> Iterator[Callable[[Homeroom], Desk]]:
    """The same for a server of the test's own."""
    desks: list[Desk] = []

    def make(server: Homeroom) -> Desk:
        desks.append(Desk(chromium, server))
        return desks[-1]

    yield make
    for desk in desks:
        for context in desk.contexts:
            context.close()
        assert desk.complaints == []
