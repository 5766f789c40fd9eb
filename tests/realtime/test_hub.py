"""One event, encoded once, to every stream that reads its channel."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from apps.realtime import hub as hubs
from apps.realtime import stream as streams
from apps.realtime.hub import ACCESS, OPEN, Hub
from apps.realtime.stream import Reading
from tests.chromium import run_loop


@pytest.fixture
def hub(monkeypatch):
    fresh = Hub()
    monkeypatch.setattr(streams, "hub", fresh)
    return fresh


class Reader:
    """One request to the ASGI app: what it was sent, and a way to go away."""

    def __init__(self, query: str, method: str = "GET") -> None:
        self.scope = {
            "type": "http", "method": method, "path": "/events/", "query_string": query.encode(), "headers": [],
        }  # fmt: skip
        self.sent: list[dict] = []
        self.gone = asyncio.Event()
        self.task = asyncio.create_task(streams.stream(self.scope, self.receive, self.send))

    async def receive(self) -> dict:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    async def until(self, part: bytes) -> None:
        async with asyncio.timeout(30):
            while part not in self.body:
                await asyncio.sleep(0.005)


def run(monkeypatch, test, reader: int | None = 7) -> None:
    monkeypatch.setattr(streams, "reading_of", lambda session, channels: Reading(reader))
    run_loop(test())


def test_a_stream_opens_and_gets_what_its_channels_carry(monkeypatch, hub):
    async def test() -> None:
        one, two = Reader("channel=student-1&channel=user-1"), Reader("channel=student-2")
        await one.until(OPEN)
        await two.until(OPEN)
        # From another thread, as a page does.
        for channel, text in (("student-1", b"a"), ("student-2", b"b"), ("user-1", b"c"), ("nobody", b"d")):
            threading.Thread(target=hub.publish, args=(channel, b"data: " + text + b"\n\n")).start()
        await one.until(b"c")
        await two.until(b"b")
        assert b"b" not in one.body.removeprefix(OPEN)
        assert b"d" not in one.body.removeprefix(OPEN).replace(b"data", b"")
        one.gone.set()
        two.gone.set()
        await asyncio.gather(one.task, two.task)
        assert not hub._all
        assert not hub._by_channel

    run(monkeypatch, test)


@pytest.mark.parametrize(
    ("query", "method", "reader", "status"),
    [
        ("channel=student-1", "GET", None, 404),
        ("channel=student-1", "POST", 7, 405),
        ("", "GET", 7, 400),
        ("&".join(f"channel=user-{n}" for n in range(21)), "GET", 7, 400),
    ],
)
def test_a_stream_that_is_refused_says_why_by_its_status(monkeypatch, hub, query, method, reader, status):
    async def test() -> None:
        request = Reader(query, method)
        await request.task
        assert request.status == status
        assert b"event" not in request.body

    run(monkeypatch, test, reader)


def test_a_reader_that_stops_reading_is_cut_off_and_bounded(monkeypatch, hub):
    async def test() -> None:
        reader = Reader("channel=busy")
        await reader.until(OPEN)
        subscription = next(iter(hub._all))
        hub._deliver("busy", b"x")
        for _ in range(hubs.MAX_PENDING + 5):
            subscription.push(b"data: x\n\n")
        await asyncio.wait_for(reader.task, 5)
        assert not hub._all

    run(monkeypatch, test)


def test_a_sign_of_life_comes_while_nothing_happens(monkeypatch, hub):
    monkeypatch.setattr(hubs, "KEEP_ALIVE_SECONDS", 0.05)

    async def test() -> None:
        reader = Reader("channel=user-1")
        await reader.until(hubs.KEEP_ALIVE)
        reader.gone.set()
        await reader.task
        assert reader.body.startswith(OPEN + hubs.KEEP_ALIVE)

    run(monkeypatch, test)


def test_publishing_before_anybody_has_read_is_nothing(hub):
    hub.publish("student-1", b"data: x\n\n")
    hub.resync()
    assert not hub._all


def test_who_loses_access_is_cut_off_before_the_next_event(monkeypatch, hub):
    may = {"channels": True}
    monkeypatch.setattr(streams, "reading_of", lambda session, channels: Reading(7 if may["channels"] else None))

    async def test() -> None:
        reader = Reader("channel=student-1")
        await reader.until(OPEN)
        hub.publish(ACCESS, b"8")  # Somebody else's rights.
        hub.publish("student-1", b"data: before\n\n")
        await reader.until(b"before")
        hub.publish(ACCESS, b"7")  # Changed, but not for the worse.
        hub.publish("student-1", b"data: still\n\n")
        await reader.until(b"still")
        may["channels"] = False
        hub.publish(ACCESS, b"7")
        hub.publish("student-1", b"data: secret\n\n")
        await asyncio.wait_for(reader.task, 2)
        assert b"secret" not in reader.body
        assert not hub._all

    run_loop(test())


def test_who_loses_access_by_the_clock_is_cut_off_at_that_second(monkeypatch, hub):
    ends = datetime.now(UTC) + timedelta(seconds=0.5)
    asked: list[datetime] = []

    def reading_of(session: str | None, channels: object) -> Reading:
        asked.append(datetime.now(UTC))
        return Reading(7, ends) if asked[-1] < ends else Reading(None)

    monkeypatch.setattr(streams, "reading_of", reading_of)

    async def test() -> None:
        reader = Reader("channel=course-1")
        await reader.until(OPEN)
        hub.publish("course-1", b"data: before\n\n")
        await reader.until(b"before")
        assert len(asked) == 1
        await asyncio.wait_for(reader.task, 10)  # Nothing was published: the clock alone.
        assert len(asked) == 2
        assert asked[1] >= ends
        assert reader.body == OPEN + b"data: before\n\n"

    run_loop(test())


def test_a_right_that_was_prolonged_meanwhile_keeps_the_stream_and_is_asked_about_at_its_new_end(monkeypatch, hub):
    began = datetime.now(UTC)
    ends = [began + timedelta(seconds=0.3), began + timedelta(seconds=0.6)]
    answers = iter([Reading(7, ends[0]), Reading(7, ends[1]), Reading(None)])
    asked: list[datetime] = []

    def reading_of(session: str | None, channels: object) -> Reading:
        asked.append(datetime.now(UTC))
        return next(answers)

    monkeypatch.setattr(streams, "reading_of", reading_of)

    async def test() -> None:
        reader = Reader("channel=course-1")
        await asyncio.wait_for(reader.task, 10)
        assert len(asked) == 3
        assert [moment >= end for moment, end in zip(asked[1:], ends, strict=True)] == [True, True]

    run_loop(test())


def test_a_stream_whose_reader_left_leaves_no_timer(monkeypatch, hub):
    ends = datetime.now(UTC) + timedelta(days=3)
    monkeypatch.setattr(streams, "reading_of", lambda session, channels: Reading(7, ends))

    async def test() -> None:
        reader = Reader("channel=course-1")
        await reader.until(OPEN)
        (subscription,) = hub._all
        timer = subscription._timer
        assert not timer.cancelled()
        reader.gone.set()
        await reader.task
        assert timer.cancelled()

    run_loop(test())


def test_access_lost_while_the_stream_opens_counts(monkeypatch, hub):
    asked: list[int] = []

    def reading_of(session: str | None, channels: object) -> Reading:
        asked.append(1)
        if len(asked) == 1:
            hub._doubt(7)  # Between the question and the subscription.
            return Reading(7)
        return Reading(None)

    monkeypatch.setattr(streams, "reading_of", reading_of)

    async def test() -> None:
        reader = Reader("channel=student-1")
        await asyncio.wait_for(reader.task, 2)
        assert reader.body == OPEN
        assert len(asked) == 2

    run_loop(test())


def test_after_a_loss_of_events_every_reader_is_asked_about_and_catches_up(monkeypatch, hub):
    async def test() -> None:
        reader = Reader("channel=user-1")
        await reader.until(OPEN)
        hub.resync()
        await reader.until(OPEN + OPEN)
        assert hub.changes_of_rights == 1
        reader.gone.set()
        await reader.task

    run(monkeypatch, test)
