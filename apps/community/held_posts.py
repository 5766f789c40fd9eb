"""What a person wrote and others don't see: shown to its author where it would stand."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.community.models import Community, Held, HeldKind, HeldState, Topic
from apps.conversations.models import Conversation

# For how long a refused post is shown beside the conversation, and keeps its files; its own page, and its notification,
# stay.
SHOWN_FOR = timedelta(days=3)
MOST = 20


@dataclass(frozen=True)
class OwnHeld:
    """Those of one place, in the order of writing, and where the region asks for itself again."""

    id: str
    url: str
    event: str
    viewer: User
    rows: list[Held]

    @classmethod
    def of_conversation(cls, viewer: User, conversation: Conversation) -> "OwnHeld":
        """In a conversation that `viewer` may read."""
        name = f"held-{conversation.pk}"
        rows = Held.objects.filter(conversation=conversation).exclude(kind=HeldKind.TOPIC)
        return cls(
            name, reverse("community:conversation_held", args=[conversation.pk]), name, viewer, _own(viewer, rows)
        )

    @classmethod
    def of_topics(cls, viewer: User, community: Community) -> "OwnHeld":
        """Topics of a community that `viewer` may read."""
        name = f"held-topics-{community.pk}"
        rows = Held.objects.filter(community=community, kind=HeldKind.TOPIC)
        return cls(name, reverse("community:topics_held", args=[community.course_id]), name, viewer, _own(viewer, rows))


def title_waiting(viewer: User, topic: Topic) -> str:
    """What else `viewer` wants to call a topic of theirs, as it waits for a moderator; empty for nothing."""
    rows = Held.objects.filter(kind=HeldKind.EDIT, state=HeldState.WAITING, conversation=topic.conversation_id)
    return rows.filter(author=viewer).exclude(title="").values_list("title", flat=True).first() or ""


def _own(viewer: User, rows: QuerySet[Held]) -> list[Held]:
    refused = Q(state=HeldState.REJECTED, decided_at__gt=timezone.now() - SHOWN_FOR)
    rows = rows.filter(Q(state=HeldState.WAITING) | refused, author=viewer)
    return list(rows.select_related("edits").prefetch_related("attachments__file").order_by("created", "pk")[:MOST])
