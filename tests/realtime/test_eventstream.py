"""Where django-eventstream's own way fails, and ours holds: each is shown side by side.

If one of these begins to fail for what theirs does, then the library was mended: perhaps ours is no longer needed.
"""

import asyncio
import json
import threading
import time
from types import SimpleNamespace

import pytest
import redis
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django_eventstream import eventstream as theirs
from django_eventstream import views as their_views
from django_eventstream.channelmanager import DefaultChannelManager

from apps.realtime import hub as hubs
from apps.realtime import publish as ours
from apps.realtime import redis as our_redis
from apps.realtime.hub import ACCESS, OPEN, Hub
from apps.realtime.sender import Sender
from apps.realtime.stream import Reading
from tests.chromium import run_loop
from tests.pace import Pace
from tests.realtime.test_hub import Reader
from tests.services import Redis, free_port


class Everybody(DefaultChannelManager):
    def can_read_channel(self, user, channel):
        return True


@pytest.fixture
def listeners(monkeypatch):
    """django-eventstream's list of open streams, of the test's own, with nothing asked of the database."""
    manager = their_views.ListenerManager()
    monkeypatch.setattr(their_views, "listener_manager", manager)
    monkeypatch.setattr(theirs, "get_channelmanager", Everybody)
    monkeypatch.setattr(theirs, "publish_event", lambda *arguments, **more: None)
    return manager


def their_listener(manager) -> their_views.Listener:
    listener = their_views.Listener()
    listener.channels, listener.user_id = {"busy"}, 7
    listener.wake_threadsafe = lambda: None
    manager.add_listener(listener)
    return listener


@pytest.fixture
def hub(monkeypatch):
    fresh = Hub()
    for module in ("stream", "publish", "redis"):
        monkeypatch.setattr(f"apps.realtime.{module}.hub", fresh)
    monkeypatch.setattr("apps.realtime.stream.reading_of", lambda session, channels: Reading(7))
    return fresh


def test_after_an_outage_of_redis_theirs_is_deaf_and_ours_hears(settings, monkeypatch, hub, redis_server: Redis):
    settings.EVENTSTREAM_REDIS = {"host": "127.0.0.1", "port": redis_server.port}
    settings.REDIS_URL = redis_server.url

    async def test() -> None:
        their_task = asyncio.create_task(their_views.RedisListener().start())
        reader = Reader("channel=busy")
        await reader.until(OPEN + OPEN)  # Its own, and the one that follows the subscription.
        redis_server.stop()
        done, _ = await asyncio.wait([their_task], timeout=30)
        await asyncio.to_thread(redis_server.start)
        assert done, "theirs gave up"
        assert isinstance(their_task.exception(), redis.RedisError)
        await reader.until(OPEN + OPEN + OPEN)
        our_redis.RedisTransport().publish([("busy", b"data: after\n\n")])
        await reader.until(b"after")
        reader.gone.set()
        await reader.task
        streams._listener.cancel()
        await asyncio.gather(streams._listener, return_exceptions=True)

    from apps.realtime import stream as streams

    monkeypatch.setattr(streams, "_listener", None)
    run_loop(test())


def test_while_redis_is_away_theirs_raises_and_ours_does_not_wait(settings, monkeypatch, listeners, pace):
    port = free_port()
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    monkeypatch.setattr(theirs, "redis_client", redis.Redis(port=port))
    began = time.monotonic()
    with pytest.raises(redis.ConnectionError):
        theirs.send_event("busy", "message", {})
    assert time.monotonic() - began > 0.5
    sender = Sender(our_redis.RedisTransport)
    assert_waits_for_nothing(sender, pace)


def test_while_redis_hangs_theirs_waits_without_end_and_ours_does_not(
    settings, monkeypatch, listeners, redis_server, pace
):
    settings.REDIS_URL = redis_server.url
    client = redis.Redis(port=redis_server.port)
    client.ping()
    monkeypatch.setattr(theirs, "redis_client", client)
    sender = Sender(our_redis.RedisTransport)
    sender.send("busy", b"data: before\n\n")
    redis_server.hang()
    stuck = threading.Thread(target=theirs.send_event, args=("busy", "message", {}), daemon=True)
    stuck.start()
    assert_waits_for_nothing(sender, pace)
    stuck.join(3)
    assert stuck.is_alive()
    redis_server.resume()
    stuck.join(60)
    assert not stuck.is_alive()


def assert_waits_for_nothing(sender: Sender, pace: Pace) -> None:
    """Of two hundred events, each is handed over at once."""
    times, first = [], time.monotonic()
    for _ in range(200):
        began = time.monotonic()
        sender.send("busy", b"data: x\n\n")
        times.append(time.monotonic() - began)
    # The machine may have paused us once or twice; a transport that waits would be slow each time.
    assert sorted(times)[-3] < pace.allowed(0.05, first)


def test_of_many_events_at_once_theirs_drops_and_ours_does_not(hub, listeners):
    their = their_listener(listeners)
    for number in range(50):
        theirs.send_event("busy", "message", number)
    assert len(their.channel_items["busy"]) == their_views.MAX_PENDING == 10

    async def test() -> None:
        reader = Reader("channel=busy")
        await reader.until(OPEN)
        for number in range(50):
            hub.publish("busy", f"data: {number}\n\n".encode())
        await reader.until(b"data: 49")
        assert reader.body.removeprefix(OPEN).decode() == "".join(f"data: {n}\n\n" for n in range(50))
        reader.gone.set()
        await reader.task

    run_loop(test())


def test_a_change_of_rights_theirs_keeps_to_this_process_and_ours_tells_all(monkeypatch, listeners, cast):
    told: list[str] = []
    monkeypatch.setattr(theirs, "redis_client", SimpleNamespace(publish=lambda topic, text: told.append(text)))
    monkeypatch.setattr(theirs, "publish_kick", lambda *_: None)
    theirs.send_event("busy", "message", {})
    assert len(told) == 1, "events do go to other processes"
    monkeypatch.setattr(Everybody, "can_read_channel", lambda *_: False)
    theirs.channel_permission_changed(cast.teacher, "busy")
    assert len(told) == 1
    sent: list[tuple[str, bytes]] = []
    monkeypatch.setattr(ours, "senders", lambda: [SimpleNamespace(send=lambda *event: sent.append(event))])
    ours.deliver(ACCESS, str(cast.teacher.pk).encode())
    assert sent == [(ACCESS, str(cast.teacher.pk).encode())]


def test_what_is_rolled_back_theirs_has_told_and_ours_has_not(
    db, monkeypatch, listeners, django_capture_on_commit_callbacks
):
    their = their_listener(listeners)
    told: list[str] = []
    monkeypatch.setattr(hubs.hub, "publish", lambda channel, payload: told.append(channel))

    def change_and_fail() -> None:
        with transaction.atomic():
            theirs.send_event("busy", "message", {})
            ours.publish("busy", "<p>never</p>")
            raise ZeroDivisionError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert their.channel_items["busy"]
    assert told == []
    with django_capture_on_commit_callbacks(execute=True):
        ours.publish("busy", "<p>committed</p>")
        assert told == [], "not before the commit"
    assert told == ["busy"]


def test_an_event_for_many_theirs_encodes_for_each_and_ours_once(monkeypatch, hub, listeners):
    readers, encoded = 5, []

    def encode(event: str, data: object, **more: object) -> str:
        encoded.append(data)
        return f"event: {event}\ndata: {data}\n\n"

    monkeypatch.setattr("django_eventstream.utils.sse_encode_event", encode)
    monkeypatch.setattr("apps.realtime.publish.sse_encode_event", encode)

    async def read_theirs(heard: list[str]) -> None:
        listener = their_views.Listener()
        listener.channels, listener.user_id = {"busy"}, 7
        request = SimpleNamespace(
            channels=["busy"], channel_last_ids={}, is_next=False, is_recover=False, user=AnonymousUser()
        )
        async for body in their_views.stream(request, listener):
            heard.append(body)
            if '"number"' in body:
                return

    async def test() -> None:
        heard: list[list[str]] = [[] for _ in range(readers)]
        tasks = [asyncio.create_task(read_theirs(one)) for one in heard]
        async with asyncio.timeout(60):
            while not all(heard):
                await asyncio.sleep(0.01)
        theirs.send_event("busy", "message", {"number": 1})
        await asyncio.wait_for(asyncio.gather(*tasks), 60)
        assert encoded == [json.dumps({"number": 1})] * readers
        encoded.clear()
        ours_open = [Reader("channel=busy") for _ in range(readers)]
        for reader in ours_open:
            await reader.until(OPEN)
        await asyncio.to_thread(ours.publish, "busy", "ours")
        for reader in ours_open:
            await reader.until(b"ours")
            reader.gone.set()
            await reader.task
        assert encoded == ["ours"]

    # Without a transaction to wait for, what is published goes out at once.
    monkeypatch.setattr(ours.transaction, "on_commit", lambda act, **_: act())
    run_loop(test())
