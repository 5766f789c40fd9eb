"""Which fields a view looks at: what it doesn't look at makes no difference to it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.http import QueryDict

ONE = ("__getitem__", "_getlist")
# With an `__iter__` of its own, dict() reads one name after the other.
ALL = ("items", "lists", "values", "copy", "dict", "urlencode", "__iter__")


@contextmanager
def names_read() -> Iterator[set[str]]:
    """The names that are looked at meanwhile, of those of an address and of those that were sent, whether there or not.

    Who looks at all of them at once has looked at each that is there, and at "*".
    """
    names: set[str] = set()

    def spy(reads: str) -> Any:
        original = getattr(QueryDict, reads)

        def note(fields: QueryDict, *rest: Any, **more: Any) -> Any:
            names.update(rest[:1] if reads in ONE else [*fields.keys(), "*"])
            return original(fields, *rest, **more)

        return note

    with ExitStack() as stack:
        for reads in (*ONE, *ALL):
            stack.enter_context(patch.object(QueryDict, reads, spy(reads)))
        yield names
