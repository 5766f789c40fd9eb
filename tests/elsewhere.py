"""Code on an empty database of its own, in a process of its own: races need real connections and real commits."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def environment(data: Path, database: str = "", **more: str) -> dict[str, str]:
    """The environment of a Homeroom with this data folder, and this database instead of SQLite's file."""
    settings = ("HOMEROOM_", "DJANGO_", "DATABASE_URL", "REDIS_URL", "GRIP_URL", "EMAIL_URL")
    env = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    env |= {"HOMEROOM_DATA": str(data), "DJANGO_SETTINGS_MODULE": "project.settings", "PYTHONFAULTHANDLER": "1"}
    if database or "REDIS_URL" in more:
        env |= {"HOMEROOM_HOSTS": "127.0.0.1,localhost", "HOMEROOM_SECRET_KEY": os.urandom(40).hex()}
        env["EMAIL_URL"] = "console:"
    if database:
        env["DATABASE_URL"] = database
    return env | more


# What was migrated once in this process, to be copied: a file ("") and a database on each PostgreSQL server.
MIGRATED: dict[str, str] = {}


def make_tables(data: Path, database: str = "") -> None:
    """Make the tables of an empty database: the first time by migrating, later by copying what was made then."""
    server, _, name = database.rpartition("/")
    file = data / "homeroom.sqlite3"
    if known := MIGRATED.get(server):
        if database:
            _ask(server, f'DROP DATABASE "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{known}"')
        else:
            shutil.copyfile(known, file)
        return
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=ROOT, env=environment(data, database), check=True)
    if database:
        MIGRATED[server] = f"{name}_tables"
        _ask(server, f'CREATE DATABASE "{MIGRATED[server]}" TEMPLATE "{name}"')
    else:
        MIGRATED[server] = shutil.copyfile(file, data.parent / "tables.sqlite3")


def _ask(server: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


class Elsewhere:
    """Runs modules of the tests on one database: `elsewhere("tests.billing.race", "pay", "300")`."""

    def __init__(self, data: Path, database: str = "") -> None:
        self.data, self.database = data, database
        self.env = environment(data, database)

    def __call__(self, module: str, *arguments: str) -> list[str]:
        """The lines that it prints; fails with what it complained about."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=290,
        )
        assert done.returncode == 0, done.stderr[-3_000:]
        return done.stdout.splitlines()


def at_once[T](*deeds: Callable[[], T], refusals: tuple[type[Exception], ...] = ()) -> list[T | Exception]:
    """Do all of it at the same moment, each on a connection of its own: what each returned, or how it was refused."""
    from django.db import connection

    ready = threading.Barrier(len(deeds))

    def act(deed: Callable[[], T]) -> T | Exception:
        try:
            connection.ensure_connection()
            ready.wait(120)
            return deed()
        except refusals as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(act, deeds))
