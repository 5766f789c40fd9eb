"""Messages that wait for approval or were taken down: the app that withholds them says what becomes of their files."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from apps.accounts.models import User


class Withholding(NamedTuple):
    """The files of what one app withholds that a person may have, as a rule for attachments; and the ids (one column)
    of the deleted messages that somebody can still put back.
    """

    files_for: Callable[[User], Q]
    restorable_ids: Callable[[], QuerySet[Any, Any]]


_apps: list[Withholding] = []


def register(withholding: Withholding) -> None:
    """Add what an app withholds; called once, when it is ready."""
    _apps.append(withholding)


def files_for(user: User) -> Q:
    """The files of withheld messages that `user` may have, whether or not they can open the conversation."""
    rule = Q(pk__in=[])
    for each in _apps:
        rule |= each.files_for(user)
    return rule


def for_good() -> Q:
    """The files of deleted messages that nobody will put back."""
    rule = Q(message__hidden=False)
    for each in _apps:
        rule &= ~Q(message__in=each.restorable_ids())
    return rule
