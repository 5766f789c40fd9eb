"""The ways of serving that the benchmark compares, each started for it on free ports, with data of its own."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg

from tests.elsewhere import ROOT, environment
from tests.servers import Homeroom, wait_for
from tests.services import Redis, free_port, new_database, postgres_server

PROGRAMS = Path(sys.executable).parent
# Threads that are written in, each with a writer of its own.
THREADS = 50
# One process for all streams. Granian takes as many requests at once as its backpressure says: streams are requests.
STREAM_SERVERS = {
    "daphne": "daphne -b 127.0.0.1 -p {port} project.asgi:application",
    "uvicorn": "uvicorn project.asgi:application --host 127.0.0.1 --port {port} --lifespan off --log-level warning",
    "granian": "granian --interface asginl --host 127.0.0.1 --port {port} --backpressure 20000 --backlog 20000"
    " project.asgi:application",
}


@dataclass
class Target:
    """A running server: where its pages and its streams are, who takes part, and what it is made of."""

    pages: int
    streams: int
    people: dict[str, Any]
    processes: list[psutil.Process]
    # Those that hold the streams.
    holding: list[psutil.Process]
    # The database: a path, a PostgreSQL address, or nothing.
    database: str = ""

    def stream_requests(self, count: int) -> list[str]:
        """A request for a stream of each of so many readers, as their pages send it."""
        head = "GET /events/?{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: sessionid={}\r\n{}\r\n\r\n"
        accept = "Accept: text/event-stream\r\nAccept-Encoding: gzip, deflate"
        return [
            head.format(urlencode({"channel": reader["channels"]}, doseq=True), self.streams, reader["session"], accept)
            for reader in self.people["readers"][:count]
        ]

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


@contextmanager
def running(command: str, env: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    """A program of this project for as long as the block lasts."""
    program, *arguments = command.split()
    path = sys.executable if program == "python" else str(PROGRAMS / program)
    with log.open("ab") as output:
        process = subprocess.Popen([path, *arguments], cwd=ROOT, env=env, stdout=output, stderr=output)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def generous() -> dict[str, str]:
    """The variables that keep the limits per person out of the way: a few people here write for hundreds."""
    names = set(re.findall(r'"(HOMEROOM_LIMIT_\w+)"', (ROOT / "project/settings.py").read_text()))
    return {name: "1000000" if name.endswith("STREAMS") else "1000000/minute" for name in names}


def manage(env: dict[str, str], *arguments: str) -> str:
    """What a command of this project prints."""
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-3_000:]}")
    return done.stdout


def make_people(env: dict[str, str], readers: int) -> dict[str, Any]:
    return json.loads(manage(env, "-m", "tests.benchmarks.people", str(readers), str(THREADS)))


@contextmanager
def floor(data: Path, readers: int) -> Iterator[Target]:
    """A bare asyncio server (floor.py): no framework, no database, no permission."""
    port = free_port()
    nobody = {"session": "", "channels": ["all"]}
    people = {"readers": [nobody] * readers, "threads": [{"conversation": n, "session": ""} for n in range(THREADS)]}
    with running(f"python -m tests.benchmarks.floor {port}", environment(data), data / "log") as server:
        wait_for(f"http://127.0.0.1:{port}/healthz", data / "log")
        yield Target(port, port, people, [server], [server])


@contextmanager
def embedded(data: Path, readers: int) -> Iterator[Target]:
    """What `manage.py demo` serves: one process, SQLite."""
    server = Homeroom(data, students=1)
    server.env |= generous()
    people = make_people(server.env, readers)
    with server:
        assert server.process
        process = [psutil.Process(server.process.pid)]
        yield Target(server.port, server.port, people, process, process, str(data / "homeroom.sqlite3"))


@contextmanager
def one_machine(data: Path, readers: int, server: str = "daphne") -> Iterator[Target]:
    """Pages, streams and jobs in processes of their own, with Redis and PostgreSQL between them."""
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server())
        redis = Redis()
        redis.start()
        stack.callback(redis.stop)
        database = new_database(postgres)
        env = environment(data, database, REDIS_URL=redis.url, HOMEROOM_HTTPS="false", **generous())
        manage(env, "manage.py", "migrate", "-v0")
        manage(env, "manage.py", "collectstatic", "--noinput", "-v0")
        people = make_people(env, readers)
        pages, streams = free_port(), free_port()
        procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
        commands = [
            STREAM_SERVERS[server].format(port=streams),
            re.sub(r"\$\{PORT:-\d+\}", str(pages), procfile["web"]),
            procfile["worker"],
        ]
        processes = [stack.enter_context(running(command, env, data / "log")) for command in commands]
        for port in (pages, streams):
            wait_for(f"http://127.0.0.1:{port}/healthz", data / "log")
        yield Target(pages, streams, people, processes, processes[:1], database)


Mode = Callable[[Path, int], Any]


def one_machine_under(server: str) -> Mode:
    """The same with another server for the streams."""
    return lambda data, readers: one_machine(data, readers, server)


MODES: dict[str, Mode] = {
    "floor": floor,
    "embedded": embedded,
    "redis": one_machine,
    "redis-uvicorn": one_machine_under("uvicorn"),
    "redis-granian": one_machine_under("granian"),
}
