"""A pytest plugin: one PostgreSQL server for a whole run, on which the tests of one process have their databases.

The process that was started begins it before Django reads its settings, and ends it; pytest-xdist's workers find its
address in their environment, and pytest-django makes a database for each. Where PostgreSQL isn't installed, or with
`--sqlite`, the tests run on SQLite in memory.
"""

import os
from collections.abc import Generator

import pytest

from tests.once import share
from tests.services import ADDRESS, Postgres, find_postgres

SERVER = pytest.StashKey[Postgres]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sqlite", action="store_true", help="run the tests of one process on SQLite")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    share()
    wanted = not early_config.known_args_namespace.sqlite and find_postgres("initdb")
    if wanted and ADDRESS not in os.environ:
        server = early_config.stash[SERVER] = Postgres()
        os.environ[ADDRESS] = server.__enter__()
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(SERVER, None):
        server.__exit__()
        del os.environ[ADDRESS]
