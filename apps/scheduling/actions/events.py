"""Add, change, and delete a person's own events: all of their days, or some. Only the owner can.

Calendars that subscribe to a feed keep an event until the feed cancels it. So a deleted event, and the days that a
change removes, stay for two months as rows without title and notes.
"""

import uuid
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import live
from apps.scheduling.actions.happenings import Happening, columns, from_day_on, keeps_rule, on_all_days
from apps.scheduling.models import OwnEvent
from apps.scheduling.models.events import TOLD

# The most events that one person may have, and the most rows, which include deleted events and days.
MOST_EVENTS, MOST_ROWS = 500, 2_000
FULL = (
    f"Your calendar keeps {MOST_ROWS:,} events and deleted days at most. "
    "Delete events with many deleted days; what is deleted is removed after two months."
)
# Replaces the title of a deleted event.
DELETED = "Deleted event"
# The columns that decide on which days an event is, and whether others see it.
DAYS = (
    "first",
    "counted_from",
    "repeats",
    "pattern",
    "interval",
    "weekdays",
    "week_begins",
    "until",
    "count",
    "is_busy",
)


class Scope(StrEnum):
    """How many days of a repeated event a change or a deletion is for."""

    DAY = "day"
    FOLLOWING = "following"
    ALL = "all"


class Which(NamedTuple):
    """The days that a change is for. `day` is one of the event's days; without it the change is for all of them."""

    scope: str = Scope.ALL
    day: date | None = None


ALL_DAYS = Which()


def add_event(actor: User, happening: Happening, client_key: uuid.UUID | None = None) -> OwnEvent:
    """Add an event to the actor's calendar. A `client_key` that was used before returns the event it made.

    Raises PermissionDenied, ValidationError by field.
    """
    _own(actor, None)
    values = columns(happening)
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

    Days that were changed or deleted by themselves stay as they are. Raises PermissionDenied, ValidationError by field.
    """
    _own(actor, event)
    with transaction.atomic():
        event = _locked(actor, event, which)
        if which.scope == Scope.DAY and which.day:
            changed = _change_day(event, which.day, happening)
        elif which.scope == Scope.FOLLOWING and which.day and event.first < which.day:
            changed = _change_following(event, which.day, happening)
        else:
            happening = replace(happening, rule=None) if event.instead_of else happening
            changed = _change_all(event, which.day or event.first, happening)
        audit.record(actor, "own-event.changed", changed, days=str(which.scope))
        live.own_events_changed(actor)
    return changed


def delete_event(actor: User, event: OwnEvent, which: Which = ALL_DAYS) -> None:
    """Delete an event: all of its days, one, or one and those that follow. Raises PermissionDenied, ValidationError."""
    _own(actor, event)
    with transaction.atomic():
        event = _locked(actor, event, which)
        if which.scope == Scope.DAY and which.day:
            _bury(event, series=event, **_only(event, which.day))
        elif which.scope == Scope.FOLLOWING and which.day and event.first < which.day:
            _end_before(event, which.day)
            _delete(event.exceptions.filter(instead_of__gte=which.day), event.next_sequence)
        else:
            _delete(OwnEvent.objects.filter(Q(pk=event.pk) | Q(series=event)), event.next_sequence)
        audit.record(actor, "own-event.deleted", event, days=str(which.scope))
        live.own_events_changed(actor)


def forget_deleted_events() -> int:
    """Remove deleted events that feeds have cancelled for two months. A deleted day stays as long as its event."""
    old = OwnEvent.objects.filter(deleted_at__lte=timezone.now() - TOLD, series=None)
    return old.delete()[0]


def _change_day(event: OwnEvent, day: date, happening: Happening) -> OwnEvent:
    _refuse_many(event.owner)
    if event.is_busy and not happening.is_busy:
        # Feeds of busy times no longer have this day, so they must cancel it.
        _bury(event, **_only(event, day))
    own = {"uid": event.uid, "sequence": event.next_sequence, "series": event, "instead_of": day}
    return OwnEvent.objects.create(owner=event.owner, **own, **columns(replace(happening, rule=None)))


def _change_following(event: OwnEvent, day: date, happening: Happening) -> OwnEvent:
    """End the event before this day, and begin another that takes over the later exceptions."""
    _refuse_many(event.owner)
    values = columns(from_day_on(event, day, happening))
    # A UID contains a date: if the new event begins earlier, it could repeat a UID that the old one keeps.
    uid = event.uid if values["first"] >= day else uuid.uuid4()
    _end_before(event, day)
    new = OwnEvent.objects.create(owner=event.owner, uid=uid, sequence=event.next_sequence, **values)
    _hand_over(event, new, day, keeps_rule(event, day, happening))
    return new


def _change_all(event: OwnEvent, day: date, happening: Happening) -> OwnEvent:
    """Change all days in the same way as this one."""
    values = columns(on_all_days(event, day, happening))
    may_vanish = event.repeats or values["repeats"] or (event.is_busy and not values["is_busy"])
    if may_vanish and any(getattr(event, name) != values[name] for name in DAYS):
        _bury(event, instead_of=event.instead_of)
    OwnEvent.objects.filter(pk=event.pk).update(**values, sequence=event.next_sequence, updated=timezone.now())
    changed = OwnEvent.objects.get(pk=event.pk)
    _hand_over(event, changed, date.min, keeps_rule(event, day, happening))
    return changed


def _hand_over(event: OwnEvent, to: OwnEvent, since: date, same_rule: bool) -> None:
    """Attach an event's exceptions from `since` on to the changed event.

    If the rule is the same, the nth day of the old event is the nth of the new one, even if all of them moved. A
    changed day that the new event doesn't have becomes a separate event, because nobody deleted it.
    """
    if not (rows := list(event.exceptions.filter(instead_of__gte=since))):
        return
    places = _places(event, to, rows, since if same_rule else None)
    moving = [row for row in rows if (event, row.instead_of) != (to, places.get(row.instead_of))]
    if not moving:
        return
    # Detach them first: an event has one exception for each day, and two of them may swap days.
    OwnEvent.objects.filter(pk__in=[row.pk for row in moving]).update(series=None)
    placed = [row for row in moving if row.instead_of in places]
    if not event.is_busy:
        # The event is in no feed of busy times, so its buried row can't cancel the UIDs that these had there.
        renamed = [row for row in placed if row.is_busy and row.uid_on(row.first) != to.uid_on(places[row.instead_of])]
        OwnEvent.objects.bulk_create(_buried(row, to.sequence, instead_of=row.instead_of) for row in renamed)
    for row in placed:
        row.instead_of = places[row.instead_of]
    OwnEvent.objects.bulk_update(placed, ["instead_of"])
    own = {"series": to, "uid": to.uid, "sequence": to.next_sequence, "updated": timezone.now()}
    OwnEvent.objects.filter(pk__in=[row.pk for row in placed]).update(**own)


def _places(event: OwnEvent, to: OwnEvent, rows: list[OwnEvent], moved_since: date | None) -> dict[date | None, date]:
    """The day of the new event for each exception of the old one; a day without one is missing."""
    days = [row.instead_of for row in rows if row.instead_of]
    if moved_since:
        pairs = zip(event.all_dates(moved_since, max(days)), to.all_dates(to.first, date.max), strict=False)
        found: dict[date | None, date] = dict(pairs)
    else:
        had = set(to.all_dates(min(days), max(days))) if to.repeats else set()
        found = {day: day for day in days if day in had}
    # A deleted day stays deleted, in case a later change brings it back.
    left_out = {row.instead_of for row in rows if row.deleted_at} - found.keys() - set(found.values())
    return found | {day: day for day in left_out if day}


def _end_before(event: OwnEvent, day: date) -> None:
    """End a repeated event before one of its days."""
    _bury(event)
    OwnEvent.objects.filter(pk=event.pk).update(until=day - timedelta(days=1), count=None, updated=timezone.now())


def _only(event: OwnEvent, day: date) -> dict[str, Any]:
    """The columns that make a row of one day of a repeated event."""
    last = event.last and event.last + (day - event.first)
    return {"instead_of": day, "first": day, "last": last, "repeats": False}


def _bury(event: OwnEvent, **other: Any) -> None:
    """Keep the event's days in a deleted row, so that feeds cancel those that no other row has."""
    if OwnEvent.objects.filter(owner=event.owner).count() >= MOST_ROWS:
        raise ValidationError(FULL, code="full")
    _buried(event, event.next_sequence, **other).save()


def _buried(event: OwnEvent, sequence: int, **other: Any) -> OwnEvent:
    when = {name: getattr(event, name) for name in (*DAYS, "last", "at", "zone", "minutes", "uid")}
    gone = {"title": DELETED, "deleted_at": timezone.now(), "sequence": sequence}
    return OwnEvent(owner_id=event.owner_id, **when | gone | other)


def _delete(rows: QuerySet[OwnEvent], sequence: int) -> None:
    """Mark events as deleted: their times stay, their title and notes go."""
    now, none = timezone.now(), {"title": DELETED, "notes": "", "client_key": None}
    rows.filter(deleted_at=None).update(deleted_at=now, updated=now, sequence=sequence, **none)


def _locked(actor: User, event: OwnEvent, which: Which) -> OwnEvent:
    """The event as it is now, with its owner's row locked against other changes to their events."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    fresh = OwnEvent.objects.filter(pk=event.pk, owner=actor, deleted_at=None).select_related("owner").first()
    if fresh is None:
        raise ValidationError("You have since deleted this event.", code="gone")
    day = which.day
    if (day and not (fresh.repeats and day in fresh.dates(day, day))) or (not day and which.scope != Scope.ALL):
        raise ValidationError("The event is no longer on this day.", code="gone")
    return fresh


def _refuse_many(owner: User) -> None:
    rows = OwnEvent.objects.filter(owner=owner)
    if rows.count() >= MOST_ROWS:
        raise ValidationError(FULL, code="full")
    if rows.filter(deleted_at=None).count() >= MOST_EVENTS:
        raise ValidationError(f"You already have {MOST_EVENTS} events. Delete some past ones first.", code="many")


def _own(actor: User, event: OwnEvent | None) -> None:
    if actor.looked_as or (event and event.owner_id != actor.pk):
        raise PermissionDenied("This event isn't yours.")
