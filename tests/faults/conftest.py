"""One server for the faults of one machine, and only one process of faults at a time on this machine.

Two of them would each be the other's fault. pytest-xdist deals out tests one by one, so a lock sees to it.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.faults.scene import Loop, Scene
from tests.pace import Pace
from tests.servers import Academy, OneMachine, Server

# Waiting for the lock counts as a test's time.
PATIENCE_SECONDS = 3_600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They come first: pytest-xdist gives away what stands last in a queue, and these are to stay together."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(PATIENCE_SECONDS))
    items.sort(key=lambda item: here not in item.path.parents)


@pytest.fixture(scope="package", autouse=True)
def one_at_a_time() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / f"homeroom-faults-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="package")
def loop(one_at_a_time: None) -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.stop()


@pytest.fixture(scope="package")
def machine(one_at_a_time: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneMachine]:
    """One machine with a PostgreSQL and a Redis of its own, to be ended and started again."""
    more = {"HOMEROOM_LIMIT_POSTS": "1000000/minute", "HOMEROOM_LIMIT_STREAMS": "5000"}
    with OneMachine(tmp_path_factory.mktemp("faults"), **more) as server:
        yield server


@pytest.fixture(scope="package")
def academy(machine: OneMachine) -> Academy:
    return machine.seed(staff=4, teachers=3, students=30)


@pytest.fixture(scope="package")
def threads() -> Iterator[int]:
    """Numbers of students whose threads no scene has used."""
    return count(0, 3)


Start = Callable[[Server, Academy, int], Scene]


@pytest.fixture
def start(loop: Loop, pace: Pace) -> Iterator[Start]:
    """Set a scene on a server, with three students from this one on; its pages are closed in the end."""
    scenes: list[Scene] = []

    def begin(server: Server, academy: Academy, first: int) -> Scene:
        scenes.append(Scene(server, academy, first, loop, pace))
        return scenes[-1]

    yield begin
    for scene in scenes:
        scene.end()


@pytest.fixture
def scene(start: Start, machine: OneMachine, academy: Academy, threads: Iterator[int]) -> Scene:
    """A scene on one machine."""
    return start(machine, academy, next(threads))
