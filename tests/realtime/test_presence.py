"""Who is where: in one process, in several, and while Redis is away."""

import os
import signal
import time

import pytest

from apps.realtime import presence as module
from apps.realtime.presence import CROWD, Presence


@pytest.fixture(params=["memory", "redis"])
def presence(request, settings, monkeypatch) -> Presence:
    monkeypatch.setattr(module, "SECONDS", 10)  # A machine that is busy is no outage.
    settings.REDIS_URL = request.getfixturevalue("redis_server").url if request.param == "redis" else ""
    return Presence(settings.REDIS_URL)


def test_a_person_is_here_until_the_last_of_their_pages_has_gone(presence):
    place = f"room-{time.monotonic_ns()}"
    assert presence.heard(place, 1, "a") == (frozenset({1}), True)
    assert presence.heard(place, 1, "b") == (frozenset({1}), False)
    assert presence.heard(place, 2, "c") == (frozenset({1, 2}), True)
    assert presence.left(place, 1, "a") == (frozenset({1, 2}), False)
    assert presence.left(place, 1, "b") == (frozenset({2}), True)
    assert presence.left(place, 1, "b") == (frozenset({2}), False)


def test_places_are_apart(presence):
    place = f"room-{time.monotonic_ns()}"
    presence.heard(place, 1, "a")
    assert presence.heard(f"{place}0", 2, "b").people == {2}


def test_who_never_said_goodbye_has_left_after_a_while(presence, monkeypatch):
    monkeypatch.setattr(module, "HERE_SECONDS", 1)
    place = f"room-{time.monotonic_ns()}"
    presence.heard(place, 1, "a")
    time.sleep(1.2)
    assert presence.heard(place, 2, "b") == (frozenset({2}), True)


def test_nobody_is_told_of_one_more_in_a_crowd(presence):
    place = f"room-{time.monotonic_ns()}"
    for number in range(CROWD):
        assert presence.heard(place, number, "a").changed
    assert not presence.heard(place, CROWD, "a").changed


def test_empty_places_are_forgotten(monkeypatch):
    monkeypatch.setattr(module, "HERE_SECONDS", 0.2)
    memory = module.Memory()
    memory.heard("one", "1:a")
    memory.left("one", "1:a")
    memory.heard("two", "1:a")
    assert list(memory._until) == ["two"]
    time.sleep(0.3)
    memory.heard("three", "1:a")
    assert list(memory._until) == ["three"]


def test_processes_know_of_each_other_through_redis(settings, redis_server, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 10)
    settings.REDIS_URL = redis_server.url
    place = f"room-{time.monotonic_ns()}"
    one, two = Presence(settings.REDIS_URL), Presence(settings.REDIS_URL)
    one.heard(place, 1, "a")
    assert two.heard(place, 2, "b").people == {1, 2}


@pytest.mark.parametrize("outage", ["killed", "hanging"])
def test_no_outage_of_redis_slows_anybody(outage, settings, redis_server, monkeypatch, pace):
    monkeypatch.setattr("apps.core.redis.PAUSE_SECONDS", 1.0)
    settings.REDIS_URL = redis_server.url
    presence = Presence(settings.REDIS_URL)
    presence.heard("room", 1, "a")
    if outage == "killed":
        redis_server.stop()
    else:
        os.kill(redis_server.process.pid, signal.SIGSTOP)
    try:
        times, first = [], time.monotonic()
        for number in range(2, 30):
            began = time.monotonic()
            here = presence.heard("room", number, "a")
            times.append(time.monotonic() - began)
        assert here.people == set(range(2, 30))
        # Only the first waits, for module.SECONDS.
        assert sorted(times)[len(times) // 2] < pace.allowed(module.SECONDS / 4, first), times
        assert max(times) < pace.allowed(0.5, first), times
    finally:
        if outage == "killed":
            redis_server.start()
        else:
            os.kill(redis_server.process.pid, signal.SIGCONT)
    deadline = time.monotonic() + 60
    while 1 not in presence.heard("room", 30, "a").people and outage == "hanging":
        assert time.monotonic() < deadline, "never asks Redis again"
        time.sleep(0.2)
