"""What staff set up for support: hours, special days, topics, labels, canned answers."""

from collections.abc import Callable, Mapping

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.support import live, policies, variables
from apps.support.hours import Intervals
from apps.support.models import BusinessHours, CannedAnswer, Label, SpecialDay, Topic

Settable = SpecialDay | Topic | Label | CannedAnswer
# What the audit says of a new one, of a changed one, and of one that goes.
VERBS: dict[type[Settable], tuple[str, str, str]] = {
    SpecialDay: ("specialday.created", "specialday.changed", "specialday.deleted"),
    Topic: ("topic.created", "topic.changed", "topic.deleted"),
    Label: ("label.created", "label.changed", "label.deleted"),
    CannedAnswer: ("cannedanswer.created", "cannedanswer.changed", "cannedanswer.deleted"),
}


def set_hours(actor: User, week: Mapping[int, Intervals]) -> None:
    """Have support open at these hours of each weekday, and no others; raises PermissionDenied."""
    _check(actor)
    with transaction.atomic():
        BusinessHours.objects.filter(day=None).delete()
        BusinessHours.objects.bulk_create(
            BusinessHours(weekday=day, opens=opens, closes=closes)
            for day, intervals in week.items()
            for opens, closes in intervals
        )
        audit.record(actor, "businesshours.changed", None, intervals=sum(map(len, week.values())))
        live.inbox_changed()


def save_day(actor: User, day: SpecialDay, hours: Intervals) -> SpecialDay:
    """Keep a special day with its hours; raises PermissionDenied."""
    _save(actor, day, lambda: _replace(day, hours))
    return day


def save_sorting(actor: User, thing: Topic | Label) -> None:
    """Keep a topic or a label; raises PermissionDenied."""
    _save(actor, thing)


def save_answer(actor: User, answer: CannedAnswer) -> None:
    """Keep a canned answer. Raises PermissionDenied, ValidationError for variables that nobody knows."""
    if answer.owner_id not in {None, actor.pk}:
        raise PermissionDenied("This answer is somebody else's.")
    variables.refuse_unknown(answer.body)
    _save(actor, answer)


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


def _save(actor: User, thing: Settable, then: Callable[[], None] = lambda: None) -> None:
    _check(actor)
    with transaction.atomic():
        verb = VERBS[type(thing)][1 if thing.pk else 0]
        thing.save()
        then()
        audit.record(actor, verb, thing)
        live.inbox_changed()


def _replace(day: SpecialDay, hours: Intervals) -> None:
    day.hours.all().delete()
    BusinessHours.objects.bulk_create(BusinessHours(day=day, opens=opens, closes=closes) for opens, closes in hours)
