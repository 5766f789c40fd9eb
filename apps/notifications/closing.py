"""Notifications of what its reader may no longer open: they are neither listed nor counted, and return with the right.

The app that knows says which they are, so that one query counts what the list would show.
"""

from collections.abc import Callable

from django.db.models import Q

from apps.accounts.models import User

# Takes a person; returns those of the rows of Notification that are closed to them.
Closed = Callable[[User], Q]

_rules: list[Closed] = []


def register(rule: Closed) -> None:
    """Say which are closed to whom; called once, when the owning app is ready."""
    _rules.append(rule)


def closed_to(user: User) -> Q:
    """Those that are closed to this person by any rule."""
    rows = Q(pk__in=[])
    for rule in _rules:
        rows |= rule(user)
    return rows
