"""What many cause at once is done a few times, and the last of it is never left out."""

import itertools
import threading
import time

from apps.realtime.paced import Paced


def settled(done: list[str], count: int) -> list[str]:
    deadline = time.monotonic() + 30
    while len(done) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    return done


def test_the_first_is_done_at_once_and_the_rest_once_at_the_end():
    done: list[str] = []
    paced = Paced(1, done.append)
    for _ in range(50):
        paced.soon("a")
    assert done == ["a"]
    assert settled(done, 2) == ["a", "a"]


def test_things_dont_wait_for_each_other():
    done: list[str] = []
    paced = Paced(1, done.append)
    for name in ("a", "b", "a", "b"):
        paced.soon(name)
    assert done == ["a", "b"]
    assert sorted(settled(done, 4)) == ["a", "a", "b", "b"]


def test_what_is_asked_for_while_it_is_done_is_done_again():
    done: list[float] = []
    paced = Paced(0.1, lambda _: done.append(time.monotonic()))
    until = time.monotonic() + 1
    while time.monotonic() < until:
        last = time.monotonic()
        paced.soon("a")
        time.sleep(0.002)
    while done[-1] < last:
        assert time.monotonic() < last + 30, "the last was left out"
        time.sleep(0.01)
    assert len(done) <= 13
    assert all(later - sooner >= 0.095 for sooner, later in itertools.pairwise(done))


def test_its_thread_ends_when_there_is_nothing_left():
    paced = Paced(0.05, lambda _: None)
    paced.soon("a")
    paced.soon("a")
    deadline = time.monotonic() + 30
    while [thread for thread in threading.enumerate() if thread.name == "paced"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
