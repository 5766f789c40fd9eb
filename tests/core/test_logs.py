"""One record is one line, names the request, and tells nothing about a person but a number."""

import json
import logging
import sys
from unittest.mock import Mock

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.functional import SimpleLazyObject

from apps.core import logs
from apps.core.middleware import RequestMiddleware
from project.variables import log_config, networks


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("homeroom.test").makeRecord("homeroom.test", logging.ERROR, "", 1, message, args, None)
    made.__dict__ |= extra
    return made


def failed(error: Exception) -> logging.LogRecord:
    made = record("It failed")
    try:
        raise error
    except type(error):
        made.exc_info = sys.exc_info()
    return made


FORGED = "typed\n2026-11-20 12:00:00,000 ERROR homeroom: forged\r\x1b[2J\u2028\x85end"


def test_a_line_break_in_what_is_told_begins_no_record_of_its_own():
    for made in (record("%s", FORGED), record(FORGED), failed(ValueError(FORGED))):
        line = logs.JsonFormatter().format(made)
        assert len(line.splitlines()) == 1
        assert FORGED in json.dumps(json.loads(line), ensure_ascii=False) or "forged" in line
        first, *others = logs.PlainFormatter().format(made).splitlines()
        assert "homeroom.test" in first
        assert all(other.startswith("    ") for other in others)
        assert "\x1b" not in first
    assert logs.PlainFormatter().format(record("%s", FORGED)).count("\n") == 0


def test_addresses_and_rows_that_a_database_repeats_are_not_told():
    detail = "duplicate key value\nDETAIL:  Key (email, name)=(amina@home.test, Amina Diallo) already exists.\nmore"
    for formatter in (logs.JsonFormatter(), logs.PlainFormatter()):
        for made in (record("to %s failed", "amina@home.test"), failed(ValueError(detail))):
            line = formatter.format(made)
            assert "amina" not in line.lower()
            assert "failed" in line
    assert "duplicate key value" in logs.JsonFormatter().format(failed(ValueError(detail)))


def test_only_known_fields_are_told(rf):
    line = logs.JsonFormatter().format(record("Hello", view="a:b", ms=1.5, request=rf.get("/?q=typed"), password="x"))
    told = json.loads(line)
    assert set(told) == {"time", "level", "logger", "message", "view", "ms"}
    assert told["time"].endswith("+00:00")
    assert (told["level"], told["logger"], told["message"]) == ("ERROR", "homeroom.test", "Hello")


def test_the_path_of_a_failed_request_is_not_told(client, caplog, db, monkeypatch):
    client.get("/nowhere/oneTimeKey/")
    Client(enforce_csrf_checks=True).post("/accounts/email/stop/oneTimeKey/")
    monkeypatch.setattr("apps.accounts.invitations.find", Mock(side_effect=RuntimeError("broken")))
    client.raise_request_exception = False
    client.get("/accounts/join/oneTimeKey/")
    made = [each for each in caplog.records if "oneTimeKey" in each.getMessage()]
    assert [each.name for each in made] == ["django.request", "django.security.csrf", "django.request"]
    for formatter in (logs.JsonFormatter(), logs.PlainFormatter()):
        lines = [formatter.format(each) for each in made]
        assert "oneTimeKey" not in "".join(lines)
        for line, said in zip(lines, ("Not Found", "Forbidden (CSRF", "Internal Server Error"), strict=True):
            assert said in line


@pytest.fixture
def told(caplog):
    """The lines of the access log, as a server writes them."""
    caplog.set_level(logging.INFO, "homeroom.access")
    lines: list[dict[str, object]] = []
    formatter = logs.JsonFormatter()

    class Handler(logging.Handler):
        def emit(self, made: logging.LogRecord) -> None:
            lines.append(json.loads(formatter.format(made)))

    handler = Handler()
    logging.getLogger("homeroom.access").addHandler(handler)
    yield lines
    logging.getLogger("homeroom.access").removeHandler(handler)


def test_each_request_is_one_line_without_what_people_type(cast, client_for, told):
    answer = client_for(cast.staff).get("/students/?q=Amina", headers={"User-Agent": "Amina"})
    [line] = told
    assert line.pop("ms") > 0
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "homeroom.access",
        "message": "GET students:student_list 200",
        "request": answer.headers["X-Request-ID"],
        "method": "GET",
        "view": "students:student_list",
        "status": 200,
        "user": cast.staff.pk,
    }


def test_the_line_is_written_without_asking_who_this_is(rf, told):
    def ask() -> None:
        raise AssertionError("asked the database")

    request = rf.get("/")
    request.user = SimpleLazyObject(ask)
    RequestMiddleware(lambda request: HttpResponse())(request)
    assert "user" not in told[0]


@pytest.mark.parametrize(
    ("given", "trusted", "kept"),
    [
        ("abc-DEF_1.23", True, True),
        ("abc-DEF_1.23", False, False),
        ("short", True, False),
        ("x" * 65, True, False),
        ("spaces are out", True, False),
        ('"},{"forged":"1', True, False),
        ("", True, False),
    ],
)
def test_an_id_is_taken_from_a_trusted_proxy_if_it_is_sane(client, settings, told, given, trusted, kept):
    settings.PROXIES = networks("HOMEROOM_X", ["127.0.0.1"] if trusted else [])
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept
    assert told[0]["request"] == answer.headers["X-Request-ID"]
    assert client.get("/healthz").headers["X-Request-ID"] != answer.headers["X-Request-ID"]
    assert logs.request_id.get() == ""


def test_a_server_logs_json_and_a_terminal_hears_of_trouble_alone():
    server, terminal = log_config("", plain=False), log_config("", plain=True)
    assert server["formatters"]["line"]["()"] == "apps.core.logs.JsonFormatter"
    assert server["loggers"]["homeroom.access"]["level"] == "INFO"
    assert terminal["formatters"]["line"]["()"] == "apps.core.logs.PlainFormatter"
    assert terminal["loggers"]["homeroom.access"]["level"] == "WARNING"
    assert log_config("DEBUG", plain=True)["loggers"]["homeroom"]["level"] == "DEBUG"
