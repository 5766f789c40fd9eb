"""As in production: nginx ends TLS and speaks HTTP/2, cookies are secure, and plain HTTP is sent there."""

import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPSConnection

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


TEACHER = """import django
django.setup()
from apps.accounts.models import User
User.objects.create_user("tilda@homeroom.test", "a long one", role="teacher")
"""


def test_every_cookie_is_one_that_this_host_alone_can_set(place: tuple[OneMachine, Academy]) -> None:
    machine, _ = place
    machine.run("-c", TEACHER)
    with httpx.Client(base_url=machine.url, verify=False, headers={"Referer": machine.url}) as client:
        page = client.get("/accounts/login/")
        headers = {"X-CSRFToken": client.cookies["__Host-csrftoken"]}
        entry = {"login": "tilda@homeroom.test", "password": "a long one"}
        came = client.post("/accounts/login/", data=entry, headers=headers)
        assert came.headers["Location"] == "/"
        headers = {"X-CSRFToken": client.cookies["__Host-csrftoken"]}
        change = {"oldpassword": "a long one", "password1": "another long one", "password2": "another long one"}
        changed = client.post("/accounts/password/change/", data=change, headers=headers)
        headers = {"X-CSRFToken": client.cookies["__Host-csrftoken"]}
        left = client.post("/accounts/logout/", headers=headers)
        cookies = [cookie for answer in (page, came, changed, left) for cookie in answer.headers.get_list("set-cookie")]
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert {"__Host-sessionid", "__Host-csrftoken", "__Host-messages"} <= names
    for cookie in cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert cookie.startswith("__Host-"), cookie
        assert {"secure", "path=/", "samesite=lax"} <= attributes, cookie
        assert "domain" not in cookie.lower()
        deleted = "max-age=0" in attributes
        assert deleted or ("httponly" in attributes) is not cookie.startswith("__Host-csrftoken"), cookie


def test_a_session_by_the_old_name_is_nobodys(place: tuple[OneMachine, Academy]) -> None:
    machine, academy = place
    for name, status in (("sessionid", 302), ("__Host-sessionid", 200)):
        cookies = {name: academy.people["staff0"]["session"]}
        assert httpx.get(machine.url, cookies=cookies, verify=False).status_code == status


def announced(url: str, path: str, size: int) -> httpx.Response:
    """What comes of a request that says how large it will be, before any of it is sent."""
    place = httpx.URL(url)
    connection = HTTPSConnection(place.host, place.port, context=ssl._create_unverified_context(), timeout=60)
    with closing(connection):
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        answer = connection.getresponse()
        return httpx.Response(answer.status, headers=answer.getheaders())


def test_what_nginx_says_by_itself_is_as_guarded_and_what_it_passes_on_is_said_once(
    place: tuple[OneMachine, Academy],
) -> None:
    machine, academy = place
    with httpx.Client(base_url=machine.url, verify=False, cookies=academy.cookies("staff0")) as client:
        page = client.get("/")
        sheet = next(part.split('"')[0] for part in page.text.split('href="') if part.startswith("/static/css"))
        own = [
            client.get(sheet),
            client.get("/static/nothing"),
            announced(machine.url, "/students/new/", 1_200_000_000),
            client.get("/metrics"),
        ]
        assert [answer.status_code for answer in own] == [200, 404, 413, 404]
        for answer in (page, client.get("/events/"), *own):
            for name in ("content-security-policy", "x-content-type-options", "strict-transport-security"):
                assert len(answer.headers.get_list(name, split_commas=False)) == 1, (answer.url, name)
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "sandbox" in own[0].headers["content-security-policy"]


def test_no_log_tells_the_key_in_a_link(place: tuple[OneMachine, Academy]) -> None:
    machine, _ = place
    for path in (
        "accounts/join/oneTimeKey/",
        "accounts/password/reset/key/1-oneTimeKey/",
        "accounts/confirm-email/oneTimeKey/",
        "notifications/unsubscribe/oneTimeKey/",
        "accounts/login/?key=oneTimeKey",
    ):
        httpx.get(f"{machine.url}/{path}", verify=False)
    logs = ""
    deadline = time.monotonic() + 60
    # nginx writes a line after it has answered.
    while not (" /accounts/join/[key] " in logs and "/accounts/login/" in logs):
        assert time.monotonic() < deadline, logs[-3_000:]
        time.sleep(0.1)
        logs = "".join(file.read_text() for file in machine.run_folder.glob("*.log")) + machine.log()
    assert "oneTimeKey" not in logs
