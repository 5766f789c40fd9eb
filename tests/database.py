"""A pytest plugin, for what has to be there before Django reads its settings.

One PostgreSQL server serves a whole run: on it the tests of one process have their databases. The process that was
started begins it and ends it; pytest-xdist's workers find its address in their environment, and pytest-django makes a
database for each. Where PostgreSQL isn't installed, or with `--sqlite`, the tests run on SQLite in memory.

Compiled modules are kept, even where the environment says otherwise: tests start hundreds of processes, each of which
would compile Django again.
"""

import os
import sys
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
    keep_compiled()
    wanted = not early_config.known_args_namespace.sqlite and find_postgres("initdb")
    if wanted and ADDRESS not in os.environ:
        server = early_config.stash[SERVER] = Postgres()
        os.environ[ADDRESS] = server.__enter__()
    return (yield)


def keep_compiled() -> None:
    """Here and in all processes that are started from here."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(SERVER, None):
        server.__exit__()
        del os.environ[ADDRESS]
