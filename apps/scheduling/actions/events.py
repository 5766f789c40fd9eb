"""A person's own events: written, changed, deleted, all of their days or some. They are their owner's alone.

Subscribers' calendars keep what they aren't told of: so a deleted event, and the days that a change takes away, stay
for two months as rows without words.
"""

import uuid
from dataclasses import asdict, dataclass, replace
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import live
from apps.scheduling.models import OwnEvent
from apps.scheduling.models.events import MOST_DAYS, TOLD
from apps.scheduling.models.series import rule_fields
from apps.scheduling.recurrence import Rule

# How many a person may have.
MOST_EVENTS = 500
# What is written over the title of a deleted one.
DELETED = "Deleted event"
# On which days an event is, as everyone is told.
DAYS = ("first", "repeats", "pattern", "interval", "weekdays", "until", "count", "is_busy")


class Scope(StrEnum):
    """How much of a repeated event is meant."""

    DAY = "day"
    FOLLOWING = "following"
    ALL = "all"


class Which(NamedTuple):
    """The days that are meant; `day` is one on which the event begins. Without it the whole event is."""

    scope: str = Scope.ALL
    day: date | None = None


ALL_DAYS = Which()


@dataclass(frozen=True)
class Happening:
    """What an event is: on whole days from `first` to `last`, or from `at` on the clock of `zone`; perhaps repeated."""

    title: str
    first: date
    last: date | None = None
    at: time | None = None
    zone: str = ""
    minutes: int | None = None
    notes: str = ""
    is_busy: bool = True
    is_private: bool = True
    rule: Rule | None = None


def add_event(actor: User, happening: Happening, client_key: uuid.UUID | None = None) -> OwnEvent:
    """Put an event into one's own calendar; the same `client_key` twice is one.

    Raises PermissionDenied, ValidationError by field.
    """
    _own(actor, None)
    values = _values(happening)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if client_key and (made := OwnEvent.objects.filter(owner=actor, client_key=client_key).first()):
            return made
        _refuse_many(actor)
        event = OwnEvent.objects.create(owner=actor, client_key=client_key, **values)
        audit.record(actor, "own-event.added", event)
        live.own_events_changed(actor)
    return event


def change_event(actor: User, event: OwnEvent, happening: Happening, which: Which = ALL_DAYS) -> OwnEvent:
    """Change an event: all of its days, one, or one and those that follow; returns the event of the changed days.

    Days that were changed or left out by themselves stay so. Raises PermissionDenied, ValidationError by field.
    """
    _own(actor, event)
    with transaction.atomic():
        event = _locked(actor, event, which)
        if which.scope == Scope.DAY and which.day:
            changed = _change_day(event, which.day, happening)
        elif which.scope == Scope.FOLLOWING and which.day and event.first < which.day:
            changed = _change_following(event, which.day, happening)
        else:
            changed = _change_all(event, which.day, replace(happening, rule=None) if event.series_id else happening)
        audit.record(actor, "own-event.changed", changed, days=str(which.scope))
        live.own_events_changed(actor)
    return changed


def delete_event(actor: User, event: OwnEvent, which: Which = ALL_DAYS) -> None:
    """Delete an event: all of its days, one, or one and those that follow. Raises PermissionDenied, ValidationError."""
    _own(actor, event)
    with transaction.atomic():
        event = _locked(actor, event, which)
        if which.scope == Scope.DAY and which.day:
            last = event.last and event.last + (which.day - event.first)
            _bury(event, series=event, instead_of=which.day, first=which.day, last=last, repeats=False)
        elif which.scope == Scope.FOLLOWING and which.day and event.first < which.day:
            _end_before(event, which.day)
            _delete(event.exceptions.filter(instead_of__gte=which.day), event.next_sequence)
        else:
            _delete(OwnEvent.objects.filter(Q(pk=event.pk) | Q(series=event)), event.next_sequence)
        audit.record(actor, "own-event.deleted", event, days=str(which.scope))
        live.own_events_changed(actor)


def forget_deleted_events() -> int:
    """Remove what subscribers have been told long enough; days that are left out stay as long as their event."""
    old = OwnEvent.objects.filter(deleted_at__lte=timezone.now() - TOLD, series=None)
    return old.delete()[0]


def _change_day(event: OwnEvent, day: date, happening: Happening) -> OwnEvent:
    _refuse_many(event.owner)
    own = {"uid": event.uid, "sequence": event.next_sequence, "series": event, "instead_of": day}
    return OwnEvent.objects.create(owner=event.owner, **own, **_values(replace(happening, rule=None)))


def _change_following(event: OwnEvent, day: date, happening: Happening) -> OwnEvent:
    """End the event before this day, and begin another with those exceptions whose days it has."""
    _refuse_many(event.owner)
    values = _values(happening)
    # Begun before that day, it could have days of the same name as those that stay.
    uid = event.uid if values["first"] >= day else uuid.uuid4()
    _end_before(event, day)
    new = OwnEvent.objects.create(owner=event.owner, uid=uid, sequence=event.next_sequence, **values)
    _hand_over(event, new, day)
    return new


def _change_all(event: OwnEvent, day: date | None, happening: Happening) -> OwnEvent:
    """All days: as far as one was moved, each is."""
    if day and event.repeats:
        moved = event.first - day
        rule = happening.rule and replace(happening.rule, first=happening.first + moved)
        last = happening.last and happening.last + moved
        happening = replace(happening, first=happening.first + moved, last=last, rule=rule)
    values = _values(happening)
    may_vanish = event.repeats or values["repeats"] or (event.is_busy and not values["is_busy"])
    if may_vanish and any(getattr(event, name) != values[name] for name in DAYS):
        _bury(event, instead_of=event.instead_of)
    OwnEvent.objects.filter(pk=event.pk).update(**values, sequence=event.next_sequence, updated=timezone.now())
    event.refresh_from_db()
    _hand_over(event, event, event.first)
    return event


def _hand_over(event: OwnEvent, to: OwnEvent, since: date) -> None:
    """Have exceptions from a day on belong to what the event is now; those whose days it lacks are deleted."""
    rows = event.exceptions.all() if event == to else event.exceptions.filter(instead_of__gte=since)
    for row in rows:
        day = row.instead_of
        assert day
        if to.repeats and day in to.all_dates(day, day):
            OwnEvent.objects.filter(pk=row.pk).update(series=to, uid=to.uid)
        elif row.deleted_at is None:
            _delete(OwnEvent.objects.filter(pk=row.pk), row.next_sequence)


def _end_before(event: OwnEvent, day: date) -> None:
    """Have a repeated event end before one of its days."""
    _bury(event)
    OwnEvent.objects.filter(pk=event.pk).update(until=day - timedelta(days=1), count=None, updated=timezone.now())


def _bury(event: OwnEvent, **other: Any) -> None:
    """Keep when an event was, as one that is deleted: those of its days that nothing else has are told to be off."""
    when = {name: getattr(event, name) for name in (*DAYS, "last", "at", "zone", "minutes", "uid")}
    gone = {"title": DELETED, "deleted_at": timezone.now(), "sequence": event.next_sequence}
    OwnEvent.objects.create(owner=event.owner, **when | gone | other)


def _delete(rows: QuerySet[OwnEvent], sequence: int) -> None:
    """Keep when these events were, and none of their words."""
    now, none = timezone.now(), {"title": DELETED, "notes": "", "client_key": None}
    rows.filter(deleted_at=None).update(deleted_at=now, updated=now, sequence=sequence, **none)


def _locked(actor: User, event: OwnEvent, which: Which) -> OwnEvent:
    """The event as it is now, while nobody else writes this person's."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    fresh = OwnEvent.objects.filter(pk=event.pk, owner=actor, deleted_at=None).select_related("owner").first()
    if fresh is None:
        raise ValidationError("You have deleted this event meanwhile.", code="gone")
    day = which.day
    if (day and not (fresh.repeats and day in fresh.dates(day, day))) or (not day and which.scope != Scope.ALL):
        raise ValidationError("This day isn’t one of this event’s any more.", code="gone")
    return fresh


def _refuse_many(owner: User) -> None:
    if OwnEvent.objects.filter(owner=owner, deleted_at=None).count() >= MOST_EVENTS:
        raise ValidationError(f"You have {MOST_EVENTS} events. Delete some of the past ones.", code="many")


def _own(actor: User, event: OwnEvent | None) -> None:
    if actor.looked_as or (event and event.owner_id != actor.pk):
        raise PermissionDenied("This event isn't yours.")


def _values(happening: Happening) -> dict[str, Any]:
    """The columns of an event; ValidationError says at the field what can't be."""
    own = asdict(happening)
    rule = own.pop("rule") and happening.rule
    if happening.at is None:
        own |= {"last": happening.last or happening.first, "zone": "", "minutes": None}
        if own["last"] < happening.first:
            raise ValidationError({"last": "It ends before it begins."}, code="order")
        if (own["last"] - happening.first).days >= MOST_DAYS:
            raise ValidationError({"last": f"It takes {MOST_DAYS} days at most."}, code="long")
    else:
        own["last"] = None
    if rule is None:
        return own | rule_fields(Rule("weekly", happening.first)) | {"repeats": False}
    days = next(rule.dates(), None)
    if days is None:
        raise ValidationError({"until": "It would never happen: no such day lies before this one."}, code="never")
    # The day it is filed under is the first on which it happens.
    moved = days - happening.first
    last = own["last"] and own["last"] + moved
    return own | rule_fields(rule) | {"first": days, "last": last, "repeats": True}
