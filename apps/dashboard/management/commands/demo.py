"""`manage.py demo`: one command to a living academy."""

import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from apps.accounts.models import User
from apps.dashboard import serving
from apps.dashboard.demo.build import PASSWORD, build

LEAST_STUDENTS = 60


class Command(BaseCommand):
    help = (
        "Make a demo academy (once) and serve it on 127.0.0.1: pages, live streams and background jobs in one process."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the port to serve on (8000)")
        parser.add_argument("--students", type=int, default=LEAST_STUDENTS, help="how many students to make (60)")
        parser.add_argument("--reset", action="store_true", help="delete the demo's data and begin anew")
        parser.add_argument("--no-serve", action="store_true", help="only make the data")

    def handle(self, *, port: int, students: int, reset: bool, no_serve: bool, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("The demo has known passwords: it runs without DATABASE_URL and REDIS_URL only.")
        if students < 1:
            raise CommandError("--students: at least 1.")
        if not no_serve and not serving.port_is_free(port):
            raise CommandError(f"Port {port} is taken. Try another: uv run manage.py demo --port {port + 1}")
        try:
            if reset:
                delete_data()
            check_version()
            call_command("migrate", verbosity=0)
            self.fill(students)
            serving.collect_static()
        except (OSError, sqlite3.Error, DatabaseError) as error:
            raise CommandError(
                f"Can't use the data in {settings.DATA}: {error}. Is it writable? Set HOMEROOM_DATA."
            ) from None
        self.say_how_to_sign_in(port, serving=not no_serve)
        if not no_serve:
            serving.serve(port)

    def fill(self, students: int) -> None:
        """Make the academy, unless there is one."""
        if User.objects.exists():
            return
        columns = (TextColumn("{task.description:18}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(file=self.stdout)) as progress:  # type: ignore[arg-type]
            task = progress.add_task("")
            for what, done, total in build(students):
                progress.update(task, description=what, completed=done, total=total)

    def say_how_to_sign_in(self, port: int, *, serving: bool) -> None:
        """Print the address and the logins."""
        self.stdout.write("\nHomeroom's demo academy: the people and what they say are made up.\n\n")
        if serving:
            self.stdout.write(f"  http://127.0.0.1:{port}/    (Ctrl+C stops)\n\n")
        for who in ("admin", "staff", "teacher", "student"):
            self.stdout.write(f"  {who}@homeroom.test\n")
        self.stdout.write(f"  password: {PASSWORD}\n\n")
        self.stdout.flush()


def delete_data() -> None:
    """Delete the databases of the embedded mode; the secret stays."""
    connection.close()
    for name in ("homeroom.sqlite3", "huey.sqlite3"):
        for suffix in ("", "-wal", "-shm", "-journal"):
            (Path(settings.DATA) / f"{name}{suffix}").unlink(missing_ok=True)


def check_version() -> None:
    """Raise CommandError if a newer or another version of Homeroom made the database; an older one's is migrated."""
    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations)
    ours = {app for app, _ in known}
    if foreign := [name for app, name in loader.applied_migrations if app in ours and (app, name) not in known]:
        raise CommandError(
            f"The database in {settings.DATA} is from another version of Homeroom ({foreign[0]} is unknown here). "
            "Use that version, set HOMEROOM_DATA to another folder, or begin anew with --reset."
        )
