"""The embedded mode: pages, streams and background jobs in one process."""

import errno
import hashlib
import logging
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from apps.core.requests import tolerant
from apps.core.threads import InThreads
from apps.realtime.daphne import Daphne
from apps.realtime.stream import beside

if sys.platform != "win32":
    import fcntl


def why_not(port: int) -> str:
    """Why this port of the loopback interface can't be listened on now; empty if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError as error:
            return "is taken" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
    return ""


@contextmanager
def alone(data: Path) -> Iterator[bool]:
    """Hold the data for this process while the block runs; False if another one holds it.

    Two servers on the same data would each know only the readers of their own. The lock ends with the process, however
    it ends. Where the system has no such locks there is no check.
    """
    with (data / "lock").open("a") as lock:
        if sys.platform == "win32":
            yield True
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def collect_static() -> None:
    """Bring the static files up to date, under names that change with their content; quick when nothing changed."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".stamp"
    state = _static_state()
    if stamp.exists() and stamp.read_text() == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(state)


def _static_state() -> str:
    digest = hashlib.sha256()
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            modified = storage.get_modified_time(path)
            digest.update(f"{path} {modified.timestamp()}\n".encode())
    return digest.hexdigest()


def serve(port: int, ready: Callable[[], None]) -> NoReturn:
    """Serve on 127.0.0.1 until the process is told to stop (Ctrl+C or SIGTERM), then end it.

    `ready` is called as soon as connections are taken. Exits with 1 where the port can't be listened on after all.
    """
    from daphne.server import Server

    if not os.environ.get("HOMEROOM_URL"):
        # What links in mails begin with: where this very server answers.
        settings.SITE_URL = f"http://127.0.0.1:{port}"
    # What is sent up waits on the disk of the files: elsewhere /tmp may be memory, and a video has a gigabyte.
    Path(settings.UPLOADS).mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(settings.UPLOADS)
    consumer = _background_jobs()
    server = Server(
        application=beside(InThreads(tolerant(get_wsgi_application()), Daphne())),
        endpoints=[f"tcp:{port}:interface=127.0.0.1"],
        server_name="homeroom",
        verbosity=0,
        ready_callable=ready,
    )
    consumer.start()
    status = 1
    try:
        server.run()
        status = 0 if server.listening_addresses else 1
    except Exception:
        logging.getLogger("homeroom").exception("The server stopped")
    consumer.stop(graceful=True)
    sys.stdout.flush()
    sys.stderr.flush()
    # A request under way waits in a thread for the event loop, which has ended: Python would wait for it for ever.
    # Its transaction is rolled back, and whoever sent it sends again.
    os._exit(status)


def _background_jobs() -> Any:
    from huey.contrib.djhuey import HUEY, tasks_backend  # noqa: F401 - registers the task that runs Django's tasks

    from apps.core.queues import Consumer

    class Beside(Consumer):
        """Huey's consumer beside a server, which has the signals."""

        def _set_signal_handlers(self) -> None:
            pass

    # The queue is a file that is asked again and again: so often that who is told of something hears of it at once. A
    # job under way is given the time that a person waits after Ctrl+C.
    return Beside(HUEY, workers=1, worker_type="thread", periodic=True, max_delay=0.2, shutdown_timeout=2)
