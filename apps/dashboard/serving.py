"""The embedded mode: pages, streams and background jobs in one process."""

import hashlib
import os
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from apps.core.threads import InThreads
from apps.realtime.stream import beside


def port_is_free(port: int) -> bool:
    """Can this port of the loopback interface be listened on now?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


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


def serve(port: int) -> None:
    """Serve on 127.0.0.1 until the process is told to stop (Ctrl+C or SIGTERM)."""
    from daphne.server import Server

    consumer = _background_jobs()
    server = Server(
        application=beside(InThreads(get_wsgi_application())),
        endpoints=[f"tcp:{port}:interface=127.0.0.1"],
        server_name="homeroom",
        verbosity=0,
    )
    consumer.start()
    try:
        server.run()
    finally:
        consumer.stop()
        sys.stdout.flush()
        sys.stderr.flush()
        # A request under way waits in a thread for the event loop, which has ended: Python would wait for it for ever.
        # Its transaction is rolled back, and whoever sent it sends again.
        os._exit(0)


def _background_jobs() -> Any:
    from huey.consumer import Consumer
    from huey.contrib.djhuey import HUEY, tasks_backend  # noqa: F401 - registers the task that runs Django's tasks

    class Beside(Consumer):  # type: ignore[misc]
        """Huey's consumer beside a server, which has the signals."""

        def _set_signal_handlers(self) -> None:
            pass

    return Beside(HUEY, workers=1, worker_type="thread", periodic=True)
