"""What people are told of series: one notification for an act on all of its lessons; and clashes found later."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Case, Q, When
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.core.formats import day as written
from apps.courses.models import Batch
from apps.notifications.events import notify, withdraw
from apps.notifications.models import Event, Notification
from apps.notifications.notification_types import Found, NotificationType
from apps.scheduling.models import Series, SeriesChange
from apps.students.models import Student

SAID = {
    "started": "New lessons",
    "changed": "Changed lessons",
    "ended": "Called off lessons",
    "shortened": "Called off lessons",
    "resumed": "Lessons are back on",
}


def told(change: SeriesChange, actor: User | None) -> set[int]:
    """Notify the people affected by a change to a series; returns them."""
    series, kind, people = change.series, SAID[change.kind], people_of_change(change)
    notify(
        "lesson_series",
        _key(change),
        f"{kind}: {series.subject}",
        actor=actor,
        thing=change,
        to=people,
    )
    return people


def told_of_batch(
    batch: Batch, changes: Sequence[SeriesChange], lessons: Mapping[str, int], first: date, actor: User | None
) -> set[int]:
    """Notify the people affected by one act on several series of a batch, once each; returns them.

    `lessons` counts the affected lessons by change id; `first` is the day of the earliest one.
    """
    change = changes[0]
    people = set().union(*map(people_of_change, changes))
    title = f"{SAID[change.kind]}: {batch.name}"
    more: dict[str, Any] = {"changes": dict(lessons), "first": first.isoformat()}
    notify("lesson_series", _key(change), title, actor=actor, thing=change, to=people, **more)
    return people


def taken_back(change: SeriesChange) -> None:
    """It was undone: what was told of it holds no longer, and what wasn't yet won't be."""
    withdraw(_key(change))


def clashed(series: Series, day: date, why: str) -> None:
    """Tell its teacher, and whoever made it, that a date of an open series clashes."""
    title = f"Clash: {series.subject} on {written(day)}"
    to = [pk for pk in (series.teacher_id, series.made_by_id) if pk]
    notify("series_clash", f"series-clash-{series.pk}-{day}", title, thing=series, to=to, day=day.isoformat(), why=why)


def _key(change: SeriesChange) -> str:
    return f"series-{change.pk}"


def people_of_change(change: SeriesChange) -> set[int]:
    """Everyone who takes part, and of a series that a change continues, everyone who took part before."""
    series = change.series
    both = [series.pk]
    if change.kind == SeriesChange.Kind.CHANGED and series.continues_id:
        both.append(series.continues_id)
    students = Student.objects.filter(
        Q(series__in=both) | Q(enrollments__batch=series.batch_id or 0, enrollments__is_active=True)
    )
    ids = set(students.exclude(user=None).values_list("user", flat=True))
    return {pk for pk in ids | set(Series.objects.filter(pk__in=both).values_list("teacher", flat=True)) if pk}


def _changes(user: User | None, ids: list[int]) -> Mapping[int, SeriesChange]:
    """For a person each with `inside`: do they take part after the change, too?"""
    rows = SeriesChange.objects.select_related("series__teacher", "series__batch", "series__continues")
    if user is None:
        return rows.in_bulk(ids)
    seen = Series.objects.visible_to(user).values("pk")
    rows = rows.filter(Q(series__in=seen) | Q(kind=SeriesChange.Kind.CHANGED, series__continues__in=seen))
    return rows.annotate(inside=Case(When(series__in=seen, then=True), default=False)).in_bulk(ids)


def _changes_in(notice: Notification | Event) -> list[int]:
    """Ids of the changes in a notification; several for an act on a batch."""
    return [int(pk) for pk in notice.data.get("changes", ())] or [notice.thing]


def _found(changes: Sequence[SeriesChange], notice: Notification | Event) -> Found | None:
    """The content for a reader who may see these of its changes."""
    if not changes:
        return None
    if len(changes) > 1:
        return _found_batch(changes, notice)
    change = changes[0]
    series = change.series
    outside = not getattr(change, "inside", True)
    page = series.continues if outside and series.continues else series
    more = {"change": change, "series": series, "words": series.rule.words, "outside": outside}
    return Found(page.get_absolute_url(), change.why, series.subject, more=more)


def _found_batch(changes: Sequence[SeriesChange], notice: Notification | Event) -> Found:
    """The content for several series. Only a known reader gets a lesson count, because it differs by reader."""
    change, lessons = changes[0], notice.data["changes"]
    year, week, _ = date.fromisoformat(notice.data["first"]).isocalendar()
    url = f"{reverse('scheduling:calendar_detail')}?week={year}-W{week:02}"
    name = change.series.batch.name if change.series.batch else ""
    more = {"change": change, "batch": name}
    if isinstance(notice, Notification):
        more["lessons"] = sum(lessons[str(each.pk)] for each in changes)
    return Found(url, change.why, name, more=more)


def _find(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    rows = _changes(user, [pk for notice in notices for pk in _changes_in(notice)])
    found = {notice.pk: _found([rows[pk] for pk in _changes_in(notice) if pk in rows], notice) for notice in notices}
    return {pk: each for pk, each in found.items() if each}


def _show(event: Event) -> Found | None:
    rows = _changes(None, _changes_in(event))
    return _found([rows[pk] for pk in _changes_in(event) if pk in rows], event)


def _take_part(event: Event, ids: Sequence[int]) -> Iterable[int]:
    changes = SeriesChange.objects.filter(pk__in=_changes_in(event)).select_related("series")
    return set().union(*map(people_of_change, changes)) & set(ids)


def _clash(series: Series | None, notice: Notification | Event) -> Found | None:
    if series is None:
        return None
    day = date.fromisoformat(notice.data["day"])
    more = {"series": series, "day": day, "clash": notice.data["why"]}
    return Found(series.get_absolute_url(), about=series.subject, more=more)


def _find_clashes(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    rows = Series.objects.visible_to(user).in_bulk([notice.thing for notice in notices])
    found = {notice.pk: _clash(rows.get(notice.thing), notice) for notice in notices}
    return {pk: each for pk, each in found.items() if each}


def _show_clash(event: Event) -> Found | None:
    return _clash(Series.objects.filter(pk=event.thing).first(), event)


def _keepers(event: Event, ids: Sequence[int]) -> Iterable[int]:
    series = Series.objects.filter(pk=event.thing).first()
    return [pk for pk in ids if pk in (series.teacher_id, series.made_by_id)] if series else []


PEOPLE = frozenset({Role.TEACHER, Role.STUDENT})
TYPES = (
    NotificationType(
        name="lesson_series",
        order=36,
        label="Series of lessons",
        about="A series of your lessons was started, changed or ended.",
        why="You take part in these lessons.",
        icon="calendar-clock",
        template="scheduling/notices/lesson_series.html",
        find=_find,
        show=_show,
        readers=_take_part,
        urgent=True,
        roles=PEOPLE,
    ),
    NotificationType(
        name="series_clash",
        order=37,
        label="Clashes in a series",
        about="A date of a series has no free time, or a student has another lesson then.",
        why="You teach this series, or made it.",
        icon="calendar-x",
        template="scheduling/notices/series_clash.html",
        find=_find_clashes,
        show=_show_clash,
        readers=_keepers,
        roles=frozenset({Role.TEACHER, Role.STAFF, Role.ADMIN}),
    ),
)
