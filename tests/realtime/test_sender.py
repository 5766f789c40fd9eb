"""Events on their way out of a process: in order, rights first, never waited for; and Pushpin's part of it."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from gripcontrol import parse_grip_uri

from apps.realtime import grip, sender
from apps.realtime import stream as streams
from apps.realtime.hub import ACCESS, OPEN
from apps.realtime.sender import Away, Sender
from tests.chromium import run_loop
from tests.realtime.test_hub import Reader
from tests.services import free_port

KEY = "a key that is long enough for its purpose"


class Record:
    """A transport that remembers, and is away while it is told to be."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.away = threading.Event()
        self.attempts = 0

    def _do(self, *things: object) -> None:
        self.attempts += 1
        if self.away.is_set():
            raise Away("It is away")
        self.done += things

    def publish(self, events):
        self._do(*(payload.decode() for _, payload in events))

    def rights_changed(self, user_ids):
        self._do(*(f"rights of {user_id}" for user_id in sorted(user_ids)))

    def resync(self):
        self._do("resync")

    def assert_sent(self, *things: object) -> None:
        """Wait until exactly these have left, in this order; fails after a minute."""
        deadline = time.monotonic() + 60
        while self.done != [*things]:
            assert time.monotonic() < deadline, self.done
            time.sleep(0.01)

    def until_tried(self, times: int) -> None:
        deadline = time.monotonic() + 60
        while self.attempts < times:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture
def record(monkeypatch) -> Record:
    monkeypatch.setattr(sender, "RETRY_SECONDS", 0.05)
    return Record()


def test_events_leave_in_order(record: Record) -> None:
    out = Sender(lambda: record)
    for number in range(300):
        out.send("busy", str(number).encode())
    record.assert_sent(*map(str, range(300)))


def test_what_came_in_an_outage_follows_it_and_rights_go_first(record: Record) -> None:
    out = Sender(lambda: record)
    record.away.set()
    out.send("busy", b"one")
    record.until_tried(2)
    out.send("busy", b"two")
    out.send(ACCESS, b"7")
    out.send(ACCESS, b"3")
    out.send(ACCESS, b"7")
    record.away.clear()
    record.assert_sent("resync", "rights of 3", "rights of 7", "one", "two")


def test_a_queue_that_overflowed_ends_in_a_resync_and_loses_no_rights(record: Record, monkeypatch) -> None:
    monkeypatch.setattr(sender, "MAX_QUEUED", 3)
    out = Sender(lambda: record)
    record.away.set()
    for number in range(10):
        out.send("busy", str(number).encode())
    out.send(ACCESS, b"7")
    assert len(out._events) == 3
    record.until_tried(1)
    record.away.clear()
    record.assert_sent("resync", "rights of 7", "resync", "0", "1", "2")


def test_a_process_that_begins_anew_has_everybody_catch_up(record: Record) -> None:
    Sender(lambda: record).resync()
    record.assert_sent("resync")


class Pushpin(ThreadingHTTPServer):
    """What of Pushpin hears publishing: each request's items and authorization."""

    def __init__(self) -> None:
        self.heard: list[tuple[list[dict], str | None]] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), Control)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Control(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Pushpin

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((body["items"], self.headers.get("Authorization")))
        self.send_response(self.server.status if self.path == "/publish/" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pushpin() -> Iterator[Pushpin]:
    server = Pushpin()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def grip_settings(settings, monkeypatch):
    """Settings with one Pushpin; the connections that transports open are closed after the test."""
    opened: list[grip.PushpinTransport] = []
    begin = grip.PushpinTransport.__init__

    def remember(transport: grip.PushpinTransport, proxy: dict) -> None:
        opened.append(transport)
        begin(transport, proxy)

    monkeypatch.setattr(grip.PushpinTransport, "__init__", remember)
    settings.GRIP_PREFIX = "academy-"
    settings.GRIP_PROXIES = [parse_grip_uri(f"http://127.0.0.1:5561/?key={KEY.replace(' ', '%20')}")]
    yield settings
    for transport in opened:
        transport._connection.close()


def test_pushpin_gets_events_rights_and_resyncs_under_the_academys_prefix(pushpin: Pushpin, grip_settings) -> None:
    transport = grip.PushpinTransport(parse_grip_uri(f"{pushpin.address}/?iss=realm&key={KEY.replace(' ', '%20')}"))
    transport.publish([("student-1", "data: één\n\n".encode()), ("user-2", b"data: two\n\n")])
    transport.rights_changed([7])
    transport.resync()
    assert [item for items, _ in pushpin.heard for item in items] == [
        {"channel": "academy-student-1", "http-stream": {"content": "data: één\n\n"}},
        {"channel": "academy-user-2", "http-stream": {"content": "data: two\n\n"}},
        {"channel": "academy-!access-7", "http-stream": {"action": "close"}},
        {"channel": "academy-!all", "http-stream": {"content": OPEN.decode()}},
    ]
    for _, authorization in pushpin.heard:
        assert jwt.decode(str(authorization).removeprefix("Bearer "), KEY, algorithms=["HS256"])["iss"] == "realm"


def test_a_pushpin_that_refuses_is_gone_or_hangs_is_away(pushpin: Pushpin, grip_settings, monkeypatch, pace) -> None:
    transport = grip.PushpinTransport(parse_grip_uri(pushpin.address))
    transport.resync()
    pushpin.status = 500
    with pytest.raises(Away, match="answers 500"):
        transport.resync()
    with pytest.raises(Away, match="ConnectionRefused"):
        grip.PushpinTransport(parse_grip_uri(f"http://127.0.0.1:{free_port()}")).resync()
    monkeypatch.setattr(grip, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(Away, match="TimeoutError"):
            grip.PushpinTransport(parse_grip_uri(f"http://127.0.0.1:{silent.getsockname()[1]}")).resync()
        pace.assert_within(2, began)


def test_a_connection_that_pushpin_closed_meanwhile_is_opened_again(grip_settings) -> None:
    first = Pushpin()
    transport = grip.PushpinTransport(parse_grip_uri(first.address))
    transport.resync()
    transport._connection.sock.shutdown(socket.SHUT_RDWR)
    transport.resync()
    assert len(first.heard) == 2
    first.shutdown()
    first.server_close()


def signature(key: str = KEY, seconds: int = 3_600) -> list[tuple[bytes, bytes]]:
    return [(b"grip-sig", jwt.encode({"iss": "pushpin", "exp": int(time.time()) + seconds}, key).encode())]


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        (signature(), True),
        (signature(key=KEY[::-1]), False),
        (signature(seconds=-10), False),
        ([(b"grip-sig", b"nonsense")], False),
        ([(b"grip-sig", jwt.encode({"iss": "pushpin"}, KEY).encode())], False),
        ([(b"grip-sig", jwt.encode({"exp": 9e9}, None, algorithm="none").encode())], False),
        ([], False),
    ],
)
def test_only_what_our_pushpin_signed_came_through_it(grip_settings, headers, believed) -> None:
    assert grip.came_through_pushpin(headers) is believed
    grip_settings.GRIP_PROXIES = [parse_grip_uri("http://127.0.0.1:5561")]
    assert not grip.came_through_pushpin(headers), "without a key nothing can be checked"


@pytest.fixture
def told(monkeypatch) -> list[tuple[str, bytes]]:
    monkeypatch.setattr(grip, "SECOND_LOOK_SECONDS", 0.05)
    events: list[tuple[str, bytes]] = []
    monkeypatch.setattr(streams, "deliver", lambda *event: events.append(event))
    return events


def ask_for_a_stream(headers: list[tuple[bytes, bytes]]) -> Reader:
    async def test() -> Reader:
        reader = Reader("channel=student-1&channel=user-7")
        reader.scope["headers"] = headers
        await reader.task
        await asyncio.gather(*grip.second_look._looks)
        return reader

    return run_loop(test())


def test_pushpin_is_told_to_hold_the_stream_with_its_hidden_channels(grip_settings, monkeypatch, told) -> None:
    monkeypatch.setattr(streams, "reading_of", lambda session, channels: streams.Reading(7))
    reader = ask_for_a_stream(signature())
    headers = dict(reader.sent[0]["headers"])
    assert headers[b"content-type"] == b"text/event-stream"
    assert headers[b"grip-hold"] == b"stream"
    channels = headers[b"grip-channel"].decode().split(", ")
    assert channels == ["academy-!access-7", "academy-!all", "academy-student-1", "academy-user-7"]
    assert headers[b"grip-keep-alive"] == rb"event: keep-alive\ndata:\n\n; format=cstring; timeout=20"
    assert reader.body == OPEN
    assert told == []


def test_what_did_not_come_through_pushpin_is_refused(grip_settings, monkeypatch, told) -> None:
    monkeypatch.setattr(streams, "reading_of", lambda session, channels: streams.Reading(7))
    assert ask_for_a_stream([]).status == 421


def test_rights_lost_while_pushpin_began_to_hold_are_noticed(grip_settings, monkeypatch, told) -> None:
    answers = iter([streams.Reading(7), streams.Reading(None)])
    monkeypatch.setattr(streams, "reading_of", lambda session, channels: next(answers))
    assert ask_for_a_stream(signature()).status == 200
    assert told == [(ACCESS, b"7")]
