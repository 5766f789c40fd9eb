"""Homeroom as a process of its own, on a free port of loopback and with data of its own."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from tests.elsewhere import ROOT, environment
from tests.services import free_port

PASSWORD = "homeroom"


class Homeroom:
    """The embedded mode, started as its users start it; ended by its process id."""

    def __init__(self, data: Path, students: int = 60) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = environment(data)
        self.process: subprocess.Popen[bytes] | None = None
        # The cookies of who has signed in here, for other browser profiles of theirs.
        self.sessions: dict[str, list[Any]] = {}
        self.manage("demo", "--no-serve", "--students", str(students))

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on the same data; where it must not fail, its complaint is the failure."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-3_000:]}")
        return done

    def start(self) -> None:
        command = [sys.executable, "manage.py", "demo", "--port", str(self.port)]
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
            if self.process.poll() is not None:
                break
        raise RuntimeError(self.log())

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        process, self.process = self.process, None
        if not process:
            return
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise

    def log(self) -> str:
        return (self.data / "server.log").read_text()

    def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """What the database says, read beside the server."""
        with closing(sqlite3.connect(f"file:{self.data / 'homeroom.sqlite3'}?mode=ro", uri=True)) as database:
            return database.execute(sql, arguments).fetchall()

    def __enter__(self) -> "Homeroom":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class OneMachine:
    """The Procfile's three processes on PostgreSQL and Redis: pages under a WSGI server, streams beside them."""

    def __init__(self, data: Path, database: str, redis: str) -> None:
        self.data = data
        self.env = environment(data, database, REDIS_URL=redis, HOMEROOM_HTTPS="false")
        self.web, self.stream = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.web}"
        self.stream_url = f"http://127.0.0.1:{self.stream}"
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str) -> None:
        """Run a command of Python's to its end."""
        subprocess.run([sys.executable, *command], cwd=ROOT, env=self.env, check=True, capture_output=True)

    def __enter__(self) -> "OneMachine":
        self.run("manage.py", "migrate", "-v0")
        self.run("manage.py", "collectstatic", "--noinput", "-v0")
        names = {"${PORT:-8000}": str(self.web), "${STREAM_PORT:-8001}": str(self.stream)}
        for line in (ROOT / "Procfile").read_text().splitlines():
            command = line.partition(":")[2]
            for name, value in names.items():
                command = command.replace(name, value)
            program, *arguments = command.split()
            program = sys.executable if program == "python" else str(Path(sys.executable).parent / program)
            with (self.data / "processes.log").open("ab") as log:
                self.processes.append(
                    subprocess.Popen([program, *arguments], cwd=ROOT, env=self.env, stdout=log, stderr=log)
                )
        for address in (f"{self.url}/readyz", f"{self.stream_url}/readyz"):
            wait_for(address, self.data / "processes.log")
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def wait_for(address: str, log: Path) -> None:
    """Until this address answers 200; a minute at most."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(address, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(log.read_text()[-3000:])
