"""The ways of serving that the benchmark compares, each started for it on free ports, with data of its own."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg

from tests.servers import Academy, Homeroom, ManyMachines, OneMachine, Server
from tests.services import Postgres, free_port, new_database

# Threads that are written in, each with a writer of its own.
THREADS = 50
# A few people here write for hundreds.
GENEROUS = {
    "HOMEROOM_LIMIT_POSTS": "1000000/minute",
    "HOMEROOM_LIMIT_SEARCH": "1000000/minute",
    "HOMEROOM_LIMIT_SUPPORT": "1000000/minute",
    "HOMEROOM_LIMIT_ADDRESS": "1000",
    "HOMEROOM_LIMIT_STREAMS": "1000000",
}
# Granian takes as many requests at once as its backpressure says, and an open stream is a request.
STREAM_SERVERS = {
    "uvicorn": "uvicorn project.asgi:application --host 127.0.0.1 --port ${STREAM_PORT:-8001} --lifespan off"
    " --log-level warning",
    "granian": "granian --interface asginl --host 127.0.0.1 --port ${STREAM_PORT:-8001} --backlog 20000"
    " --backpressure 20000 project.asgi:application",
}


class DurablePostgres(Postgres):
    """As it is used: what was committed has reached the disk."""

    OPTIONS = ("-c", "max_connections=60")


@dataclass
class Target:
    """A running server: the ports of its pages and its streams, who takes part, and what it is made of."""

    pages: int
    streams: int
    academy: Academy
    processes: list[psutil.Process]
    # Those that hold the streams.
    holding: list[psutil.Process]
    # The database: a path, a PostgreSQL address, or nothing.
    database: str = ""

    def stream_requests(self, count: int) -> list[str]:
        """A request for a stream of each of so many readers, as the page of the first thread sends it."""
        head = "GET /events/?{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: sessionid={}\r\n{}\r\n\r\n"
        accept = "Accept: text/event-stream\r\nAccept-Encoding: gzip, deflate"
        student = self.academy.students[0]["id"]
        requests = []
        for number in range(count):
            person = self.academy.people[f"staff{number}"]
            channels = [f"student-{student}", f"student-{student}-staff", f"user-{person['id']}"]
            query = urlencode({"channel": channels}, doseq=True)
            requests.append(head.format(query, self.streams, person["session"], accept))
        return requests

    def writer(self, thread: int) -> tuple[int, str]:
        """Where the writer of a thread writes, and the writer's session."""
        return self.academy.students[thread]["conversation"], self.academy.people[f"staff{thread}"]["session"]

    def memory(self) -> int:
        """Bytes that its processes have for themselves."""
        return sum(process.memory_full_info().uss for process in family(self.processes))

    def threads(self) -> int:
        """Threads of the processes that hold the streams."""
        return sum(process.num_threads() for process in family(self.holding))

    def connections(self) -> int:
        """Connections to the database, of all its processes: PostgreSQL says how many, a file is open so many times."""
        if not self.database:
            return 0
        if self.database.startswith("/"):
            files = (process.open_files() for process in family(self.processes))
            return sum(file.path == self.database for opened in files for file in opened)
        with psycopg.connect(self.database) as database:
            counted = database.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
        return counted[0] if counted else 0


def family(processes: list[psutil.Process]) -> list[psutil.Process]:
    """These processes and all that they started."""
    return [*processes, *(child for process in processes for child in process.children(recursive=True))]


class Floor(Server):
    """A bare asyncio server (floor.py): no framework, no database, nobody is asked who they are."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.port = free_port()

    def __enter__(self) -> "Floor":
        self.launch("server", [sys.executable, "-m", "tests.benchmarks.floor", str(self.port)])
        self.wait_for(f"http://127.0.0.1:{self.port}/healthz")
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


@contextmanager
def floor(data: Path, readers: int) -> Iterator[Target]:
    """The floor, with the people of an academy that isn't there."""
    people = {f"staff{number}": {"id": number, "session": ""} for number in range(max(readers, THREADS))}
    students = [{"id": number, "conversation": number} for number in range(THREADS)]
    with Floor(data) as server:
        processes = found(server)
        yield Target(server.port, server.port, Academy(people, students), processes, processes)


@contextmanager
def embedded(data: Path, readers: int) -> Iterator[Target]:
    """What `manage.py demo` serves: one process, SQLite."""
    server = Homeroom(data, students=1)
    server.env |= GENEROUS
    academy = seed(server, readers)
    with server:
        processes = found(server)
        yield Target(server.port, server.port, academy, processes, processes, str(data / "homeroom.sqlite3"))


@contextmanager
def one_machine(data: Path, readers: int, stream_command: str = "") -> Iterator[Target]:
    """Pages, streams (in one process) and jobs, with Redis and PostgreSQL; each asked directly, without nginx."""
    with (
        DurablePostgres() as address,
        OneMachine(
            data, new_database(address), streams=1, stream_command=stream_command, nice=True, **GENEROUS
        ) as server,
    ):
        academy = seed(server, readers)
        yield Target(server.web, server.streams[0], academy, found(server), found(server, "stream-0"), server.database)


@contextmanager
def many_machines(data: Path, readers: int) -> Iterator[Target]:
    """The same, and Pushpin holds the streams."""
    with (
        DurablePostgres() as address,
        ManyMachines(data, new_database(address), streams=1, nice=True, **GENEROUS) as server,
    ):
        academy = seed(server, readers)
        port, _ = server.pushpins[0]
        yield Target(server.web, port, academy, found(server), found(server, "pushpin-0"), server.database)


def seed(server: Server, readers: int) -> Academy:
    return server.seed(staff=max(readers, THREADS), teachers=0, students=THREADS)


def found(server: Server, *names: str) -> list[psutil.Process]:
    """Its processes (all of them, or those that are named), to be looked into."""
    processes: dict[str, subprocess.Popen[bytes]] = server.processes
    return [psutil.Process(process.pid) for name, process in processes.items() if not names or name in names]


Mode = Callable[[Path, int], Any]


def one_machine_under(server: str) -> Mode:
    """The same with another server for the streams."""
    return lambda data, readers: one_machine(data, readers, STREAM_SERVERS[server])


MODES: dict[str, Mode] = {
    "floor": floor,
    "embedded": embedded,
    "redis": one_machine,
    "redis-uvicorn": one_machine_under("uvicorn"),
    "redis-granian": one_machine_under("granian"),
    "pushpin": many_machines,
}
