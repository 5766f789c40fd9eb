"""What production's nginx writes of addresses that are keys, like a feed's: nginx alone, configured as it is there."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from project.deploy.render import render
from tests.services import free_port, missing

SECRET = "oneTimeSecretOfAFeed"


class Behind(BaseHTTPRequestHandler):
    """Homeroom's part: nothing is found, and of some addresses it hangs up without an answer."""

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        if "hang-up" in self.path:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_error(404)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("nginx")
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or missing(
        "nginx", "sudo apt-get install -y nginx-light"
    )
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    front, plain, nobody = free_port(), free_port(), free_port()
    places = dict.fromkeys(("RUN", "LOGS", "DATA"), str(folder))
    values = {
        "LISTEN": f"127.0.0.1:{front}",
        "LISTEN_PLAIN": f"127.0.0.1:{plain}",
        "TLS": "",
        "WEB": f"server 127.0.0.1:{behind.server_port} max_fails=0;",
        "STREAM": f"server 127.0.0.1:{nobody} max_fails=0;",
        "LARGEST": "1k",
        "REQUESTS_PER_SECOND": "1000",
    }
    (folder / "nginx.conf").write_text(render("nginx.conf", places | values))
    user = "user root; " if os.geteuid() == 0 else ""
    command = [str(program), "-c", str(folder / "nginx.conf"), "-g", f"{user}daemon off;", "-e", "stderr"]
    with (folder / "stderr.log").open("w") as stderr:
        process = subprocess.Popen(command, stderr=stderr)
    try:
        yield f"127.0.0.1:{front} 127.0.0.1:{plain}", folder
    finally:
        process.terminate()
        process.wait(30)
        behind.shutdown()
        behind.server_close()


def raw(place: str, line: str, *more: str) -> bytes:
    """What is answered to a request as it stands here; browsers would tidy its address."""
    host, port = place.split(":")
    deadline = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection((host, int(port)), timeout=60) as connection:
                connection.sendall("\r\n".join([line, "Host: 127.0.0.1", "Connection: close", *more, "", ""]).encode())
                return connection.makefile("rb").read()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


REQUESTS = [
    f"GET /feeds/{SECRET}.ics HTTP/1.1",
    f"GET /feeds/{SECRET}.ics?again={SECRET} HTTP/1.1",
    f"HEAD /feeds/{SECRET}.ics HTTP/1.1",
    f"POST /feeds/{SECRET}.ics HTTP/1.1",
    f"DELETE /feeds/{SECRET}.ics HTTP/1.1",
    f"PROPFIND /feeds/{SECRET}.ics HTTP/1.1",
    f"GET //feeds/{SECRET}.ics HTTP/1.1",
    f"GET /%66eeds/{SECRET}.ics HTTP/1.1",
    f"GET /./feeds/{SECRET}.ics HTTP/1.1",
    f"GET http://127.0.0.1/feeds/{SECRET}.ics HTTP/1.1",
    f"GET /feeds/hang-up-{SECRET}.ics HTTP/1.1",
    f"GET /feeds/hang-up-{SECRET}.ics HTTP/9.9",
    f"GET /feeds/{SECRET}.ics%00 HTTP/1.1",
    f"GET /feeds/../../{SECRET}.ics HTTP/1.1",
    f"GET /%66eeds/hang-up-{SECRET}.ics HTTP/1.1",
    f"GET /%66eeds/{SECRET}.ics%00 HTTP/1.1",
    f"GET /accounts/join/hang-up-{SECRET}/ HTTP/1.1",
]


def test_no_log_of_nginx_holds_a_secret_address(nginx: tuple[str, Path]) -> None:
    places, folder = nginx
    for place in places.split():
        for line in REQUESTS:
            assert raw(place, line).startswith(b"HTTP/1.1 "), line
    front = places.split()[0]
    raw(front, f"POST /feeds/{SECRET}.ics HTTP/1.1", "Content-Length: 5000", "", "x" * 4_998)
    raw(front, "GET /students/hang-up/ HTTP/1.1")
    access, errors = folder / "nginx-access.log", folder / "nginx-error.log"
    deadline = time.monotonic() + 60
    # nginx writes a line after it has answered. That it writes errors at all is shown by the last of them.
    while "/students/hang-up/" not in access.read_text() or "/students/hang-up/" not in errors.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert " /feeds/[key] " in access.read_text()
    for file in folder.glob("*.log"):
        told = [line for line in file.read_text().splitlines() if SECRET in line]
        assert told == [], file.name
