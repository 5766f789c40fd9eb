"""What is made once in a run of the tests, by the first of its processes that asks, and copied by the others."""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

# Where all processes of a run find each other's work. The process that began the run sets it before its workers start.
SHARED = "TESTS_SHARED"


def share() -> Path:
    """The folder of this run; a program that isn't part of a run gets one of its own."""
    if SHARED not in os.environ:
        os.environ[SHARED] = tempfile.mkdtemp(prefix="homeroom-tests-")
        atexit.register(shutil.rmtree, os.environ[SHARED], ignore_errors=True)
    return Path(os.environ[SHARED])


def once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` has filled, in this process or in another one of the run."""
    folder = share() / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half = folder.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            make(half)
            half.rename(folder)
    return folder
