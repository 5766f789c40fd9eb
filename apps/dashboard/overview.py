"""What staff and teachers see first."""

from dataclasses import dataclass

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.conversations.models import Conversation, Message
from apps.courses.models import Batch
from apps.students.models import Status, Student

RECENT = 10
# The newest messages among which the threads last written in are sought: a bounded look back in any academy.
LOOK_BACK = 200
BATCHES = 8


@dataclass
class Overview:
    """The academy at a glance, as far as one person may see it."""

    active_students: int
    batches: QuerySet[Batch]
    recent: list[Message]


def overview(user: User) -> Overview:
    """How many students, which batches, and the newest message of each of the threads last written in."""
    students = Student.objects.visible_to(user)
    return Overview(
        active_students=students.filter(status=Status.ACTIVE).count(),
        batches=Batch.objects.visible_to(user).with_sizes().select_related("course", "teacher")[:BATCHES],
        recent=_recent(user),
    )


def _recent(user: User) -> list[Message]:
    newest = (
        Message.objects.filter(conversation__in=Conversation.objects.visible_to(user), deleted=None)
        .select_related("conversation__student")
        .order_by("-pk")[:LOOK_BACK]
    )
    threads: dict[int, Message] = {}
    for message in newest:
        threads.setdefault(message.conversation_id, message)
    return list(threads.values())[:RECENT]
