"""A browser whose requests are committed, as they are outside of tests."""

import pytest
from django.db import connection
from django.test import Client, TestCase


@pytest.fixture
def commits(monkeypatch) -> None:
    """Each request of a test client commits: whoever is to be told by mail of what it changed has been, once.

    What was run is forgotten, so that a block which commits around several requests doesn't run it again.
    """
    plain = Client.request

    def request(self: Client, **environ: object):
        begun = len(connection.run_on_commit)
        try:
            with TestCase.captureOnCommitCallbacks(execute=True):
                return plain(self, **environ)
        finally:
            del connection.run_on_commit[begun:]

    monkeypatch.setattr(Client, "request", request)
