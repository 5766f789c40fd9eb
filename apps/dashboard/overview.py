"""What staff and teachers see first."""

from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from apps.accounts.models import User
from apps.conversations.models import Message
from apps.courses.models import Batch
from apps.students.models import Status, Student

RECENT = 12


@dataclass
class Overview:
    """The academy at a glance, as far as one person may see it."""

    active_students: int
    batches: QuerySet[Batch]
    recent: QuerySet[Student]


def overview(user: User) -> Overview:
    """Counts, own batches, and the students whom people talked about last."""
    students = Student.objects.visible_to(user)
    newest = Message.objects.filter(conversation=OuterRef("conversation_id"), deleted=None).order_by("-key")
    recent = (
        students.annotate(
            last_key=Subquery(newest.values("key")[:1]),
            last_at=Subquery(newest.values("created")[:1]),
            last_author=Subquery(newest.values("author_name")[:1]),
            last_body=Subquery(newest.values("body")[:1]),
            last_audience=Subquery(newest.values("audience")[:1]),
        )
        .filter(last_key__isnull=False)
        .order_by("-last_key")[:RECENT]
    )
    return Overview(
        active_students=students.filter(status=Status.ACTIVE).count(),
        batches=Batch.objects.visible_to(user).with_sizes().select_related("course", "teacher")[:8],
        recent=recent,
    )
