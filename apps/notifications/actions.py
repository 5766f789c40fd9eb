"""What people do with their notifications: read them, and say which they want."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.notifications import live, notification_types, preferences
from apps.notifications.models import Delivery, Notification, Preference, Schedule, State, Way
from apps.notifications.writing import find


def mark_read(actor: User, notices: Iterable[int]) -> int:
    """Mark those of these that are the actor's as read; how many were unread."""
    return _read(actor, pk__in=list(notices))


def mark_group_read(actor: User, notice: Notification) -> int:
    """Mark a notification of the actor's as read, and all that its line stood for, up to it."""
    if not notice.about or not notification_types.known(notice.kind) or not notification_types.get(notice.kind).grouped:
        return _read(actor, pk=notice.pk)
    return _read(actor, kind=notice.kind, about=notice.about, pk__lte=notice.pk)


def mark_all_read(actor: User, upto: int) -> int:
    """Mark all that the actor was shown, the newest of it being `upto`; what came since stays unread."""
    return _read(actor, pk__lte=upto)


def _read(actor: User, **which: Any) -> int:
    mine = Notification.objects.visible_to(actor).unread().filter(**which)
    # A read that changes nothing writes nothing.
    count = mine.update(read_at=timezone.now()) if mine.exists() else 0
    if count:
        live.counts_changed([actor.pk])
    return count


def drop_gone(actor: User, notices: Iterable[int]) -> None:
    """Delete those of the actor's whose things are gone, or no longer theirs to see."""
    mine = list(Notification.objects.visible_to(actor).filter(pk__in=list(notices)))
    found = find(actor, mine)
    gone = Notification.objects.filter(pk__in=[notice.pk for notice in mine if notice.pk not in found])
    if gone.delete()[0]:
        live.counts_changed([actor.pk])


@transaction.atomic
def choose(actor: User, wanted: Mapping[tuple[str, str], bool]) -> None:
    """Keep by which ways the actor wants which kinds: `{("message", "email"): False}`.

    What a kind does by itself isn't kept: it stays so when that changes. Raises ValidationError for a kind, or a way of
    it, that nobody can choose; then nothing is kept.
    """
    for kind, way in wanted:
        if not preferences.is_offered(kind, way):
            raise ValidationError("There is no such notification to choose.", code="unknown")
    kept = {(row.kind, row.way): row for row in Preference.objects.select_for_update().filter(user=actor)}
    changed = False
    for (kind, way), value in wanted.items():
        row, usual = kept.get((kind, way)), way in notification_types.get(kind).ways
        if value == (row.wanted if row else usual):
            continue
        changed = True
        if value == usual and row:
            row.delete()
        else:
            Preference.objects.update_or_create(user=actor, kind=kind, way=way, defaults={"wanted": value})
    if changed:
        audit.record(actor, "notifications.chosen", actor)


@transaction.atomic
def set_schedule(
    actor: User,
    *,
    quiet_from: time | None,
    quiet_until: time | None,
    digest: str,
    digest_day: int,
    digest_hour: int,
) -> Schedule:
    """Keep when the actor wants to be told; a digest that is on its way comes at its new time."""
    fields = {
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "digest": digest,
        "digest_day": digest_day,
        "digest_hour": digest_hour,
    }
    schedule, _ = Schedule.objects.update_or_create(user=actor, defaults=fields)
    waiting = Delivery.objects.filter(recipient=actor, way=Way.DIGEST, state=State.WAITING, tries=0)
    waiting.update(due=preferences.digest_after(schedule, actor, timezone.now()))
    audit.record(actor, "notifications.scheduled", actor)
    return schedule


def unsubscribe(actor: User, way: str, names: Iterable[str]) -> None:
    """What a link in a mail does: no more of these kinds by this way. A kind that is there no longer is no error."""
    choose(actor, {(name, way): False for name in names if preferences.is_offered(name, way)})
