"""Code on an empty database of its own, in a process of its own: races need real connections and real commits."""

import importlib
import json
import os
import runpy
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.once import once

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
        # A production start asks for a Redis, which not every test uses: this one is nobody's.
        env |= {"DATABASE_URL": database, "REDIS_URL": "redis://127.0.0.1:1/0"}
    return env | more


# The database of each PostgreSQL server of the tests that has all tables and no rows (tests/services.py).
TABLES = "homeroom_tables"


def make_tables(data: Path, database: str = "") -> None:
    """Make the tables of an empty database: copies of what was migrated once in this run."""
    server, _, name = database.rpartition("/")
    if database:
        _ask(server, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{TABLES}"')
    else:
        shutil.copyfile(once("tables", migrate) / "homeroom.sqlite3", data / "homeroom.sqlite3")


def migrate(data: Path, database: str = "") -> None:
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=ROOT, env=environment(data, database), check=True)


def _ask(server: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


class Elsewhere:
    """Runs modules of the tests on one database, the same for all of a session, with tables or empty at first.

    Django is loaded once: a server process waits for calls and forks for each of them.
    """

    def __init__(self, data: Path, database: str = "", **more: str) -> None:
        self.data, self.database = data, database
        self.env = environment(data, database, **more)
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        # Unix sockets have short names; pytest's folders don't.
        self.socket = Path(self.stack.enter_context(TemporaryDirectory(prefix="homeroom-"))) / "calls"
        command = [sys.executable, "-m", "tests.elsewhere", str(self.socket)]
        self.server = subprocess.Popen(command, cwd=ROOT, env=self.env)
        while not self.socket.exists():
            assert self.server.poll() is None, "the server of isolated databases did not start"
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.kill()
        self.server.wait()
        self.stack.close()

    def clear(self, *, tables: bool) -> Self:
        """An empty database, or one with nothing but tables, and no file of an earlier test."""
        for path in self.data.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name.startswith("homeroom.sqlite3"):
                path.unlink()
        server, _, name = self.database.rpartition("/")
        if server:
            _ask(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if tables:
            make_tables(self.data, self.database)
        elif server:
            _ask(server, f'CREATE DATABASE "{name}"')
        return self

    def __call__(self, module: str, *arguments: str) -> list[str]:
        """The lines that it prints: `elsewhere("tests.billing.race", "pay", "300")`; fails with its traceback."""
        with socket.socket(socket.AF_UNIX) as call:
            call.settimeout(290)
            call.connect(str(self.socket))
            with call.makefile("rw") as pipe:
                print(json.dumps([module, *arguments]), file=pipe, flush=True)
                said, failure = json.load(pipe)
        assert not failure, failure[-3_000:]
        return said.splitlines()


class Call(socketserver.StreamRequestHandler):
    """One module, run in a fork of the server, which has never been connected to a database."""

    def handle(self) -> None:
        from django.db import connections

        sys.argv = json.loads(self.rfile.readline())
        with redirect_stdout(StringIO()) as said:
            try:
                runpy.run_module(sys.argv[0], run_name="__main__")
            finally:
                failure = traceback.format_exc() if sys.exception() else ""
                connections.close_all()
                self.wfile.write(json.dumps([said.getvalue(), failure]).encode())


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    max_children = 8


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


if __name__ == "__main__":
    import django

    django.setup()
    importlib.import_module("project.urls")  # And with it all views and actions.
    with Server(sys.argv[1], Call) as server:
        server.serve_forever()
