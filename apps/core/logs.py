"""What is written about what happens: lines of JSON on a server, plain lines on a terminal.

No personal data: a record has the ids of a request and a person, the name of a view, and what our code says; never an
e-mail address, a query, a body, or what a database repeats of a row that it refused. One record is one line whatever
is in it (on a terminal a traceback's own lines are indented), so that nobody writes a record of their own.
"""

import datetime
import logging
import re
from contextvars import ContextVar
from typing import Any, override

from pythonjsonlogger.json import JsonFormatter as Formatter

# The request that is answered, or that the running job came from; empty outside.
request_id: ContextVar[str] = ContextVar("request_id", default="")

# What a caller may add by `extra=`; Django's `request`, for one, would bring the query along.
FIELDS = ("method", "view", "status", "ms", "user", "job", "outcome")

# No longer than one may be (RFC 5321, 4.5.3.1): a long text is looked over once, not once from each of its letters.
_ADDRESS = re.compile(r"[^\s@\"'<>()\[\]{},;:=]{1,254}@[^\s@\"'<>()\[\]{},;:=]{1,255}")
# "Key (email)=(…) already exists", "Failing row contains (…)": https://www.postgresql.org/docs/current/errcodes-appendix.html
_ROW = re.compile(r"(DETAIL|CONTEXT):.*")
# All that some reader takes for the end of a line or for a command to a terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def clean(text: str) -> str:
    """A text without e-mail addresses and without the contents of rows."""
    if "@" in text:
        text = _ADDRESS.sub("[address]", text)
    return _ROW.sub(r"\1: [row]", text)


def _message(record: logging.LogRecord) -> str:
    """What a record says; one of Django's own without the path that it is about, which may hold a key to an account."""
    if not record.name.startswith("django.") or not isinstance(record.args, tuple):
        return record.getMessage()
    args = tuple("[path]" if str(arg).startswith("/") else arg for arg in record.args)
    return str(record.msg) % args if args else str(record.msg)


class JsonFormatter(Formatter):
    """One JSON object for each record: time (UTC), level, logger, message, request, and what was added."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill in what is told of a record."""
        time = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        log_data |= {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": clean(_message(record)),
        }
        if request := request_id.get():
            log_data["request"] = request
        log_data |= {name: record.__dict__[name] for name in FIELDS if record.__dict__.get(name) is not None}
        if exception := message_dict.get("exc_info"):
            log_data["exception"] = exception

    @override
    def formatException(self, ei: Any) -> str:
        """The traceback, cleaned."""
        return clean(str(super().formatException(ei)))


class PlainFormatter(logging.Formatter):
    """A line for each record."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line, with line breaks and the like written out."""
        record.message = _written_out(clean(_message(record)))
        return super().formatMessage(record)

    @override
    def formatException(self, ei: Any) -> str:
        """The traceback, cleaned and indented."""
        lines = clean(super().formatException(ei)).splitlines()
        return "\n".join(f"    {_written_out(line)}" for line in lines)


def _written_out(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
