"""What staff set up for support: hours, special days, topics, labels, canned answers.

Two may edit one of these at once. `seen` is what the actor saw in the fields that they change: EditConflict is raised,
and nothing written, if one holds something else by now; what the other changed elsewhere stays.
"""

from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.editing import refuse_overwriting
from apps.support import live, policies, variables
from apps.support.hours import Intervals
from apps.support.models import BusinessHours, CannedAnswer, Label, SpecialDay, Topic
from apps.support.public_holidays import Holiday

Settable = SpecialDay | Topic | Label | CannedAnswer
# What the audit says of a new one, of a changed one, and of one that goes.
VERBS: dict[type[Settable], tuple[str, str, str]] = {
    SpecialDay: ("specialday.created", "specialday.changed", "specialday.deleted"),
    Topic: ("topic.created", "topic.changed", "topic.deleted"),
    Label: ("label.created", "label.changed", "label.deleted"),
    CannedAnswer: ("cannedanswer.created", "cannedanswer.changed", "cannedanswer.deleted"),
}


Changes = Mapping[str, Any]
TAKEN = "Somebody has just added one of this name or day: look at the list."


def set_hours(actor: User, week: Mapping[int, Intervals], seen: Mapping[int, Intervals] | None = None) -> None:
    """Have support open at these hours of these weekdays; the others stay as they are. Raises PermissionDenied."""
    _check(actor)
    with transaction.atomic():
        # There need be no row of hours to lock; the one that stands for their table is always there.
        ContentType.objects.select_for_update().get(app_label="support", model="businesshours")
        now: dict[int, list[tuple[int, int]]] = {day: [] for day in week}
        for row in BusinessHours.objects.filter(weekday__in=week).order_by("opens"):
            now[row.weekday or 0].append((row.opens, row.closes))
        _refuse_overwriting(_by_day(now), _by_day(week), _by_day(seen or {}))
        changed = [day for day in week if now[day] != list(week[day])]
        if not changed:
            return
        BusinessHours.objects.filter(weekday__in=changed).delete()
        BusinessHours.objects.bulk_create(
            BusinessHours(weekday=day, opens=opens, closes=closes) for day in changed for opens, closes in week[day]
        )
        audit.record(actor, "businesshours.changed", None, intervals=BusinessHours.objects.filter(day=None).count())
        live.inbox_changed()


def _by_day(week: Mapping[int, Intervals]) -> dict[str, list[tuple[int, int]]]:
    return {f"day_{day}": list(intervals) for day, intervals in week.items()}


def _refuse_overwriting(now: Changes, changes: Changes, seen: Changes) -> None:
    holder: Any = SimpleNamespace(**now)
    refuse_overwriting(holder, changes, seen)


def save_day(actor: User, day: SpecialDay, changes: Changes, seen: Changes | None = None) -> SpecialDay:
    """Keep a special day; among its fields are its `hours`. Raises PermissionDenied, ValidationError."""
    return _save(actor, day, changes, seen)


def close_on(actor: User, holidays: Collection[Holiday]) -> int:
    """Have support closed on these days; those that are special already stay as they are. How many were added.

    Raises PermissionDenied.
    """
    _check(actor)
    added = 0
    with transaction.atomic():
        for holiday in holidays:
            day, new = SpecialDay.objects.get_or_create(date=holiday.date, defaults={"name": holiday.name})
            if new:
                audit.record(actor, "specialday.created", day)
                added += 1
        if added:
            live.inbox_changed()
    return added


def save_sorting[T: (Topic, Label)](actor: User, thing: T, changes: Changes, seen: Changes | None = None) -> T:
    """Keep a topic or a label; raises PermissionDenied, ValidationError."""
    return _save(actor, thing, changes, seen)


def save_answer(actor: User, answer: CannedAnswer, changes: Changes, seen: Changes | None = None) -> CannedAnswer:
    """Keep a canned answer, `shared` or one's own. Raises PermissionDenied, ValidationError (an unknown variable)."""
    if answer.pk and answer.owner_id not in {None, actor.pk}:
        raise PermissionDenied("This answer is somebody else's.")
    variables.refuse_unknown(changes.get("body", ""))
    return _save(actor, answer, changes, seen)


def count_use(actor: User, answer: CannedAnswer) -> None:
    """Count that a canned answer was inserted; of two at once both count. Raises PermissionDenied."""
    _check(actor)
    if not CannedAnswer.objects.visible_to(actor).filter(pk=answer.pk).update(used=F("used") + 1):
        raise PermissionDenied("This answer is somebody else's.")


def remove(actor: User, thing: Settable) -> None:
    """Delete one of these; tickets go on without it. Raises PermissionDenied."""
    _check(actor)
    if isinstance(thing, CannedAnswer) and thing.owner_id not in {None, actor.pk}:
        raise PermissionDenied("This answer is somebody else's.")
    with transaction.atomic():
        audit.record(actor, VERBS[type(thing)][2], thing)
        thing.delete()
        live.inbox_changed()


def _check(actor: User) -> None:
    if not policies.can_answer(actor):
        raise PermissionDenied("Only staff set up support.")


def _save[T: (SpecialDay, Topic, Label, CannedAnswer)](
    actor: User, thing: T, changes: Changes, seen: Changes | None
) -> T:
    """Add it, or change these fields of the row as it stands in the database now."""
    _check(actor)
    try:
        with transaction.atomic():
            row = type(thing).objects.select_for_update().filter(pk=thing.pk).first() if thing.pk else type(thing)()
            if row is None:
                raise ValidationError("Somebody has just removed this.", code="gone")
            if isinstance(row, CannedAnswer) and row.pk and row.owner_id not in {None, actor.pk}:
                raise ValidationError("Somebody has just made this answer their own.", code="gone")
            if row.pk:
                _refuse_overwriting(_held(row, changes), changes, seen or {})
            _fill(row, changes, actor)
            audit.record(actor, VERBS[type(row)][1 if thing.pk else 0], row)
            live.inbox_changed()
    except IntegrityError:
        raise ValidationError(TAKEN, code="taken") from None
    return row


def _held(row: Settable, names: Changes) -> dict[str, Any]:
    """What the fields of a row hold, as a form has them."""
    own: dict[str, Any] = {}
    if isinstance(row, SpecialDay):
        own["hours"] = list(row.hours.order_by("opens").values_list("opens", "closes"))
    if isinstance(row, CannedAnswer):
        own["shared"] = row.owner_id is None
    return {name: own[name] if name in own else getattr(row, name) for name in names}


def _fill(row: Settable, changes: Changes, actor: User) -> None:
    """Store the row with what is to change."""
    for name, value in changes.items():
        if name == "shared" and isinstance(row, CannedAnswer):
            row.owner = None if value else actor
        elif name != "hours":
            setattr(row, name, value)
    row.save()
    if isinstance(row, SpecialDay) and "hours" in changes:
        row.hours.all().delete()
        BusinessHours.objects.bulk_create(
            BusinessHours(day=row, opens=opens, closes=closes) for opens, closes in changes["hours"]
        )
