"""What people have chosen, and what follows from it at a given moment."""

import zoneinfo
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time, timedelta

from django.conf import settings

from apps.accounts.models import User
from apps.notifications import notification_types
from apps.notifications.models import Preference, Rhythm, Schedule, Way, usual_schedule


def ways(kind: notification_types.NotificationType, chosen: Iterable[Preference]) -> frozenset[str]:
    """The ways by which a kind comes to a person with these preferences of it."""
    result = set(kind.ways)
    for preference in chosen:
        (result.add if preference.wanted else result.discard)(preference.way)
    return frozenset((result & kind.offered) | kind.always)


def ways_of(kind: notification_types.NotificationType, user_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The ways by which a kind comes to each of these people; one query."""
    chosen: defaultdict[int, list[Preference]] = defaultdict(list)
    for preference in Preference.objects.filter(user__in=user_ids, kind=kind.name):
        chosen[preference.user_id].append(preference)
    return {pk: ways(kind, chosen[pk]) for pk in user_ids}


def table(user: User) -> dict[str, frozenset[str]]:
    """The ways that a person has for each kind."""
    chosen: defaultdict[str, list[Preference]] = defaultdict(list)
    for preference in Preference.objects.filter(user=user):
        chosen[preference.kind].append(preference)
    return {kind.name: ways(kind, chosen[kind.name]) for kind in notification_types.registered()}


def schedule_of(user: User) -> Schedule:
    """When this person wants to be told."""
    return Schedule.objects.filter(user=user).first() or usual_schedule(user)


def schedules(users: Sequence[User]) -> dict[int, Schedule]:
    """The same of several; one query."""
    rows = {row.user_id: row for row in Schedule.objects.filter(user__in=users)}
    return {user.pk: rows.get(user.pk) or usual_schedule(user) for user in users}


def clock_of(user: User) -> zoneinfo.ZoneInfo:
    """The zone whose clock this person reads."""
    return zoneinfo.ZoneInfo(user.time_zone or settings.TIME_ZONE)


def quiet_until(schedule: Schedule, user: User, moment: datetime) -> datetime | None:
    """When the quiet hours end in which this moment falls; None where it falls in none."""
    begin, end = schedule.quiet_from, schedule.quiet_until
    if begin is None or end is None or begin == end:
        return None
    local = moment.astimezone(clock_of(user))
    now = local.time()
    if not (begin <= now < end if begin < end else now >= begin or now < end):
        return None
    return _next(local, end)


def digest_after(schedule: Schedule, user: User, moment: datetime) -> datetime:
    """When the next digest after this moment is due."""
    local = moment.astimezone(clock_of(user))
    due = _next(local, time(schedule.digest_hour))
    if schedule.digest == Rhythm.WEEKLY:
        while due.astimezone(local.tzinfo).weekday() != schedule.digest_day:
            due = _next(due.astimezone(local.tzinfo), time(schedule.digest_hour))
    return due


def _next(local: datetime, at: time) -> datetime:
    """The next time that a clock shows this; where it is put forward over it, just after."""
    due = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0, fold=0)
    return due if due > local else due + timedelta(days=1)


def is_offered(kind: str, way: str) -> bool:
    """Can people choose whether this kind comes by this way?"""
    if not notification_types.known(kind) or way not in Way.values:
        return False
    declared = notification_types.get(kind)
    return way in declared.offered and way not in declared.always
