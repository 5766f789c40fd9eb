"""The same code on a database of its own, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.services import postgres  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parents[2]
Elsewhere = Callable[..., list[str]]


def elsewhere(data: Path, database: str = "") -> Elsewhere:
    """Runs a verb of `elsewhere.py` on an empty database and returns the lines that it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOMEROOM_", "DJANGO_"))}
    env = kept | {"HOMEROOM_DATA": str(data), "DJANGO_SETTINGS_MODULE": "project.settings"}
    if database:
        env |= {"DATABASE_URL": database, "HOMEROOM_HOSTS": "localhost", "HOMEROOM_SECRET_KEY": os.urandom(40).hex()}

    def run(*arguments: str) -> list[str]:
        command = [sys.executable, "-m", "tests.billing.elsewhere", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout.splitlines()

    return run


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Elsewhere:
    return elsewhere(tmp_path)


@pytest.fixture
def on_postgres(tmp_path: Path, postgres: str) -> Elsewhere:  # noqa: F811 - the fixture
    import psycopg

    name = f"billing_{tmp_path.parent.name}_{tmp_path.name}".replace("-", "_").lower()[-60:]
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return elsewhere(tmp_path, postgres.rsplit("/", 1)[0] + f"/{name}")


@pytest.fixture(params=["on_sqlite", "on_postgres"])
def on_either(request) -> Elsewhere:
    return request.getfixturevalue(request.param)
