"""Code on an empty database of its own, in a process of its own: races need real connections and real commits."""

import os
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
    env |= {"HOMEROOM_DATA": str(data), "DJANGO_SETTINGS_MODULE": "project.settings"}
    if database or "REDIS_URL" in more:
        env |= {"HOMEROOM_HOSTS": "127.0.0.1,localhost", "HOMEROOM_SECRET_KEY": os.urandom(40).hex()}
        env["EMAIL_URL"] = "console:"
    if database:
        env["DATABASE_URL"] = database
    return env | more


class Elsewhere:
    """Runs modules of the tests on one database: `elsewhere("tests.billing.race", "pay", "300")`."""

    def __init__(self, data: Path, database: str = "") -> None:
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
