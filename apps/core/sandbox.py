"""Where everything that people send is decoded: in a process of its own, which may do little and not for long.

Decoders are written for speed, and what people send is written by whoever likes to. So no process that serves pages, or
that has the database's password, reads a picture or an archive itself. `run` starts `apps.core.sandboxed`, which gets
the file and an empty environment, and has limits on memory, on processor time, on time altogether, on what it writes,
and no network where the system allows that to be taken away. What is wrong with a file ends that process, not this one.
"""

import json
import logging
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from apps.core.sandboxed.main import main; main()"
MB = 1_000_000

log = logging.getLogger("homeroom.sandbox")


class Refused(Exception):  # noqa: N818 - said of the file
    """The file can't be used: `code` is why, by the names of `apps.core.sandboxed`, and `facts` are about it."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Busy(Exception):  # noqa: N818 - nothing is wrong
    """Another file is being read at this moment, for longer than somebody should wait."""


class Failed(Exception):  # noqa: N818 - it may work next time
    """The process ended without an answer, which another try may have."""


class Answer(NamedTuple):
    """What is known of a file, and the files that were made of it."""

    facts: dict[str, Any]
    files: list[bytes]


@dataclass(frozen=True)
class Limits:
    """What the process may use: bytes of memory and of what it writes, seconds of a processor; how far it gives way."""

    memory: int
    cpu: int
    output: int
    niceness: int


@dataclass(frozen=True)
class Place:
    """One file at a time is read here; the next one waits for `patience` seconds (None: for as long as it takes)."""

    limits: Limits
    # From beginning to end: on a busy machine there is less than one processor.
    seconds: float
    patience: float | None
    free: threading.Lock


# What a request waits for, and what nobody waits for. Each process of Homeroom has both once.
REQUEST = Place(Limits(512 * MB, 5, 8 * MB, 0), 45, 20, threading.Lock())
BACKGROUND = Place(Limits(768 * MB, 40, 64 * MB, 10), 120, None, threading.Lock())


def run(function: str, file: IO[bytes], place: Place, **arguments: Any) -> Answer:
    """What a function of `apps.core.sandboxed` says of a file, from its beginning; raises Refused, Busy or Failed."""
    with _turn(place), _reopened(file) as source, TemporaryFile() as said, TemporaryFile() as complaint:
        asked = json.dumps({"function": function, "limits": asdict(place.limits), "arguments": arguments})
        command = [sys.executable, "-I", "-B", "-c", START, asked]
        try:
            done = subprocess.run(  # noqa: S603 - nothing of the command is anybody's input
                command, stdin=source, stdout=said, stderr=complaint, env={}, cwd="/", timeout=place.seconds
            )
        except subprocess.TimeoutExpired:
            log.warning("%s was ended: it took longer than %s seconds", function, place.seconds)
            raise Failed from None
        if done.returncode:
            complaint.seek(0)
            _tell(function, done.returncode, complaint.read(100_000).decode(errors="replace"))
        return _answer(said)


@contextmanager
def _turn(place: Place) -> Iterator[None]:
    """Wait until no other file is read here."""
    if not place.free.acquire(timeout=-1 if place.patience is None else place.patience):
        raise Busy
    try:
        yield
    finally:
        place.free.release()


@contextmanager
def _reopened(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The same file, open once more: where the other process is in it is none of this one's concern."""
    try:
        file.flush()
        again: IO[bytes] = Path(f"/proc/self/fd/{file.fileno()}").open("rb")  # noqa: SIM115
    except (AttributeError, OSError):
        again = TemporaryFile()  # noqa: SIM115
        file.seek(0)
        shutil.copyfileobj(file, again)
        again.seek(0)
    with again:
        yield again


def _tell(function: str, code: int, complaint: str) -> None:
    """Raise what this end of the process means."""
    if code == -signal.SIGXCPU:
        log.warning("%s was ended: it took too much of the processor", function)
        raise Refused("slow")
    if "MemoryError" in complaint:
        raise Refused("memory")
    log.error("%s ended with %s: %s", function, code, complaint[-2_000:])
    raise Failed


def _answer(said: IO[bytes]) -> Answer:
    said.seek(0)
    head = json.loads(said.readline())
    if code := head["facts"].pop("refused", ""):
        raise Refused(code, **head["facts"])
    return Answer(head["facts"], [said.read(size) for size in head["sizes"]])
