"""Programs that some tests need, each started for them on a free port and ended afterwards."""

import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, Self

import pytest

from tests.elsewhere import TABLES, migrate
from tests.once import once

# Where processes of a run find its PostgreSQL server (tests/database.py).
ADDRESS = "TEST_DATABASE_URL"
POSTGRES = "sudo apt-get install -y postgresql"


# Below Linux' range for connections going out (32768 and up). Each process of the tests has some of its own, and gives
# none away twice: a server is given its port long before it listens on it.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
PORTS = itertools.cycle(random.sample(range(15_000 + 2_000 * WORKER, 17_000 + 2_000 * WORKER), 2_000))


def free_port() -> int:
    """A port on the loopback interface that nobody listens on now, and that nobody else is given."""
    for port in PORTS:
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")


def missing(program: str, install: str) -> NoReturn:
    """Skip for want of a program, saying how to get it; where tests must not be skipped (CI=true), fail."""
    reason = f"{program} is missing: {install}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def find_postgres(name: str) -> str:
    """The path of one of PostgreSQL's programs, which Debian keeps out of PATH; empty where there is none."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return shutil.which(name) or (str(versions[-1]) if versions else "")


def postgres_program(name: str) -> str:
    """The path of one of PostgreSQL's programs; skips where there is none."""
    return find_postgres(name) or missing("PostgreSQL", POSTGRES)


class Postgres:
    """A PostgreSQL server of one's own, which can be stopped and started again on the same port.

    Beside its empty database it has one with Homeroom's tables, to be copied (`make_tables()`). PostgreSQL refuses to
    run as root, so root starts it as the user that Debian's package makes.
    """

    # Tests needn't wait for the disk.
    # Just-in-time compiling costs seconds where tables are small and were never analysed.
    OPTIONS = ("-F", "-c", "max_connections=200", "-c", "jit=off")

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"postgres://homeroom@127.0.0.1:{self.port}/postgres"
        self.process: subprocess.Popen[bytes] | None = None
        self.folder = Path()
        root = os.geteuid() == 0
        self.who: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if root else {}

    def __enter__(self) -> str:
        """Its address, once it answers."""
        self._make_folder()
        try:
            made = once("postgres", self._make_server)
            # As it is, owner and all.
            subprocess.run(["cp", "-a", made / "data", self.folder / "data"], check=True)
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self.url

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_folder(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="homeroom-postgres-"))
        if self.who:
            shutil.chown(self.folder, "postgres", "postgres")

    @classmethod
    def _make_server(cls, folder: Path) -> None:
        """Put the files of a server with tables into this folder."""
        server = Postgres()
        server._make_folder()
        options = ["-U", "homeroom", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        command = [postgres_program("initdb"), "-D", server.folder / "data", *options]
        try:
            subprocess.run(command, check=True, cwd=server.folder, stdout=subprocess.DEVNULL, **server.who)
            server.start()
            with tempfile.TemporaryDirectory() as data:
                migrate(Path(data), new_database(server.url, TABLES))
            server.stop()
            subprocess.run(["cp", "-a", server.folder / "data", folder / "data"], check=True)
        finally:
            server.__exit__()

    def start(self) -> None:
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", self.folder, *self.OPTIONS]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [postgres_program("postgres"), "-D", self.folder / "data", *options],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **self.who,
            )
        _wait_for_postgres(self.url, self.process, self.folder / "log")

    def stop(self) -> None:
        """End it as a restart does: connections are cut, transactions under way rolled back."""
        process, self.process = self.process, None
        if process:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait_for_postgres(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    for _ in range(1_200):
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            try:
                server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def new_database(address: str, name: str = "") -> str:
    """The address of another empty database on the same server."""
    import psycopg

    name = name or f"test_{uuid.uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{address.rsplit('/', 1)[0]}/{name}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an empty database, on the PostgreSQL server of the whole run where it has one."""
    if address := os.environ.get(ADDRESS):
        yield new_database(address)
    else:
        with Postgres() as address:
            yield address


class Redis:
    """A Redis server of one's own, which can be ended, made to hang, and started again on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server") or missing("Redis", "sudo apt-get install -y redis-server")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([str(program), *options], cwd="/tmp", stdout=subprocess.DEVNULL)
        for _ in range(1_200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("Redis did not start")

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def hang(self) -> None:
        """Answer nothing any more, and keep every connection open."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after a hang."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@pytest.fixture
def redis_server() -> Iterator[Redis]:
    """A running Redis."""
    with Redis() as server:
        yield server
