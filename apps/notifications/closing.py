"""Notifications of what its reader may no longer open: they are neither listed nor counted, and return with the right.

The app that knows says which they are, kind by kind, so that one query counts what the list would show, and nobody
pays for a rule about kinds that they have none of.
"""

from collections.abc import Callable, Collection

from django.db.models import Q

from apps.accounts.models import User

# Takes a person; returns those of the rows of Notification, all of the rule's kinds, that are closed to them.
Closed = Callable[[User], Q]

_rules: list[tuple[frozenset[str], Closed]] = []


def register(kinds: Collection[str], rule: Closed) -> None:
    """Say which of these kinds are closed to whom; called when the owning app is ready."""
    _rules.append((frozenset(kinds), rule))


def closable(user: User, kinds: Collection[str]) -> set[str]:
    """Those of these kinds that a rule may close to this person: none for people who see everything."""
    return set() if user.sees_all else {kind for ruled, _ in _rules for kind in ruled.intersection(kinds)}


def closed_to(user: User, among: Collection[str] | None = None) -> Q:
    """Those that are closed to this person by any rule; by those about the kinds in `among`, if it is given."""
    rows = Q(pk__in=[])
    for kinds, rule in () if user.sees_all else _rules:
        if among is None or kinds.intersection(among):
            rows |= Q(kind__in=sorted(kinds)) & rule(user)
    return rows
