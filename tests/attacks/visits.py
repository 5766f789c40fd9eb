"""Sweeps over all addresses: who asks has signed in once, and nothing that one request did is there for the next."""

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.doors.house import untouched

WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|MERGE INTO) "(?!django_session|usersessions_)')


class Visitor:
    """Somebody's browser, which has the same cookies before each request."""

    def __init__(self, client: Client, *, failing: bool = True) -> None:
        """An error of a view fails the test, unless `failing` is false: then it is an answer."""
        self.client = client
        self.client.raise_request_exception = failing
        self.cookies = copy.deepcopy(client.cookies)
        # Whether the request that was sent last wrote anything but sessions.
        self.wrote = False

    def ask(self, method: str, path: str, *fields: Any, **more: Any) -> HttpResponse:
        """What comes of one request, once all that it wrote is taken back; the method is one of the test client."""
        with self.asked(method, path, *fields, **more) as answer:
            return answer

    @contextmanager
    def asked(self, method: str, path: str, *fields: Any, **more: Any) -> Iterator[HttpResponse]:
        """The same, with what it wrote still there."""
        self.client.cookies, self.wrote = copy.deepcopy(self.cookies), False
        send = getattr(self.client, method.lower())
        with untouched():
            with connection.execute_wrapper(self._listen):
                answer = send(path, *fields, **more)
            yield answer

    def _listen(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.wrote = self.wrote or bool(WRITES.match(sql))
        return execute(sql, params, many, context)
