"""Two Pushpins before two stream processes: each gets everything, and one that is away harms nobody."""

import signal
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.live.readers import OPEN, People, Reader
from tests.pace import Pace
from tests.servers import ManyMachines, children, with_signal


@pytest.fixture(scope="module")
def machines(many_machines: ManyMachines) -> ManyMachines:
    return many_machines


@pytest.fixture(scope="module")
def people(machines: ManyMachines) -> Iterator[People]:
    people = People(machines, machines.seed())
    yield people
    people.leave()


def follow(people: People, machines: ManyMachines, pushpin: int, who: str, channel: str) -> Reader:
    """A stream that this one of the Pushpins holds."""
    address = f"http://127.0.0.1:{machines.pushpins[pushpin][0]}/events/?channel={channel}"
    deadline = time.monotonic() + 60
    while True:
        reader = Reader(address, people.academy.headers(who))
        people.readers.append(reader)
        if reader.status == 200:
            reader.until(OPEN)
            return reader
        # A Pushpin that has just started answers 503 for a moment; a browser comes back as well.
        assert time.monotonic() < deadline, reader.status
        time.sleep(0.2)


def signal_all(machines: ManyMachines, name: str, number: signal.Signals) -> None:
    pid = machines.processes[name].pid
    for child in [*children(pid), pid]:
        with_signal(child, number)


def test_each_pushpin_gets_each_event_once_and_drops_none_of_a_burst(people: People, machines: ManyMachines) -> None:
    channel = f"student-{people.student(0)['id']}"
    readers = [follow(people, machines, pushpin, "student0", channel) for pushpin in (0, 1) for _ in range(20)]
    for number in range(100):
        people.say("staff0", 0, f"burst {number:03}")
    for reader in readers:
        reader.until("burst 099")
        assert [n for n in range(100) if reader.heard.count(f"burst {n:03}") != 1] == []


def test_who_comes_past_pushpin_is_refused_whatever_they_claim(people: People, machines: ManyMachines) -> None:
    headers = people.academy.headers("student0")
    address = f"{machines.stream_urls[0]}/events/?channel=student-{people.student(0)['id']}"
    assert httpx.get(address, headers=headers).status_code == 421
    assert httpx.get(address, headers={**headers, "Grip-Sig": "x.y.z"}).status_code == 421


def test_a_pushpin_that_hangs_slows_no_post_and_its_readers_catch_up(
    people: People, machines: ManyMachines, pace: Pace
) -> None:
    channel = f"student-{people.student(1)['id']}"
    here, there = (follow(people, machines, pushpin, "student1", channel) for pushpin in (0, 1))
    signal_all(machines, "pushpin-0", signal.SIGSTOP)
    try:
        for number in range(20):
            began = time.monotonic()
            people.say("staff0", 1, f"hanging {number}")
            pace.assert_within(1, began)
        there.until("hanging 19")
        time.sleep(2.5)  # Longer than a publisher waits for an answer.
        opened = here.heard.count(OPEN)
    finally:
        signal_all(machines, "pushpin-0", signal.SIGCONT)
    here.until(OPEN, opened + 1)
    here.until("hanging 19")
    assert here.heard.count(OPEN) > opened


def test_a_pushpin_that_is_killed_comes_back_into_use(people: People, machines: ManyMachines) -> None:
    channel = f"student-{people.student(2)['id']}"
    here, there = (follow(people, machines, pushpin, "student2", channel) for pushpin in (0, 1))
    machines.kill("pushpin-0")
    here.until_ended(60)
    people.say("staff0", 2, "while it is dead")
    there.until("while it is dead")
    # nginx sends whoever comes back to the other one.
    again = people.follow("student2", channel)
    people.say("staff0", 2, "through the other")
    again.until("through the other")
    machines.restart("pushpin-0")
    machines.wait_for(f"http://127.0.0.1:{machines.pushpins[0][0]}/healthz")
    back = follow(people, machines, 0, "student2", channel)
    people.say("staff0", 2, "through both")
    back.until("through both")
    there.until("through both")


def test_rights_that_were_taken_while_pushpin_hung_end_the_stream_first(people: People, machines: ManyMachines) -> None:
    student = people.student(0)
    lost = follow(people, machines, 0, "teacher0", f"student-{student['id']}")
    signal_all(machines, "pushpin-0", signal.SIGSTOP)
    try:
        people.post("staff0", f"/batches/{student['batch']}/students/{student['id']}/removal/")
        people.say("staff0", 0, "after the loss")
        time.sleep(2.5)
    finally:
        signal_all(machines, "pushpin-0", signal.SIGCONT)
    lost.until_ended(60)
    assert "after the loss" not in lost.heard
