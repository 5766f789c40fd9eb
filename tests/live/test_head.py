"""What follows the answer to a HEAD on a connection is the answer to the next request, whoever made that one."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.live.test_files import Place
from tests.servers import OneMachine, Server

# Behind the first piece of a file stands what a browser would take for an answer.
POISON = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 8\r\n\r\npoisoned"
FILE = (b"A" * 4_096 + POISON) * 5
PATHS = {
    "a file": "",
    "an export": "/payments/export/",
    "own data": "/accounts/data/",
    "a static file": "",
    "a page": "/accounts/settings/",
    "an error": "/no-such-page/",
    "a stream": "/events/?channel=inbox",
    "a page that takes no HEAD": "/accounts/settings/photo/",
    "a redirect": "/admin",
}


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("embedded", "one_machine")],
)
def place(request: pytest.FixtureRequest) -> Place:
    server = request.getfixturevalue(request.param)
    return Place(server, server.seed(staff=1, teachers=1, students=40))


def ports(server: Server) -> dict[str, str]:
    """Every server that a request may reach: a proxy, Granian, and Daphne with Django's own handler behind it."""
    more = {"web": server.web_url, "stream": server.stream_urls[0]} if isinstance(server, OneMachine) else {}
    return {"front": server.url} | more


def paths(place: Place) -> dict[str, str]:
    attachment = place.upload(FILE, "notes.txt")
    place.send(attachment["id"])
    style = place.get("/accounts/settings/", "staff0").text.partition('rel="stylesheet"')[2]
    address = style.partition('href="')[2].partition('"')[0]
    assert address.endswith(".css")
    return PATHS | {"a file": place.path(attachment["id"]), "a static file": address}


def test_after_a_head_comes_the_answer_to_the_next_request(place: Place) -> None:
    wrong: list[Any] = []
    for what, path in paths(place).items():
        for name, url in ports(place.server).items():
            address = urlsplit(url)
            cookies = place.academy.headers("staff0")["Cookie"]
            lines = f"Host: {address.netloc}\r\nCookie: {cookies}\r\nX-Forwarded-Proto: http\r\n"
            asked = f"HEAD {path} HTTP/1.1\r\n{lines}\r\nGET /healthz HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"
            with socket.create_connection((address.hostname, address.port), 30) as line:
                line.sendall(asked.encode())
                answers = line.makefile("rb").read()
            head, _, rest = answers.partition(b"\r\n\r\n")
            healthy = rest.startswith(b"HTTP/1.1 200 ") and rest.endswith(b"\r\n\r\nok") and rest.count(b"HTTP/1") == 1
            closed = not rest and b"\r\nconnection: close" in head.lower()
            if not (healthy or closed) or b"poisoned" in answers:
                wrong.append((what, name, head[:200], rest[:200]))
    assert wrong == []


@pytest.mark.parametrize("what", ["a page", "an error", "an export", "a file"])
def test_head_says_what_get_would(place: Place, what: str) -> None:
    path = paths(place)[what]
    got = place.get(path, "staff0", **{"Accept-Encoding": "identity"})
    asked = place.head(path, "staff0", **{"Accept-Encoding": "identity"})
    assert asked.status_code == got.status_code
    assert asked.content == b""
    for name in ("Content-Type", "Content-Disposition", "Content-Security-Policy", "Cache-Control"):
        assert asked.headers.get(name) == got.headers.get(name)
    if what == "a file":
        assert int(asked.headers["Content-Length"]) == len(FILE) == len(got.content)
