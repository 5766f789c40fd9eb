"""The three modes, and people of an academy of each module's own who read and write there."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.live.readers import People, hear
from tests.servers import Academy, OneMachine, Server

STACKS = ("embedded", "one_machine", "many_machines")


@dataclass
class Mode:
    name: str
    server: Server
    academy: Academy


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in STACKS])
def mode(request: pytest.FixtureRequest) -> Mode:
    """A running Homeroom."""
    server = request.getfixturevalue(request.param)
    academy = server.seed(staff=3, teachers=2, students=9)
    if type(server) is OneMachine:
        for stream in range(len(server.streams)):
            hear(server, academy, stream)
    return Mode(request.param, server, academy)


@pytest.fixture
def people(mode: Mode) -> Iterator[People]:
    people = People(mode.server, mode.academy)
    yield people
    people.leave()
