"""Errors arrive where SENTRY_DSN says, and nothing about people with them."""

import gzip
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.core.test_settings import PRODUCTION
from tests.elsewhere import ROOT, environment

BREAK = """
import django; django.setup()
S = "SEC" + "RET"  # In no line of source, which Sentry shows around an error.
import sentry_sdk
from unittest import mock
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from wsgiref.util import setup_testing_defaults
from django.db import IntegrityError
from huey.contrib.djhuey import HUEY

def breaks(*args, **kwargs):
    local = f"{S}-LOCAL"
    raise IntegrityError(f"duplicate key\\nDETAIL:  Key (name)=({S}-ROW) exists; ask {S}-NAME@home.test")

environ = {
    f"HTTP_X_{S}": f"{S}-HEADER", "HTTP_X_REQUEST_ID": "request-12345", "HTTP_COOKIE": f"token={S}-COOKIE",
    "HTTP_HOST": "academy.example", "HTTP_X_FORWARDED_PROTO": "https", "REMOTE_ADDR": "127.0.0.1",
    "PATH_INFO": "/readyz", "QUERY_STRING": f"q={S}-QUERY",
}
setup_testing_defaults(environ)
plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
with mock.patch("apps.core.health.checks", breaks), override_settings(STORAGES=settings.STORAGES | plain):
    answer = get_wsgi_application()(environ, lambda status, headers: print(status))
    b"".join(answer)
    answer.close()

@HUEY.task()
def job(text):
    raise ValueError("a job failed")

HUEY.execute(job.s(f"{S}-ARGUMENT"))
import logging
logging.getLogger("homeroom").error("It failed for %s", f"{S}-PARAMETER")
sentry_sdk.flush(20)
"""


@pytest.fixture
def receiver():
    """A Sentry of one's own: its address, and the bodies that it got."""
    bodies: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append((gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body).decode())
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_error_arrives_without_personal_data(receiver, tmp_path, redis_server):
    dsn, bodies = receiver
    variables = PRODUCTION | {"SENTRY_DSN": dsn, "SENTRY_RELEASE": "1.2.3", "SENTRY_ENVIRONMENT": "trial"}
    variables |= {"DATABASE_URL": f"sqlite:///{tmp_path / 'database'}", "REDIS_URL": redis_server.url}
    command = [sys.executable, "-c", BREAK]
    env = environment(tmp_path) | variables
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "500 Internal Server Error\n"), done.stderr[-3000:]
    events = [json.loads(line) for body in bodies for line in body.splitlines() if '"event_id"' in line]
    told = [event for event in events if "exception" in event or "logentry" in event]
    errors = {each["type"]: event for event in told if "exception" in event for each in event["exception"]["values"]}
    assert set(errors) == {"IntegrityError", "ValueError"}
    assert len(told) == 3
    answered = errors["IntegrityError"]
    assert (answered["release"], answered["environment"]) == ("1.2.3", "trial")
    assert answered["tags"]["request"] == "request-12345"
    assert answered["request"] == {"method": "GET"}
    assert answered["transaction"] == "/readyz"
    assert any(each["function"] == "breaks" for each in answered["exception"]["values"][-1]["stacktrace"]["frames"])
    assert [event["logentry"]["message"] for event in told if "exception" not in event] == ["It failed for %s"]
    assert "SECRET" not in "".join(bodies)
    assert "SECRET" not in done.stderr.replace("SECRET-PARAMETER", "")


def test_without_an_address_the_library_is_not_even_loaded(tmp_path):
    code = "import django, sys; django.setup(); assert 'sentry_sdk' not in sys.modules"
    env = environment(tmp_path)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
