"""Real Chromium in front of a real server."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect

from tests.demo import Newcomer, Newcomers
from tests.servers import PASSWORD, Homeroom

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
# Two browsers and their servers share what may be two busy cores: patience costs nothing where a test passes.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


class Profiles:
    """Browser profiles of a test process, used again once a test is done with them.

    What a first visit costs is paid once: a profile keeps its cache of files and of compiled scripts. Whatever a person
    would find again (cookies, drafts, what waits to be sent) is cleared before the next test has it.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.free: dict[str, list[BrowserContext]] = {}
        self.kinds: dict[BrowserContext, str] = {}

    def take(self, **options: Any) -> BrowserContext:
        kind = repr(sorted(options.items()))
        if self.free.get(kind):
            return self.free[kind].pop()
        context = self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        self.kinds[context] = kind
        return context

    def give_back(self, context: BrowserContext, url: str) -> None:
        context.unroute_all()
        context.set_offline(False)
        # The last page writes nothing any more that the profile would keep.
        *others, last = [*context.pages] or [context.new_page()]
        for page in others:
            page.close()
        last.unroute_all()
        last.goto("about:blank")
        context.clear_cookies()
        wire = context.new_cdp_session(last)
        for origin in (url, url.replace("127.0.0.1", "localhost"), url.replace("localhost", "127.0.0.1")):
            kept = {"origin": origin, "storageTypes": "local_storage,indexeddb,cache_storage,service_workers"}
            wire.send("Storage.clearDataForOrigin", kept)
        last.close()
        self.free.setdefault(self.kinds[context], []).append(context)


profiles = cache(Profiles)


def confirm(page: Page, then: Locator) -> None:
    """Type the password again where it is asked for, which it isn't if that was a moment ago; `then` comes of it."""
    password = page.locator("form[action='/accounts/reauthenticate/'] [name=password]")
    expect(password.or_(then).first).to_be_visible()
    if password.is_visible():
        password.fill(PASSWORD)
        password.press("Enter")
    expect(then).to_be_visible()


class Desk:
    """Opens pages for people, and collects what the browser complained about."""

    def __init__(self, browser: Browser, server: Homeroom) -> None:
        self.profiles = profiles(browser)
        self.server = server
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def context(self, **options: object) -> BrowserContext:
        context = self.profiles.take(**{"viewport": DESK, **options})
        self.contexts.append(context)
        return context

    def page(self, **options: object) -> Page:
        """A page of its own browser profile, where nobody is signed in."""
        return self.tab(self.context(**options))

    def tab(self, context: BrowserContext) -> Page:
        """One more page in a browser profile."""
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self.hear)
        return page

    def sign_in(self, who: str, path: str = "/", **options: object) -> Page:
        """A page of its own browser profile where `who` is signed in, at `path`.

        A person signs in once on each server and goes on with that session in other profiles: that saves seconds, and
        the server lets an address try 30 times a minute. A test that ends a session signs in by hand or clears cookies.
        """
        context = self.context(**options)
        page = self.tab(context)
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

    def hear(self, message: object) -> None:
        # A cut connection is part of some tests; a blocked resource or a script error never is.
        text = message.text  # type: ignore[attr-defined]
        if re.search(
            r"Content Security Policy|Refused to|SyntaxError|ReferenceError|TypeError(?!: (Failed to fetch|network))",
            text,
        ):
            self.complaints.append(text)

    def close(self) -> None:
        complaints = [*self.complaints]
        for context in self.contexts:
            try:
                self.profiles.give_back(context, self.server.url)
            except Error:
                # A page that hangs, or an offline one: the next test gets another profile.
                with suppress(Error):
                    context.close()
        assert complaints == []


@pytest.fixture
def desk(chromium: Browser, homeroom: Homeroom) -> Iterator[Desk]:
    desk = Desk(chromium, homeroom)
    yield desk
    desk.close()


@pytest.fixture
def open_desk(chromium: Browser) -> Iterator[Callable[[Homeroom], Desk]]:
    """The same for a server of the test's own."""
    desks: list[Desk] = []

    def make(server: Homeroom) -> Desk:
        desks.append(Desk(chromium, server))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def newcomer(homeroom: Homeroom) -> Newcomers:
    """Somebody whom no other test knows, with an open session: `newcomer("student")` (tests/newcomers.py)."""

    def take(kind: str) -> Any:
        one = homeroom.newcomers[kind].pop()
        if isinstance(one, Newcomer):
            homeroom.sessions[one.who] = [{"name": "sessionid", "value": one.session, "url": homeroom.url}]
        return one

    return take
