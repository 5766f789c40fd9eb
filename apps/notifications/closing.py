"""Hides notifications about things that their reader may no longer open, until they may again.

The app that owns a kind registers its rule. One query then counts what the list would show, and nobody pays for
rules about kinds of which they have no notification.
"""

from collections.abc import Callable, Collection

from django.db.models import Q

from apps.accounts.models import User

# Takes a person; returns the condition for Notification rows of the rule's kinds that are closed to them.
Closed = Callable[[User], Q]

_rules: list[tuple[frozenset[str], Closed]] = []


def register(kinds: Collection[str], rule: Closed) -> None:
    """Add the rule for these kinds; called when the owning app is ready."""
    _rules.append((frozenset(kinds), rule))


def closable(user: User, kinds: Collection[str]) -> set[str]:
    """The kinds among these that have a rule; none for people who see everything."""
    return set() if user.sees_all else {kind for ruled, _ in _rules for kind in ruled.intersection(kinds)}


def closed_to(user: User, among: Collection[str] | None = None) -> Q:
    """Condition for notifications closed to this person by any rule, or by the rules for kinds in `among`."""
    rows = Q(pk__in=[])
    for kinds, rule in () if user.sees_all else _rules:
        if among is None or kinds.intersection(among):
            rows |= Q(kind__in=sorted(kinds)) & rule(user)
    return rows
