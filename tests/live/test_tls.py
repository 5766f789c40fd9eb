"""As in production: nginx ends TLS and speaks HTTP/2, cookies are secure, and plain HTTP is sent there."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Desk
from tests.browser.threads import send, wait_live
from tests.servers import Academy, OneMachine
from tests.services import new_database

TABS = 12


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[tuple[OneMachine, Academy]]:
    with OneMachine(tmp_path_factory.mktemp("tls"), new_database(postgres), tls=True) as machine:
        yield machine, machine.seed(staff=2, teachers=0, students=1)


def test_plain_http_leads_to_https_and_pages_insist_on_it(place: tuple[OneMachine, Academy]) -> None:
    machine, _ = place
    plain = httpx.get(f"http://127.0.0.1:{machine.plain}/students/?page=2")
    assert plain.status_code == 301
    assert plain.headers["Location"] == "https://127.0.0.1/students/?page=2"
    page = httpx.get(f"{machine.url}/accounts/login/", verify=False)
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "secure" in page.headers["Set-Cookie"].lower()


def test_over_http2_many_tabs_of_one_browser_share_a_connection_and_are_live(
    place: tuple[OneMachine, Academy],
    chromium: Browser,
) -> None:
    machine, academy = place
    desk = Desk(chromium, machine)
    path = f"/students/{academy.students[0]['id']}/"
    writer = desk.sign_in("staff0", path, ignore_https_errors=True)
    reader = desk.sign_in("staff1", path, ignore_https_errors=True)
    used = "() => performance.getEntriesByType('navigation')[0].nextHopProtocol"
    assert reader.evaluate(used) == "h2"
    tabs = [reader.context.new_page() for _ in range(TABS - 1)]
    for tab in tabs:
        tab.goto(machine.url + path)
    wait_live(writer)
    wait_live(tabs[-1])
    send(writer, "over one connection", "staff")
    expect(tabs[-1].locator(".message").last).to_contain_text("over one connection")
    streams = "() => performance.getEntriesByType('resource').map(e => e.nextHopProtocol).filter(p => p && p !== 'h2')"
    assert writer.evaluate(streams) == []
    for context in desk.contexts:
        context.close()
    assert desk.complaints == []
