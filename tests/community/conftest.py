"""What the tests of communities share."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def query_count():
    """How many queries something takes, after it was done once before."""

    def count(do):
        do()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            do()
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    return count
