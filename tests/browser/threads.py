"""What a thread on a page looks like, to be compared with the database and with a fresh page."""

import time
from typing import Any

from playwright.sync_api import Page, Route

from tests.servers import Homeroom

SHOWN = """thread => [...thread.querySelectorAll('.thread-messages > .message:not([data-retracted])')].map(m => ({
    id: Number(m.id.replace('message-', '')), version: Number(m.dataset.version), audience: m.dataset.audience,
    body: m.querySelector('[data-message-body]').innerText, day: m.dataset.day ?? '', run: 'run' in m.dataset,
    time: m.querySelector('time').textContent,
}))"""


def wait_live(page: Page) -> None:
    page.wait_for_selector("#live-status[data-state=live]")


def drawn(page: Page) -> None:
    """Wait until what has just been done to a page has been drawn, and its observers have been told."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def shown(page: Page, conversation: int) -> list[dict[str, Any]]:
    """The messages on the page, oldest first."""
    return page.locator(f'.thread[data-conversation="{conversation}"]').evaluate(SHOWN)


def stored(server: Homeroom, conversation: int, *, staff: bool = True) -> list[tuple[int, int, str, str]]:
    """What the database has to show: id, version, audience, text."""
    return server.rows(
        "SELECT id, version, audience, CASE WHEN deleted IS NULL THEN body ELSE 'This message was deleted.' END"
        " FROM conversations_message WHERE conversation_id = ? AND NOT retracted AND (? OR audience = 'everyone')"
        " ORDER BY key",
        conversation,
        staff,
    )


def caught(page: Page, held: list[Route]) -> Route:
    """The next request that a handler of this page holds back, once there is one."""
    deadline = time.monotonic() + 60
    while not held:
        assert time.monotonic() < deadline, "the page asked for nothing"
        page.wait_for_timeout(20)
    return held.pop(0)


def send(page: Page, text: str, audience: str | None = None) -> None:
    if audience:
        page.check(f"[name=audience][value={audience}]")
    page.fill("textarea[name=body]", text)
    page.press("textarea[name=body]", "Enter")


def assert_equal_to_database(page: Page, server: Homeroom, conversation: int, *, staff: bool = True) -> None:
    """The part of the thread that is loaded comes to equal the end of what is stored."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        rows = [(m["id"], m["version"], m["audience"], " ".join(m["body"].split())) for m in shown(page, conversation)]
        in_database = [(i, v, a, " ".join(body.split())) for i, v, a, body in stored(server, conversation, staff=staff)]
        if rows and rows == in_database[-len(rows) :]:
            return
        page.wait_for_timeout(100)
    assert rows
    assert rows == in_database[-len(rows) :]
