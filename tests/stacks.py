"""Servers in each of the three modes, each started once a session. A test that ends a part of one brings it back."""

from collections.abc import Iterator

import pytest

from tests.faults.size import SIZE
from tests.servers import Homeroom, ManyMachines, OneMachine
from tests.services import new_database

STREAMS_PER_PERSON = SIZE.streams
SEARCHES_PER_PERSON = 5


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeroom]:
    with Homeroom(tmp_path_factory.mktemp("embedded")) as server:
        yield server


@pytest.fixture(scope="session")
def one_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneMachine]:
    """With a PostgreSQL and a Redis to end, nginx that hands files out, and limits low enough to reach."""
    more = {"HOMEROOM_ACCEL": "/media/", "HOMEROOM_LIMIT_STREAMS": str(STREAMS_PER_PERSON)}
    more["HOMEROOM_LIMIT_SEARCH"] = f"{SEARCHES_PER_PERSON}/day"
    with OneMachine(tmp_path_factory.mktemp("one-machine"), **more) as server:
        yield server


@pytest.fixture(scope="session")
def many_machines(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[ManyMachines]:
    """Behind two Pushpins."""
    with ManyMachines(tmp_path_factory.mktemp("many-machines"), new_database(postgres), pushpins=2) as server:
        yield server
