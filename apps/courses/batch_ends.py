"""What depends on the last day of a batch, registered by the app that owns it when it is ready."""

from collections.abc import Callable
from datetime import date

from apps.accounts.models import User
from apps.courses.models import Batch

type Follower = Callable[[User, Batch, date | None], None]

_followers: list[Follower] = []


def register(follower: Follower) -> None:
    """Have `follower` called with each batch whose end moved, and its end before; called once, when an app is ready.

    It runs in the transaction of the change, which holds the batch's row lock.
    """
    _followers.append(follower)


def moved(actor: User, batch: Batch, was: date | None) -> None:
    """The actor changed the last day of this batch; `was` is what it was."""
    for follower in _followers:
        follower(actor, batch, was)
