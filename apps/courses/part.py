"""What courses know of a person: what they take, and what they teach."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q

from apps.accounts.models import Role, User
from apps.accounts.parts import Part, Work
from apps.core.academy_calendar import academy_today
from apps.courses.models import Announcement, Batch, BatchQuerySet, Certificate, CourseCompletion, Enrollment


class CoursesPart(Part):
    """A batch keeps its teacher until an admin or staff give it another."""

    name = "courses"

    def own_data(self, user: User) -> dict[str, Any]:
        """Enrollments of one's own, with those that ended, and the batches that one teaches or taught."""
        enrollments = Enrollment.objects.filter(student__user=user).select_related("course", "batch")
        batches = Batch.objects.filter(teacher=user).select_related("course")
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
            "announcements": [
                {"course": row.course.title, "title": row.title, "text": row.body, "announced": row.created}
                for row in Announcement.objects.filter(author=user).select_related("course")
            ],
            "batches_taught": [
                {"course": batch.course.title, "batch": batch.name, "start": batch.start, "end": batch.end}
                for batch in batches
            ],
        }

    def open_work(self, user: User) -> Iterator[Work]:
        """The batches that one teaches and that have not ended."""
        for batch in _current(user).select_related("course"):
            yield Work("Batch", f"{batch.course}: {batch}", batch.get_absolute_url())

    def against_role(self, user: User, role: str) -> Iterable[str]:
        """Who teaches is a teacher."""
        if role != Role.TEACHER and (count := _current(user).count()):
            yield f"They teach {count} {'batch' if count == 1 else 'batches'}: give each another teacher first."


def _current(teacher: User) -> BatchQuerySet:
    return Batch.objects.filter(Q(end=None) | Q(end__gte=academy_today()), teacher=teacher)
