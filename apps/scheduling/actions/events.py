"""A person's own events: written, changed, deleted. They are their owner's alone."""

import uuid
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import live
from apps.scheduling.models import OwnEvent
from apps.scheduling.models.events import MOST_DAYS
from apps.scheduling.models.series import rule_fields
from apps.scheduling.recurrence import Rule

# How many a person may have.
MOST_EVENTS = 500


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
        if OwnEvent.objects.filter(owner=actor).count() >= MOST_EVENTS:
            raise ValidationError(f"You have {MOST_EVENTS} events. Delete some of the past ones.", code="many")
        event = OwnEvent.objects.create(owner=actor, client_key=client_key, **values)
        audit.record(actor, "own-event.added", event)
        live.own_events_changed(actor)
    return event


def change_event(actor: User, event: OwnEvent, happening: Happening) -> OwnEvent:
    """Change an event, all of its days if it repeats. Raises PermissionDenied, ValidationError by field."""
    _own(actor, event)
    values = _values(happening)
    with transaction.atomic():
        rows = OwnEvent.objects.filter(pk=event.pk, owner=actor)
        if not rows.update(**values, sequence=F("sequence") + 1, updated=timezone.now()):
            raise ValidationError("You have deleted this event meanwhile.", code="gone")
        event.refresh_from_db()
        audit.record(actor, "own-event.changed", event)
        live.own_events_changed(actor)
    return event


def delete_event(actor: User, event: OwnEvent) -> None:
    """Delete an event, all of its days if it repeats. Raises PermissionDenied."""
    _own(actor, event)
    with transaction.atomic():
        audit.record(actor, "own-event.deleted", event)
        OwnEvent.objects.filter(pk=event.pk, owner=actor).delete()
        live.own_events_changed(actor)


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
