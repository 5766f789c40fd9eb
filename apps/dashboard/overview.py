"""What staff and teachers see first."""

from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from apps.accounts.models import User
from apps.conversations.models import Conversation, Message
from apps.courses.models import Batch
from apps.students.models import CONVERSATION_KIND, Status, Student

RECENT = 10
BATCHES = 8


@dataclass
class Overview:
    """The academy at a glance, as far as one person may see it."""

    active_students: int
    # For whoever may give them a teacher.
    without_teacher: list[Batch]
    batches: QuerySet[Batch]
    recent: list[Message]


def overview(user: User) -> Overview:
    """How many students, which batches, and the newest message of each of the threads last written in."""
    students = Student.objects.visible_to(user)
    return Overview(
        active_students=students.filter(status=Status.ACTIVE).count(),
        without_teacher=_without_teacher(user),
        batches=Batch.objects.visible_to(user).with_sizes().select_related("course", "teacher")[:BATCHES],
        recent=_recent(user),
    )


def _without_teacher(user: User) -> list[Batch]:
    if not user.sees_all:
        return []
    batches = Batch.objects.visible_to(user).without_teacher().running_first()
    return list(batches.select_related("course", "teacher")[: BATCHES + 1])


def _recent(user: User) -> list[Message]:
    messages = Message.objects.filter(deleted=None)
    newest = messages.filter(conversation=OuterRef("pk")).order_by("-key")
    threads = Conversation.objects.visible_to(user, CONVERSATION_KIND).annotate(
        newest=Subquery(newest.values("key")[:1])
    )
    last = dict(threads.exclude(newest=None).order_by("-newest").values_list("pk", "newest")[:RECENT])
    found = messages.filter(conversation__in=last, key__in=last.values()).select_related("conversation__student")
    # A key is one conversation's own: another's message may have the same.
    return sorted((m for m in found if last[m.conversation_id] == m.key), key=lambda m: m.key, reverse=True)
