"""The kind of notifications that courses own: a student is in another batch now."""

from collections.abc import Sequence

from apps.accounts.models import AuditEntry, Role, User
from apps.courses.models import Batch
from apps.notifications.events import about, notify, withdraw
from apps.notifications.models import Event, Notification
from apps.notifications.notification_types import Found, NotificationType
from apps.students.models import Student


def moved(entry: AuditEntry, actor: User, student: Student, source: Batch, target: Batch) -> None:
    """Tell the student, and the teachers of both batches."""
    to = [pk for pk in (student.user_id, source.teacher_id, target.teacher_id) if pk]
    batches = {"source": source.pk, "target": target.pk}
    title = f"Moved: {student.full_name}"
    notify("moved", f"moved-{entry.pk}", title, actor=actor, thing=student, about=about(student), to=to, **batches)


def move_undone(student: Student, source: Batch, target: Batch) -> None:
    """Remove the notifications about a move that was undone."""
    move = {"kind": "moved", "thing": student.pk, "data__source": source.pk, "data__target": target.pk}
    events = Event.objects.filter(**move)
    keys = {*events.values_list("key", flat=True), *Notification.objects.filter(**move).values_list("event", flat=True)}
    events.delete()
    withdraw(*keys)


def _found(student: Student, names: dict[int, str], data: dict[str, int], url: str) -> Found:
    places = {"source": names.get(data.get("source", 0), ""), "target": names.get(data.get("target", 0), "")}
    return Found(url, about=student.full_name, more={"user": student.user_id, **places})


def _names(notices: Sequence[Notification | Event]) -> dict[int, str]:
    ids = {pk for notice in notices for pk in notice.data.values()}
    return dict(Batch.objects.filter(pk__in=ids).values_list("pk", "name"))


def _find(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    """For the student their record; for a teacher their batch, as they may not see the student any more."""
    names, found = _names(notices), {}
    students = Student.objects.in_bulk([notice.thing for notice in notices])
    own = set(Student.objects.filter(user=user).values_list("pk", flat=True))
    batches = dict(_urls(user, names))
    for notice in notices:
        student = students.get(notice.thing)
        url = next((batches[pk] for pk in (notice.data.get("target"), notice.data.get("source")) if pk in batches), "")
        if student and student.pk in own:
            url = student.get_absolute_url()
        if student and url:
            found[notice.pk] = _found(student, names, notice.data, url)
    return found


def _urls(user: User, ids: dict[int, str]) -> list[tuple[int, str]]:
    rows = Batch.objects.visible_to(user).filter(pk__in=ids)
    return [(batch.pk, batch.get_absolute_url()) for batch in rows]


def _show(event: Event) -> Found | None:
    student = Student.objects.filter(pk=event.thing).first()
    return _found(student, _names([event]), event.data, student.get_absolute_url()) if student else None


MOVED = NotificationType(
    name="moved",
    order=30,
    label="Moves between batches",
    about="You, or a student of your batch, are in another batch now.",
    why="It is about you, or about a student of your batch.",
    icon="arrow-right-left",
    template="courses/notices/moved.html",
    find=_find,
    show=_show,
    roles=frozenset({Role.TEACHER, Role.STUDENT}),
)
