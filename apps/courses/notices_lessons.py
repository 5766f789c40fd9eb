"""The kinds of notifications that tell a course's students of new lessons and announcements."""

from collections.abc import Sequence

from apps.accounts.models import Role, User
from apps.courses.models import Announcement, Course, Enrollment, EnrollmentQuerySet, Lesson
from apps.notifications.events import about, notify
from apps.notifications.models import Event, Notification
from apps.notifications.notification_types import Found, NotificationType, looked_up

# How many new lessons a line names.
NAMED = 3


def lessons_published(course: Course, lessons: Sequence[int]) -> None:
    """Tell everyone who is enrolled then of these lessons (by id), with one notification for all of them."""
    count = len(lessons)
    title = f"{count} new lesson{'' if count == 1 else 's'}: {course.title}"
    key = f"lessons-{course.pk}-{min(lessons)}-{count}"
    notify("lessons", key, title, thing=course, about=f"lessons-{course.pk}", lessons=sorted(lessons))


def announced(announcement: Announcement, actor: User) -> None:
    """Tell everyone who is enrolled in the course, or in its batch."""
    notify(
        *("announcement", event_of(announcement), announcement.title),
        actor=actor,
        thing=announcement,
        about=about(announcement),
    )


def event_of(announcement: Announcement) -> str:
    """The key under which an announcement is told."""
    return f"announcement-{announcement.pk}"


def _users(rows: EnrollmentQuerySet, after: int, most: int) -> list[int]:
    users = rows.filter(course__published=True, student__user__gt=after, student__user__is_active=True)
    return list(users.order_by("student__user").values_list("student__user", flat=True).distinct()[:most])


def _students_of_course(event: Event, after: int, most: int) -> list[int]:
    return _users(Enrollment.objects.valid().filter(course=event.thing), after, most)


def _students_of_announcement(event: Event, after: int, most: int) -> list[int]:
    announcement = Announcement.objects.filter(pk=event.thing).first()
    if announcement is None:
        return []
    rows = Enrollment.objects.valid().filter(course=announcement.course_id)
    if announcement.batch_id:
        rows = rows.filter(batch=announcement.batch_id)
    return _users(rows, after, most)


def _find_lessons(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    """Of each notification the lessons that its reader may still open; one without any is gone."""
    ids = {pk for notice in notices for pk in notice.data.get("lessons", [])}
    lessons = list(Lesson.objects.visible_to(user).filter(pk__in=ids).select_related("module__course").in_order())
    found = {}
    for notice in notices:
        mine = set(notice.data.get("lessons", []))
        if there := [lesson for lesson in lessons if lesson.pk in mine]:
            found[notice.pk] = _found_lessons(there)
    return found


def _show_lessons(event: Event) -> Found | None:
    rows = Lesson.objects.present().filter(pk__in=event.data.get("lessons", []), published=True)
    lessons = list(rows.filter(module__course__published=True).select_related("module__course").in_order())
    return _found_lessons(lessons) if lessons else None


def _found_lessons(lessons: list[Lesson]) -> Found:
    course, first = lessons[0].module.course, lessons[0]
    url = first.get_absolute_url() if len(lessons) == 1 else course.get_absolute_url()
    titles = [lesson.title for lesson in lessons[:NAMED]]
    more = {"course": course.title, "titles": titles, "count": len(lessons), "rest": len(lessons) - len(titles)}
    return Found(url, more=more)


def _announcements(user: User | None, ids: list[int]) -> dict[int, Announcement]:
    rows = Announcement.objects.all() if user is None else Announcement.objects.visible_to(user)
    return rows.select_related("course").in_bulk(ids)


def _found_announcement(announcement: Announcement, _: User | None) -> Found:
    more = {"course": announcement.course.title, "title": announcement.title}
    return Found(announcement.get_absolute_url(), announcement.body[:300], more=more)


_find_announcements, _show_announcement = looked_up(_announcements, _found_announcement)

LESSONS = NotificationType(
    name="lessons",
    order=33,
    label="New lessons",
    about="Lessons were published in a course that you take: one notification for all that came at once.",
    why="You are enrolled in this course.",
    icon="book-open",
    template="courses/notices/lessons.html",
    find=_find_lessons,
    show=_show_lessons,
    recipients=_students_of_course,
    roles=frozenset({Role.STUDENT}),
)
ANNOUNCEMENT = NotificationType(
    name="announcement",
    order=31,
    label="Announcements",
    about="The teachers of a course told everyone in it, or in your batch, something.",
    why="You are enrolled in this course.",
    icon="megaphone",
    template="courses/notices/announcement.html",
    find=_find_announcements,
    show=_show_announcement,
    recipients=_students_of_announcement,
    roles=frozenset({Role.STUDENT}),
)
