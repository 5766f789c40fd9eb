"""The demo academy, made once in a run of the tests and copied for each server that wants one."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.elsewhere import ROOT, environment, make_tables
from tests.once import once


@dataclass(frozen=True)
class Newcomer:
    """A person of one test's own, with an open session.

    A student has a record and a thread; of those whom a teacher teaches there are the same, and what they are called.
    """

    who: str
    id: int
    name: str
    session: str
    student: int = 0
    conversation: int = 0
    taught: list[dict[str, Any]] = field(default_factory=list)
    # Of a learner: a course of three lessons, and who teaches it.
    course: int = 0
    lessons: list[int] = field(default_factory=list)
    teacher: str = ""


# The next newcomer of a kind: a student, teacher, staff, careful staff or careful student; a batch is its number.
Newcomers = Callable[[str], Any]


def copy_demo(data: Path, students: int = 60) -> None:
    """Put the demo academy into this folder, as `manage.py demo --no-serve` makes it."""
    _copy(once(f"demo-{students}", lambda folder: _make(folder, students)), data)


def copy_peopled_demo(data: Path) -> dict[str, list[Any]]:
    """Put the demo academy with its newcomers into this folder; the newcomers by kind."""

    def make(folder: Path) -> None:
        copy_demo(folder)
        command = [sys.executable, "-m", "tests.newcomers"]
        done = subprocess.run(command, cwd=ROOT, env=environment(folder), check=True, stdout=subprocess.PIPE)
        (folder / "newcomers.json").write_bytes(done.stdout)

    _copy(once("peopled", make), data)
    people = json.loads((data / "newcomers.json").read_text())
    return {
        kind: [Newcomer(**one) if isinstance(one, dict) else one for one in group] for kind, group in people.items()
    }


def _make(folder: Path, students: int) -> None:
    # Copied: to migrate takes twice as long as all the rest.
    make_tables(folder)
    # As people start it who say nothing of students.
    number = [] if students == 60 else ["--students", str(students)]
    command = [sys.executable, "manage.py", "demo", "--no-serve", *number]
    subprocess.run(command, cwd=ROOT, env=environment(folder), check=True, stdout=subprocess.DEVNULL)


def _copy(folder: Path, data: Path) -> None:
    shutil.copytree(folder, data, dirs_exist_ok=True)
