"""Telling people: an event is written with what happened, and reaches them in the background."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import User
from apps.core.ids import element_id
from apps.core.jobs import enqueue_after_commit
from apps.notifications import live, notification_types
from apps.notifications.models import Event, Notification

# How many rows are deleted in one go.
BATCH = 500


def notify(
    kind: str,
    key: str,
    title: str,
    *,
    actor: User | None = None,
    thing: Model | None = None,
    about: Model | str = "",
    position: int = 0,
    to: Iterable[int] | None = None,
    **data: Any,
) -> None:
    """Tell those whom it concerns, once each however often this is called with the same `key`; never the actor.

    Called in the transaction of what happened: rolled back with it, nobody is told. `to` are ids where the kind doesn't
    find its people itself; `about` is what notifications are grouped by. Raises KeyError for a kind that no app
    declares.
    """
    notification_types.get(kind)
    people = None if to is None else sorted({*to} - ({actor.pk} if actor else set()))
    if people == []:
        return
    about = element_id(about) if isinstance(about, Model) else about
    row = Event(key=key, kind=kind, actor=actor, thing=thing.pk if thing else 0, about=about, position=position)
    row.title, row.people, row.data = title[:250], people, data
    notify_all([row])


def notify_all(rows: Sequence[Event]) -> None:
    """The same for many events at once, not saved yet: one query, whatever their number, and one job."""
    if rows:
        Event.objects.bulk_create(rows, ignore_conflicts=True)
        enqueue_after_commit("notifications.tell", [row.key for row in rows])


def withdraw(*keys: str) -> None:
    """What these events told of is gone: so is every notification of it that was to come, or is there.

    In the background, and after the commit: whoever is just telling people either is seen then, or sees what happened.
    """
    if keys:
        enqueue_after_commit("notifications.withdraw", list(keys))


def take_back(kind: str, thing: Model, user_ids: Iterable[int]) -> None:
    """What was told of a thing to these few people holds for them no longer."""
    if people := list(user_ids):
        transaction.on_commit(partial(_take_back, kind, thing.pk, people), robust=True)


def _take_back(kind: str, thing: int, people: list[int]) -> None:
    if Notification.objects.filter(recipient__in=people, kind=kind, thing=thing).delete()[0]:
        live.counts_changed(people)


def withdraw_about(kind: str, *about: str) -> None:
    """What was told of this kind about these things, or is about to be, holds no longer."""
    told = Notification.objects.filter(kind=kind, about__in=about).order_by().values_list("event", flat=True)
    waiting = Event.objects.filter(kind=kind, about__in=about, done=None).values_list("key", flat=True)
    withdraw(*{*told, *waiting})


def withdraw_now(keys: Iterable[str]) -> None:
    """The same at once, for the background."""
    rows = Notification.objects.filter(event__in=list(keys))
    people = sorted(set(rows.filter(on_page=True, read_at=None).values_list("recipient", flat=True)))
    while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
        Notification.objects.filter(pk__in=ids).delete()
    live.counts_changed(people)


def seen(user: User, about: str, position: int) -> None:
    """This person has come so far in what their notifications are about: those read by visiting it are read.

    After the commit, as above.
    """
    transaction.on_commit(partial(_seen, user.pk, about, position), robust=True)


def _seen(user_id: int, about: str, position: int) -> None:
    unread = Notification.objects.filter(recipient=user_id, about=about, position__lte=position, read_at=None)
    # Asking costs nothing, writing would take the lock of SQLite's one writer.
    if unread.exists() and unread.update(read_at=timezone.now()):
        live.counts_changed([user_id], about)


def about(thing: Model) -> str:
    """What notifications of a thing are grouped by: `conversation-12`."""
    return element_id(thing)
