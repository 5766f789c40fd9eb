"""The one Chromium of a test process, and code with an event loop beside it."""

import asyncio
import os
import re
import shutil
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

WHOLE = shutil.which("chromium")
# TESTS_CHROMIUM=chromium-headless-shell has the same engine without windows, for less than half of the CPU.
CHROMIUM = shutil.which(os.environ.get("TESTS_CHROMIUM", "chromium"))
# A window's address bar is made of two pages of its own, which take longer to start than ours do.
# A list of ours takes the place of Playwright's, so what counts here of that is repeated.
BARS = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess"
PLAYWRIGHTS = (
    "AimEnabled,AvoidCorsURLLoaderRestartOnRedirect,AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,"
    "HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,LensOverlay,MediaRouter,NetworkTimeServiceQuerying,"
    "OptimizationHints,PaintHolding,PreconnectToSearch,ThirdPartyStoragePartitioning"
)
OPTIONS = ["--no-sandbox", f"--disable-features={BARS},{PLAYWRIGHTS}"]

# What a page was stopped from doing by its policies, in any context of this process's browser since the last look.
VIOLATIONS: list[str] = []
# Before any script of the page, in each of its frames: whatever blocks it, the event says so.
LISTEN = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Violation: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ` +
    `on ${location.pathname} ${event.sample}`))"""
COMPLAINTS = re.compile(r"^Violation: |Content Security Policy|Permissions[- ]Policy|Trusted(HTML|Script)|Refused to ")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        reason = "Chromium is missing: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    # Playwright's loop runs in this thread from now on; the database is asked between its turns, never inside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        listen(browser)
        yield browser
        browser.close()


@pytest.fixture
def reader_of_pdfs(chromium: Browser) -> Iterator[Browser]:
    """A Chromium with windows: that one alone shows PDFs itself."""
    if not WHOLE:
        pytest.skip("Chromium is missing: apt-get install chromium")
    browser = chromium.browser_type.launch(executable_path=WHOLE, args=OPTIONS)
    listen(browser)
    yield browser
    browser.close()


def listen(browser: Browser) -> None:
    """Hear of violations in every page of every context that is opened from now on."""
    new_context = browser.new_context

    def open_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.add_init_script(LISTEN)
        context.on("console", _hear)
        return context

    def open_page(**options: Any) -> Page:
        return open_context(**options).new_page()

    browser.new_context, browser.new_page = open_context, open_page  # type: ignore[method-assign]


def _hear(message: ConsoleMessage) -> None:
    if COMPLAINTS.search(message.text):
        VIOLATIONS.append(f"{message.page.url if message.page else ''}: {message.text}")


def violations(browser: Browser) -> list[str]:
    """What was heard since the last look; pages that are still open are asked first."""
    for context in browser.contexts:
        context.cookies()  # What a page said before it answers this has been heard by then.
    heard = VIOLATIONS.copy()
    VIOLATIONS.clear()
    return heard


@pytest.fixture(autouse=True)
def _no_violation(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test with a page that was stopped by a policy has failed, whatever else it looked at."""
    # Asked for before the test's own fixtures, this ends after them: what their ends provoke is heard too.
    browser = request.getfixturevalue("chromium") if "chromium" in request.fixturenames else None
    VIOLATIONS.clear()
    yield
    if browser:
        assert violations(browser) == []


def run_loop[T](work: Coroutine[Any, Any, T]) -> T:
    """Run this to its end in a thread: in this one Playwright's loop may run, once a test has opened a browser."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
