"""The database settles what happens when several change the same students at once."""

import os
import subprocess
import sys
from pathlib import Path

from tests.services import postgres  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parent.parent.parent


def run(tmp_path, **env):
    """Let the people of race.py loose on a database; fails with what they found."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HOMEROOM_", "DJANGO_"))}
    for name in ("DATABASE_URL", "REDIS_URL"):
        clean.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.students.race"],
        cwd=ROOT,
        env={**clean, "HOMEROOM_DATA": str(tmp_path), **env},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3_000:]


def test_on_sqlite_nothing_is_made_twice_or_lost(tmp_path):
    run(tmp_path)


def test_on_postgresql_nothing_is_made_twice_or_lost(tmp_path, postgres):  # noqa: F811
    run(
        tmp_path,
        DATABASE_URL=postgres,
        HOMEROOM_SECRET_KEY="race-of-many-against-one-another-0123456789-abcdefgh",
        HOMEROOM_HOSTS="localhost",
    )
