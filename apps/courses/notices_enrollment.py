"""What students are told of their enrollments: that one began, ends otherwise, was ended, or will end in a week."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import batched

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import AuditEntry, Role, User
from apps.core.academy_calendar import academy_now, academy_today
from apps.core.formats import day
from apps.courses.models import Course, Enrollment
from apps.notifications.events import notify, notify_all, withdraw
from apps.notifications.models import Event
from apps.notifications.notification_types import Find, Found, NotificationType, Show, looked_up

BATCH = 500
# How long before the end of an enrollment its student hears of it, and from which hour on the academy's clock.
DAYS_BEFORE = 7
TELL_FROM_HOUR = 9


def enrolled(entry: AuditEntry, actor: User, enrollment: Enrollment) -> None:
    """Tell a student that somebody enrolled them."""
    _tell("enrolled", f"enrolled-{entry.pk}", f"Enrolled: {enrollment.course}", actor, enrollment)


def end_moved(entry: AuditEntry, actor: User, enrollment: Enrollment) -> None:
    """Notify a student that their access ends on another day."""
    until = f"open until {day(enrollment.last_day)}" if enrollment.last_day else "open without end"
    _tell("access", f"access-{entry.pk}", f"{enrollment.course}: {until}", actor, enrollment)


def withdrawn(entry: AuditEntry, actor: User, enrollment: Enrollment) -> None:
    """Notify a student that their enrollment ended."""
    _tell("withdrawn", f"withdrawn-{enrollment.pk}-{entry.pk}", f"Ended: {enrollment.course}", actor, enrollment)


def withdrawal_undone(enrollment: Enrollment) -> None:
    """Remove the notifications about a withdrawal that was a mistake."""
    events = Event.objects.filter(kind="withdrawn", thing=enrollment.pk)
    keys = list(events.values_list("key", flat=True))
    events.delete()
    withdraw(*keys)


def tell_of_ends() -> int:
    """Notify students whose access ends within a week, once per end date; returns how many."""
    now = academy_now()
    if now.hour < TELL_FROM_HOUR:
        return 0
    soon = now + timedelta(days=DAYS_BEFORE)
    ending = Q(expires_at__gt=now, expires_at__lte=soon)
    ending |= Q(batch__end_ends_access=True, batch__end__range=(academy_today(), soon.date() - timedelta(days=1)))
    rows = Enrollment.objects.valid().filter(ending, student__user__is_active=True, course__published=True)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    return sum(_tell_of_ends(some) for some in batched(ids, BATCH))


@transaction.atomic
def _tell_of_ends(ids: Sequence[int]) -> int:
    # Locked, so that of two who look at once the second finds what the first has written.
    rows = Enrollment.objects.filter(pk__in=ids).select_for_update(of=("self",))
    due = {_ends_key(row): row for row in rows.select_related("student", "course", "batch")}
    told = set(Event.objects.filter(key__in=list(due)).values_list("key", flat=True))
    fresh = [_ends_event(key, row) for key, row in due.items() if key not in told and row.is_valid()]
    notify_all(fresh)
    return len(fresh)


def _ends_key(enrollment: Enrollment) -> str:
    """One key per end date: after an extension, the student is notified again before the new end."""
    return f"ends-{enrollment.pk}-{enrollment.last_open_day}"


def _ends_event(key: str, enrollment: Enrollment) -> Event:
    row = Event(key=key, kind="ends", thing=enrollment.pk, people=[enrollment.student.user_id])
    assert enrollment.last_open_day
    row.title = f"{enrollment.course} closes after {day(enrollment.last_open_day)}"
    return row


def _tell(kind: str, key: str, title: str, actor: User, enrollment: Enrollment) -> None:
    if user := enrollment.student.user_id:
        notify(kind, key, title, actor=actor, thing=enrollment, to=[user])


def _own(user: User | None, ids: list[int]) -> dict[int, Enrollment]:
    """The person's own enrollments, in courses whose page they may open."""
    rows = Enrollment.objects.select_related("course", "batch")
    if user:
        rows = rows.filter(student__user=user, course__in=Course.objects.visible_to(user))
    return rows.in_bulk(ids)


def _own_valid(user: User | None, ids: list[int]) -> dict[int, Enrollment]:
    """Those that are valid: what has ended doesn't end soon."""
    return {pk: row for pk, row in _own(user, ids).items() if row.is_valid()}


def _found(enrollment: Enrollment, _: User | None) -> Found:
    more = {"ends": enrollment.last_open_day, "begins": enrollment.enrolled_on, "later": enrollment.state == "later"}
    return Found(enrollment.course.get_absolute_url(), about=enrollment.course.title, more=more)


def _kind(template: str, label: str, about: str, icon: str, looked: tuple[Find, Show]) -> NotificationType:
    find, show = looked
    name = template.removeprefix("courses/notices/").removesuffix(".html")
    return NotificationType(
        name=name,
        order=30,
        label=label,
        about=about,
        why="It is about a course that you take.",
        icon=icon,
        template=template,
        find=find,
        show=show,
        roles=frozenset({Role.STUDENT}),
    )


TYPES = (
    _kind(
        "courses/notices/enrolled.html",
        "Enrollments",
        "Somebody enrolled you in a course.",
        "graduation-cap",
        looked_up(_own, _found),
    ),
    _kind(
        "courses/notices/access.html",
        "Longer access",
        "A course is open to you for longer, or less long.",
        "calendar",
        looked_up(_own, _found),
    ),
    _kind(
        "courses/notices/withdrawn.html",
        "Ended enrollments",
        "A course is closed to you now.",
        "user-minus",
        looked_up(_own, _found),
    ),
    _kind(
        "courses/notices/ends.html",
        "Courses that end",
        "A course closes to you within a week.",
        "calendar",
        looked_up(_own_valid, _found),
    ),
)
