"""The three modes, each started once for the tests of a module, and people who read and write there."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.live.readers import People, hear
from tests.servers import Academy, Homeroom, ManyMachines, OneMachine, Server
from tests.services import new_database

MODES = {"embedded": Homeroom, "one machine": OneMachine, "many machines": ManyMachines}


@dataclass
class Mode:
    name: str
    server: Server
    academy: Academy


@pytest.fixture(scope="module", params=list(MODES))
def mode(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mode]:
    """A running Homeroom with a small academy of the module's own."""
    data = tmp_path_factory.mktemp("live")
    if request.param == "embedded":
        server: Homeroom | OneMachine = Homeroom(data, students=1)
    else:
        server = MODES[request.param](data, new_database(request.getfixturevalue("postgres")))
    with server:
        academy = server.seed(staff=3, teachers=2, students=9)
        if type(server) is OneMachine:
            for stream in range(len(server.streams)):
                hear(server, academy, stream)
        yield Mode(request.param, server, academy)


@pytest.fixture
def people(mode: Mode) -> Iterator[People]:
    people = People(mode.server, mode.academy)
    yield people
    people.leave()
