"""Files through real servers: embedded, and behind nginx, which serves them itself."""

import os
import select
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.conversations.files import PDF, picture
from tests.servers import Academy, OneMachine, Server

MB = 1_000_000


class Place:
    """A running Homeroom, and the thread of its first student."""

    def __init__(self, server: Server, academy: Academy) -> None:
        self.server, self.academy = server, academy
        self.thread = academy.students[0]["conversation"]
        # Granian itself, without nginx, which would wait for the whole body before it passes any of it on.
        self.direct = getattr(server, "web_url", server.url)

    def path(self, *parts: object) -> str:
        return "/".join([f"/conversations/{self.thread}/attachments", *map(str, parts), ""])

    def upload(self, content: bytes, name: str, who: str = "staff0") -> dict[str, Any]:
        answer = httpx.post(
            self.server.url + self.path(),
            files={"file": (name, content)},
            headers=self.academy.headers(who),
            timeout=60,
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def send(self, *ids: int, audience: str = "everyone") -> None:
        answer = httpx.post(
            f"{self.server.url}/conversations/{self.thread}/messages/",
            data={"audience": audience, "attachments": [str(pk) for pk in ids]},
            headers=self.academy.headers("staff0"),
            timeout=30,
        )
        assert answer.status_code == 201, answer.text

    def get(self, path: str, who: str, **headers: str) -> httpx.Response:
        return httpx.get(self.server.url + path, headers=self.academy.headers(who) | headers, timeout=30)

    def head(self, path: str, who: str, **headers: str) -> httpx.Response:
        return httpx.head(self.server.url + path, headers=self.academy.headers(who) | headers, timeout=30)

    def kept(self) -> set[str]:
        """All that is on disk, under the folders of files and of those on their way in."""
        return {
            str(path.relative_to(self.server.data))
            for folder in ("media", "uploads")
            for path in (self.server.data / folder).rglob("*")
            if path.is_file()
        }

    def rows(self) -> int:
        return self.server.rows("SELECT count(*) FROM conversations_attachment")[0][0]


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("embedded", "one_machine")],
)
def place(request: pytest.FixtureRequest) -> Place:
    server = request.getfixturevalue(request.param)
    return Place(server, server.seed(staff=1, teachers=1, students=2))


def cut(place: Place, announced: int, sent: int) -> None:
    """Begin an upload of this many bytes, and hang up after some of them."""
    url = urlsplit(place.direct)
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    lines = [
        f"POST {place.path()} HTTP/1.1",
        f"Host: {url.netloc}",
        "Content-Type: multipart/form-data; boundary=cut",
        f"Content-Length: {announced + len(head) + 9}",
        *(f"{name}: {value}" for name, value in place.academy.headers("staff0").items()),
    ]
    with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + head)
        left = sent
        while left > 0:
            connection.sendall(b"a" * min(left, 65_536))
            left -= 65_536
        time.sleep(0.5)  # The server is at it.


@pytest.mark.parametrize("sent", [0, 200_000, 5 * MB])
def test_an_upload_that_is_cut_off_leaves_nothing(place: Place, sent: int) -> None:
    files, rows = place.kept(), place.rows()
    cut(place, 8 * MB, sent)
    until_only(place, files)
    assert place.rows() == rows


def until_only(place: Place, files: set[str]) -> None:
    """Until no more is kept than these: what one cut off may still be going while the next one begins."""
    deadline = time.monotonic() + 60
    while place.kept() - files:
        assert time.monotonic() < deadline, place.kept() - files
        time.sleep(0.2)


def test_a_file_that_is_too_large_leaves_nothing(place: Place) -> None:
    files, rows = place.kept(), place.rows()
    answer = httpx.post(
        place.server.url + place.path(),
        files={"file": ("a.txt", b"a" * (26 * MB))},
        headers=place.academy.headers("staff0"),
        timeout=60,
    )
    assert answer.status_code == 413
    assert answer.json() == {"error": "This file is too large: 25 MB at most."}
    until_only(place, files)
    assert place.rows() == rows


def test_a_file_goes_up_and_comes_down_whole(place: Place) -> None:
    content = PDF + os.urandom(3 * MB)
    file = place.upload(content, "Grüße, 3.pdf")
    place.send(file["id"])
    answer = place.get(place.path(file["id"]), "student0")
    assert answer.content == content
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in answer.headers["Vary"]
    again = place.get(place.path(file["id"]), "student0", **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "Cookie" in again.headers["Vary"]
    assert place.get(place.path(file["id"]), "student1", **{"If-None-Match": answer.headers["ETag"]}).status_code == 404
    assert int(answer.headers["Content-Length"]) == len(content)
    assert place.get(place.path(file["id"]), "student1").status_code == 404
    assert httpx.get(place.server.url + place.path(file["id"])).status_code == 302
    if isinstance(place.server, OneMachine):
        part = place.get(place.path(file["id"]), "student0", Range="bytes=10-19")
        assert (part.status_code, part.content) == (206, content[10:20])


def test_no_address_leads_to_the_files_themselves(place: Place) -> None:
    place.upload(PDF, "a.pdf")
    names = [name for name in place.kept() if name.startswith("media/")]
    assert names
    for name in names:
        assert place.get(f"/{name}", "admin").status_code == 404


def test_a_picture_is_written_anew_in_the_background(place: Place) -> None:
    place.server.wait_for(f"{place.server.url}/readyz")  # The worker has started.
    original = picture(size=(2700, 300))
    photo = place.upload(original, "board.jpg")
    place.send(photo["id"], audience="staff")
    deadline = time.monotonic() + 150
    while (answer := place.get(place.path(photo["id"]), "staff0")).status_code == 404 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.content[:3] == b"\xff\xd8\xff"
    assert b"Amina" not in answer.content
    assert place.get(place.path(photo["id"], "thumbnail"), "staff0").headers["Content-Type"] == "image/webp"
    assert place.get(place.path(photo["id"]), "student0").status_code == 404
    [(width, height, kept)] = place.server.rows(
        "SELECT width, height, file FROM files_storedfile"
        " WHERE id = (SELECT file_id FROM conversations_attachment WHERE id = ?)",
        photo["id"],
    )
    assert (width, height) == (2560, 284)
    media = place.server.data / "media"
    # The original goes right after the commit.
    while any(content(path) == original for path in media.rglob("*")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (media / Path(kept)).exists()


def content(path: Path) -> bytes:
    """What is in a file; nothing where it is a folder, or has just gone."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return b""


def memory(place: Place) -> int:
    """Bytes that the process of the pages holds."""
    process = place.server.processes["server"]
    return psutil.Process(process.pid).memory_info().rss


def test_a_body_of_a_gigabyte_is_never_in_the_memory_of_the_one_process(place: Place) -> None:
    if isinstance(place.server, OneMachine):
        pytest.skip("nginx keeps bodies on the disk")
    url = urlsplit(place.direct)
    length = 1_000 * MB
    lines = [
        f"POST {place.path()} HTTP/1.1",
        f"Host: {url.netloc}",
        "Content-Type: multipart/form-data; boundary=cut",
        f"Content-Length: {length}",
        *(f"{name}: {value}" for name, value in place.academy.headers("staff0").items()),
    ]
    before, most, piece = memory(place), 0, b"a" * MB
    with socket.create_connection((url.hostname, url.port), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        for _ in range(length // MB):
            connection.sendall(piece)
        while not select.select([connection], [], [], 0.05)[0]:
            most = max(most, memory(place))
        assert connection.recv(100).startswith(b"HTTP/1.1 4")
    assert most - before < 100 * MB


def test_a_part_of_a_file_is_sent_as_such_by_each_server(place: Place) -> None:
    content = PDF + os.urandom(MB)
    file = place.upload(content, "a.pdf")
    place.send(file["id"])
    path = place.path(file["id"])
    for asked, start, end in (("bytes=10-19", 10, 19), ("bytes=-5", len(content) - 5, len(content) - 1)):
        part = place.get(path, "student0", Range=asked)
        assert (part.status_code, part.content) == (206, content[start : end + 1])
        assert part.headers["Content-Range"] == f"bytes {start}-{end}/{len(content)}"
    assert place.get(path, "student0", Range=f"bytes={len(content)}-").status_code == 416
    several = place.get(path, "student0", Range="bytes=0-1,5-6")
    assert (several.status_code, several.content) == (200, content)
    etag = several.headers["ETag"]
    assert place.get(path, "student0", Range="bytes=0-1", **{"If-Range": etag}).status_code == 206
    assert place.get(path, "student0", Range="bytes=0-1", **{"If-Range": '"old"'}).status_code == 200
    assert place.get(path, "student1", Range="bytes=0-1").status_code == 404
    head = place.head(path, "student0")
    assert (head.status_code, head.content, int(head.headers["Content-Length"])) == (200, b"", len(content))


def test_a_reader_who_takes_nothing_holds_no_file_in_the_memory_of_the_one_process(place: Place) -> None:
    if isinstance(place.server, OneMachine):
        pytest.skip("nginx reads files by itself")
    file = place.upload(PDF + os.urandom(24 * MB), "a.pdf")
    place.send(file["id"])
    url, before = urlsplit(place.direct), memory(place)
    lines = [f"GET {place.path(file['id'])} HTTP/1.1", f"Host: {url.netloc}"]
    lines += [f"{name}: {value}" for name, value in place.academy.headers("staff0").items()]
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.connect((url.hostname, url.port))
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        time.sleep(3)
        assert memory(place) - before < 12 * MB
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
