"""Scenes of readers and writers on the servers that all tests share."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.faults.scene import Loop, Scene
from tests.pace import Pace
from tests.servers import Academy, OneMachine, Server


@pytest.fixture(scope="package")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.stop()


@pytest.fixture(scope="package")
def machine(one_machine: OneMachine) -> OneMachine:
    return one_machine


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
