"""`manage.py demo`: one command to a living academy."""

import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader
from huey.contrib.djhuey import HUEY
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from apps.accounts.models import User
from apps.dashboard import serving
from apps.dashboard.demo.build import PASSWORD, build

STUDENTS = 60
MOST_STUDENTS = 100_000


class Command(BaseCommand):
    help = (
        "Make a demo academy (once) and serve it on 127.0.0.1: pages, live streams and background jobs in one process."
    )

    # They open the database; what is wrong with it is for `prepare` to say. The test suite runs them.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the port to serve on (8000)")
        parser.add_argument("--students", type=int, default=STUDENTS, help="how many students to make (60)")
        parser.add_argument("--reset", action="store_true", help="delete the demo's data and begin anew")
        parser.add_argument("--no-serve", action="store_true", help="only make the data")

    def handle(self, *, port: int, students: int, reset: bool, no_serve: bool, **options: Any) -> None:
        check_options(port, students, serve=not no_serve)
        # Data that is only looked at, or made, beside a running server does no harm.
        with serving.alone(Path(settings.DATA)) as alone:
            if not alone and (reset or not no_serve):
                raise CommandError(f"Homeroom is running on the data in {settings.DATA}. Stop it first (Ctrl+C).")
            try:
                self.prepare(students, reset=reset)
            except KeyboardInterrupt:
                raise CommandError("Stopped. The next start goes on from here.", returncode=130) from None
            if no_serve:
                self.say_how_to_sign_in()
            else:
                serving.serve(port, ready=lambda: self.say_how_to_sign_in(port))

    def prepare(self, students: int, *, reset: bool) -> None:
        """Bring the database and the static files to where a server can start; raises CommandError with the reason."""
        try:
            if reset:
                delete_data()
            check_version()
            call_command("migrate", verbosity=0)
            self.fill(students)
            serving.collect_static()
        except InconsistentMigrationHistory as error:
            raise other_version(str(error)) from None
        except (OSError, sqlite3.Error, DatabaseError) as error:
            raise CommandError(
                f"Can't use the data in {settings.DATA} ({error}). Set HOMEROOM_DATA to a folder that you may write in,"
                " or begin anew with --reset."
            ) from None

    def fill(self, students: int) -> None:
        """Make the academy, unless there is one."""
        if User.objects.exists():
            return
        columns = (TextColumn("{task.description:18}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(file=self.stdout)) as progress:  # type: ignore[arg-type]
            task = progress.add_task("")
            for what, done, total in build(students):
                progress.update(task, description=what, completed=done, total=total)

    def say_how_to_sign_in(self, port: int | None = None) -> None:
        """Print the logins, and the address where there is one."""
        self.stdout.write("\nHomeroom's demo academy: the people and what they say are made up.\n\n")
        if port:
            self.stdout.write(f"  http://127.0.0.1:{port}/    (Ctrl+C stops)\n\n")
        for who in ("admin", "staff", "teacher", "student"):
            self.stdout.write(f"  {who}@homeroom.test\n")
        self.stdout.write(f"  password: {PASSWORD}\n\n")
        self.stdout.flush()


def check_options(port: int, students: int, *, serve: bool) -> None:
    """Raise CommandError at what the demo can't do, before it does anything."""
    if not settings.EMBEDDED:
        raise CommandError("The demo has known passwords: it runs without DATABASE_URL and REDIS_URL only.")
    if not 1 <= students <= MOST_STUDENTS:
        raise CommandError(f"--students: 1 to {MOST_STUDENTS:,}.")
    if not 1 <= port <= 65_535:
        raise CommandError("--port: 1 to 65535.")
    if serve and (reason := serving.why_not(port)):
        other = port + 1 if port < 65_535 else 8000
        raise CommandError(f"Port {port} {reason}. Try another: uv run manage.py demo --port {other}")


def delete_data() -> None:
    """Delete the database of the embedded mode and what waits in the queue; the secret stays."""
    connection.close()
    for suffix in ("", "-wal", "-shm", "-journal"):
        (Path(settings.DATA) / f"homeroom.sqlite3{suffix}").unlink(missing_ok=True)
    # The queue's file is open in this process: it is emptied, not deleted.
    HUEY.flush()


def check_version() -> None:
    """Raise CommandError if a newer or another version of Homeroom made the database; an older one's is migrated."""
    loader = MigrationLoader(connection)
    if foreign := sorted(set(loader.applied_migrations) - set(loader.disk_migrations)):
        raise other_version(f"{'.'.join(foreign[0])} is unknown here")
    loader.check_consistent_history(connection)


def other_version(reason: str) -> CommandError:
    """What to say of a database that this version can't use."""
    return CommandError(
        f"The database in {settings.DATA} is from another version of Homeroom ({reason}). "
        "Use that version, set HOMEROOM_DATA to another folder, or begin anew with --reset."
    )
