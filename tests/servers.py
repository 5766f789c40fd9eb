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
        self.manage("demo", "--no-serve", "--students", str(students))

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on the same data."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            check=check,
            capture_output=True,
            text=True,
        )

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
