"""What courses know of a person: what they take, and what they teach."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q

from apps.accounts.models import Role, User
from apps.accounts.parts import Part, Work
from apps.core.academy_calendar import academy_today
from apps.courses.models import (
    Announcement,
    Batch,
    BatchQuerySet,
    Certificate,
    Course,
    CourseCompletion,
    CourseInvitation,
    CourseTeacher,
    Enrollment,
    LessonProgress,
)


class CoursesPart(Part):
    """A batch keeps its teacher until an admin or staff give it another; a course may be without one."""

    name = "courses"

    def own_data(self, user: User) -> dict[str, Any]:
        """What one takes or took, how far one came, and what one teaches or taught."""
        return {**_taken(user), **_done(user), **_taught(user)}

    def open_work(self, user: User) -> Iterator[Work]:
        """The batches that one teaches and that have not ended, and the courses that nobody else writes."""
        for batch in _current(user).select_related("course"):
            yield Work("Batch", f"{batch.course}: {batch}", batch.get_absolute_url())
        writers = CourseTeacher.objects.filter(course=OuterRef("pk"), teacher__is_active=True)
        own = Course.objects.filter(pk__in=CourseTeacher.objects.filter(teacher=user).values("course"))
        for course in own.exclude(Exists(writers.exclude(teacher=user))):
            yield Work("Course", course.title, course.get_absolute_url())

    def against_role(self, user: User, role: str) -> Iterable[str]:
        """Who teaches is a teacher."""
        if role == Role.TEACHER:
            return
        if count := _current(user).count():
            yield f"They teach {count} {'batch' if count == 1 else 'batches'}: give each another teacher first."
        if count := CourseTeacher.objects.filter(teacher=user).count():
            yield f"They write {count} {'course' if count == 1 else 'courses'}: give each another teacher first."

    def forget(self, user: User) -> None:
        """Courses keep what a teacher wrote, but not that this person writes them."""
        for row in CourseTeacher.objects.filter(teacher=user):
            row.delete()


def _taken(user: User) -> dict[str, Any]:
    enrollments = Enrollment.objects.filter(student__user=user).select_related("course", "batch")
    invitations = CourseInvitation.objects.filter(student__user=user).select_related("course")
    return {
        "enrollments": [
            {
                "course": enrollment.course.title,
                "batch": enrollment.batch.name if enrollment.batch else None,
                "active": enrollment.is_active,
                "from": enrollment.enrolled_at,
                "until": enrollment.expires_at,
            }
            for enrollment in enrollments
        ],
        "course_invitations": [{"course": row.course.title, "invited": row.created} for row in invitations],
    }


def _done(user: User) -> dict[str, Any]:
    lessons = LessonProgress.objects.filter(student__user=user).select_related("lesson__module__course").order_by("pk")
    return {
        "lessons": (_lesson(row) for row in lessons.iterator(chunk_size=500)),
        "finished": [
            {"course": fact.course.title, "run": fact.run, "finished": fact.finished_at}
            for fact in CourseCompletion.objects.filter(student__user=user).select_related("course")
        ],
        "certificates": [
            {
                "number": paper.readable_number,
                "name": paper.name,
                "course": paper.course_title,
                "completed": paper.finished_on,
                "issued": paper.issued_at,
                "issued_again": paper.reissued_at,
                "revoked": paper.revoked_at,
            }
            for paper in Certificate.objects.filter(student__user=user)
        ],
    }


def _lesson(row: LessonProgress) -> dict[str, Any]:
    return {
        "course": row.lesson.module.course.title,
        "lesson": row.lesson.title,
        "opened": row.opened_at,
        "last_open": row.seen_at,
        "completed": row.completed_at,
        "watched_seconds": row.watched,
    }


def _taught(user: User) -> dict[str, Any]:
    batches = Batch.objects.filter(teacher=user).select_related("course")
    courses = CourseTeacher.objects.filter(teacher=user).select_related("course")
    announcements = Announcement.objects.filter(author=user).select_related("course")
    return {
        "announcements": [
            {"course": row.course.title, "title": row.title, "text": row.body, "announced": row.created}
            for row in announcements
        ],
        "batches_taught": [
            {"course": batch.course.title, "batch": batch.name, "start": batch.start, "end": batch.end}
            for batch in batches
        ],
        "courses_taught": [row.course.title for row in courses],
    }


def _current(teacher: User) -> BatchQuerySet:
    return Batch.objects.filter(Q(end=None) | Q(end__gte=academy_today()), teacher=teacher)
