"""Homeroom as its own processes, on free ports of loopback and with data of its own: in each of its three modes.

`Homeroom` is the embedded mode; `OneMachine` has nginx in front of the Procfile's processes, with PostgreSQL and Redis;
`ManyMachines` has Pushpin before its streams as well. All three have `url`, `manage()`, `rows()`, `seed()`, `log()`,
`processes` by name, `kill()` and `restart()`.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

import httpx

from project.deploy.render import render
from project.variables import academy
from tests.demo import copy_demo, copy_peopled_demo
from tests.elsewhere import ROOT, environment, make_tables
from tests.once import once
from tests.services import Postgres, Redis, free_port, missing, new_database

PASSWORD = "homeroom"
CSRF = "c" * 32


@dataclass
class Academy:
    """What `seed()` made: people with open sessions, and students with their threads."""

    # By name: staff0, teacher0, student0, …, and admin: id, session.
    people: dict[str, dict[str, Any]]
    # The student of student0 first: id, conversation, teacher (the name of whoever teaches them).
    students: list[dict[str, Any]] = field(default_factory=list)
    # What the names of cookies begin with.
    prefix: str = ""

    def cookies(self, who: str) -> dict[str, str]:
        return {f"{self.prefix}sessionid": self.people[who]["session"], f"{self.prefix}csrftoken": CSRF}

    def headers(self, who: str) -> dict[str, str]:
        """What this person's page sends along with a post."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies(who).items())
        return {"Cookie": cookies, "X-CSRFToken": CSRF, "HX-Request": "true"}


class Server:
    """What the three modes have in common."""

    url: str
    # What the names of its cookies begin with.
    prefix = ""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.env = environment(data)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.commands: dict[str, list[str]] = {}
        # The cookies of who has signed in here, for other browser profiles of theirs.
        self.sessions: dict[str, list[Any]] = {}

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on the same data; where it must not fail, its complaint is the failure."""
        return self.run("manage.py", *arguments, check=check)

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run something of Python's beside the server."""
        done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-3_000:]}")
        return done

    def seed(self, staff: int = 2, teachers: int = 2, students: int = 3) -> Academy:
        """Make people and sign them in, past the limits on signing in; each teacher has a batch of the students."""
        numbers = (str(number) for number in (staff, teachers, students))
        academy = Academy(**json.loads(self.run("-m", "tests.seed", *numbers).stdout), prefix=self.prefix)
        for who in academy.people:
            self.sessions[who] = [
                {"name": name, "value": value, "url": self.url} for name, value in academy.cookies(who).items()
            ]
        return academy

    def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """What the database says, read beside the server; `?` stands for an argument in every mode."""
        raise NotImplementedError

    def launch(self, name: str, command: Iterable[str], **more: str) -> None:
        """Start a process and remember how, so that a fault can end it and have it back."""
        self.commands[name] = [*command]
        with (self.data / "server.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.commands[name], cwd=ROOT, env=self.env | more, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """End a process with -9, and its own children (a server's workers) with it."""
        process = self.processes.pop(name)
        for child in [*children(process.pid), process.pid]:
            with_signal(child, signal.SIGKILL)
        process.wait(10)

    def restart(self, name: str) -> None:
        """Start a process that was ended, with the same command."""
        self.launch(name, self.commands[name])

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End every process, the first one started last; a process that doesn't go is killed and complained about."""
        stubborn = []
        for name in reversed([*self.processes]):
            process = self.processes[name]
            # Granian finishes first what a SIGHUP began: ten seconds for each worker (Procfile). And it forgets a
            # signal that comes in the moment in which it begins that, so it hears it twice.
            for _ in range(2):
                process.send_signal(how)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(60)
                    break
            else:
                # It tells what each of its threads is doing (PYTHONFAULTHANDLER).
                process.send_signal(signal.SIGABRT)
                time.sleep(1)
                self.kill(name)
                stubborn.append(name)
        self.processes.clear()
        if stubborn:
            raise RuntimeError(f"{stubborn} did not end: {self.log()[-10_000:]}")

    def log(self) -> str:
        path = self.data / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_for(self, address: str, status: int = 200) -> None:
        """Until this address answers so; minutes at most, and not when one of the processes has ended."""
        deadline = time.monotonic() + 150
        while time.monotonic() < deadline:
            try:
                if httpx.get(address, timeout=5, verify=False).status_code == status:
                    return
            except httpx.TransportError:
                pass
            if any(process.poll() is not None for process in self.processes.values()):
                break
            time.sleep(0.1)
        raise RuntimeError(self.log()[-3_000:])


class Homeroom(Server):
    """The embedded mode, started as its users start it."""

    def __init__(self, data: Path, students: int = 60, *, newcomers: bool = False) -> None:
        super().__init__(data)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.newcomers: dict[str, list[Any]] = {}
        if newcomers:
            self.newcomers = copy_peopled_demo(data)
        else:
            copy_demo(data, students)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The one process of this mode, while it runs."""
        return self.processes.get("server")

    def start(self) -> None:
        self.launch("server", [sys.executable, "manage.py", "demo", "--port", str(self.port)])
        self.wait_for(f"{self.url}/healthz")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.end(how)

    def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.data / 'homeroom.sqlite3'}?mode=ro", uri=True)) as database:
            return database.execute(sql, arguments).fetchall()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def link_static(data: Path) -> None:
    """Give a place the static files, which are collected once in a run."""

    def collect(folder: Path) -> None:
        command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
        subprocess.run(command, cwd=ROOT, env=environment(folder), check=True)

    (data / "static").symlink_to(once("static", collect) / "static")


class OneMachine(Server):
    """The Procfile's processes behind nginx, the streams twice, on PostgreSQL and Redis of their own or given ones.

    The processes are web, stream-0, stream-1, worker and nginx. `url` is nginx; `web_url` and `stream_urls` are what is
    behind it. `stream_command` replaces the Procfile's line for streams, `more` adds to the environment. With
    `tls`, nginx ends TLS with a certificate of its own, and speaks HTTP/2 as in production. The worker gives way to the
    pages only with `nice`: beside other tests it would hardly get a turn. A given database is emptied, unless `tables`
    is false: then it is used as it is.
    """

    def __init__(
        self,
        data: Path,
        database: str = "",
        redis: Redis | None = None,
        *,
        streams: int = 2,
        stream_command: str = "",
        tls: bool = False,
        nice: bool = False,
        tables: bool = True,
        **more: str,
    ) -> None:
        super().__init__(data)
        self.nice, self.tables = nice, tables
        self.stack = ExitStack()
        self.postgres = None if database else Postgres()
        self.database = database
        self.redis = redis or Redis()
        self.own_redis = redis is None
        self.more = more
        self.stream_command = stream_command
        self.web = free_port()
        self.streams = [free_port() for _ in range(streams)]
        self.front = free_port()
        self.plain = free_port()
        self.tls = tls
        self.prefix = "__Host-" if tls else ""
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.front}"
        self.web_url = f"http://127.0.0.1:{self.web}"
        self.stream_urls = [f"http://127.0.0.1:{port}" for port in self.streams]
        # Unix sockets have short names; pytest's folders don't.
        self.run_folder = Path(mkdtemp(prefix="homeroom-"))

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.end()
        finally:
            self.stack.close()
            shutil.rmtree(self.run_folder, ignore_errors=True)

    def _start(self) -> None:
        if self.postgres:
            self.database = self.stack.enter_context(self.postgres)
        if self.own_redis:
            self.stack.enter_context(self.redis)
        https = {"HOMEROOM_HTTPS": str(self.tls).lower(), "HOMEROOM_URL": self.url}
        self.env = environment(self.data, self.database, REDIS_URL=self.redis.url, **https, **self.settings())
        if self.postgres:
            self.database = new_database(self.database)
            self.env["DATABASE_URL"] = self.database
        if self.tables:
            make_tables(self.data, self.database)
        link_static(self.data)
        lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
        stream = self.stream_command or lines["stream"]
        self.launch("web", command(lines["web"], PORT=str(self.web)))
        for number, port in enumerate(self.streams):
            self.launch(f"stream-{number}", command(stream, STREAM_PORT=str(port)))
        self.launch("worker", command(lines["worker"] if self.nice else lines["worker"].removeprefix("nice ")))
        self.before_nginx()
        self._nginx()
        for address in (self.web_url, *self.stream_urls, self.url):
            self.wait_for(f"{address}/healthz")

    @property
    def topic(self) -> str:
        """Where its processes talk in Redis."""
        return f"homeroom:{academy(self.database.rpartition('/')[2])}:events:0"

    def settings(self) -> dict[str, str]:
        """Further variables of the environment."""
        return self.more

    def before_nginx(self) -> None:
        """What stands between nginx and the streams is started here."""

    def fronts(self) -> list[int]:
        """The ports that nginx passes streams to."""
        return self.streams

    def _nginx(self) -> None:
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or missing(
            "nginx", "sudo apt-get install -y nginx-light"
        )
        (self.data / "media").mkdir(exist_ok=True)
        self.configure(
            "nginx.conf",
            LISTEN=f"127.0.0.1:{self.front}{' ssl http2' if self.tls else ''}",
            LISTEN_PLAIN=f"127.0.0.1:{self.plain}",
            TLS=self._certificate() if self.tls else "",
            HOST=f"$host:{self.front}",
            WEB=f"server 127.0.0.1:{self.web} max_fails=0;",
            STREAM=" ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in self.fronts()),
        )
        # Its workers must read what pytest made for this user alone.
        user = "user root; " if os.geteuid() == 0 else ""
        self.launch(
            "nginx",
            [str(program), "-c", str(self.run_folder / "nginx.conf"), "-g", f"{user}daemon off;", "-e", "stderr"],
        )

    def _certificate(self) -> str:
        """A certificate that nobody but these tests believes, as nginx is told of it."""
        key, certificate = self.run_folder / "tls.key", self.run_folder / "tls.crt"
        new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        made = [*new, "-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
        openssl = shutil.which("openssl") or missing("OpenSSL", "sudo apt-get install -y openssl")
        subprocess.run([openssl, *made], check=True, capture_output=True)
        return f"ssl_certificate {certificate}; ssl_certificate_key {key};"

    def configure(self, name: str, **values: str) -> None:
        """Write a configuration of project/deploy, with the folders and ports of these tests."""
        folder = str(self.run_folder)
        values |= {"RUN": folder, "LOGS": folder, "DATA": str(self.data), "ZURL": folder}
        (self.run_folder / name).write_text(render(name, values))

    def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(self.database, connect_timeout=10) as connection:
            # psycopg reads % as the beginning of a placeholder, which SQLite does not.
            return connection.execute(sql.replace("%", "%%").replace("?", "%s"), arguments).fetchall()


class ManyMachines(OneMachine):
    """The same with Pushpin, which holds the streams, between nginx and the stream processes.

    Further processes: zurl-0, pushpin-0, and so on for each of the Pushpins.
    """

    GRIP_KEY = "a key of the tests"

    def __init__(self, data: Path, database: str = "", redis: Redis | None = None, *, pushpins: int = 1, **more: Any):
        super().__init__(data, database, redis, **more)
        self.pushpins = [(free_port(), free_port()) for _ in range(pushpins)]

    def settings(self) -> dict[str, str]:
        key = self.GRIP_KEY.replace(" ", "%20")
        addresses = [f"http://127.0.0.1:{control}/?key={key}" for _, control in self.pushpins]
        return {"GRIP_URL": ",".join(addresses)} | self.more

    def fronts(self) -> list[int]:
        return [port for port, _ in self.pushpins]

    def before_nginx(self) -> None:
        install = "sudo apt-get install -y pushpin zurl"
        pushpin = shutil.which("pushpin") or missing("Pushpin", install)
        zurl = shutil.which("zurl") or missing("zurl", install)
        common = self.run_folder
        for number, (port, control) in enumerate(self.pushpins):
            # One folder for each: their sockets have the same names.
            self.run_folder = common / str(number)
            self.run_folder.mkdir()
            self.configure("zurl.conf")
            self.configure("pushpin.routes", PUSHPIN_TARGETS=" ".join(f"127.0.0.1:{port}" for port in self.streams))
            self.configure(
                "pushpin.conf",
                GRIP_KEY=self.GRIP_KEY,
                PUSHPIN_LISTEN=f"127.0.0.1:{port}",
                PUSHPIN_PUSH=f"tcp://127.0.0.1:{free_port()}",
                PUSHPIN_CONTROL_PORT=str(control),
                PUSHPIN_SUB=f"tcp://127.0.0.1:{free_port()}",
                PUSHPIN_COMMAND=f"tcp://127.0.0.1:{free_port()}",
            )
            self.launch(f"zurl-{number}", [str(zurl), "--loglevel=1", f"--config={self.run_folder}/zurl.conf"])
            self.launch(f"pushpin-{number}", [str(pushpin), "-m", f"--config={self.run_folder}/pushpin.conf"])
        self.run_folder = common
        for port, _ in self.pushpins:
            self.wait_for(f"http://127.0.0.1:{port}/healthz")


def command(line: str, **values: str) -> list[str]:
    """A line of the Procfile as a command, its `${NAME:-default}` filled in."""
    filled = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: values.get(found[1], found[2]), line)
    here = Path(sys.executable).parent
    return [
        str(here / word) if number < 2 and (here / word).is_file() else word
        for number, word in enumerate(filled.split())
    ]


def children(pid: int) -> list[int]:
    """The processes that a process started, and theirs."""
    found = []
    # What ends meanwhile has none.
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
    return found


def with_signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process, which may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
