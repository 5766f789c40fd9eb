"""What the tests of scheduling share."""

from tests.community.conftest import query_count

__all__ = ["query_count"]
