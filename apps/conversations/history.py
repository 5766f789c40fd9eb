"""Messages from before: written elsewhere, or by the demo, and taken over with their own dates."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.conversations.actions import clean_body
from apps.conversations.models import Audience, Conversation, Message, Participant

BATCH = 500


@dataclass(frozen=True)
class Line:
    """One message of the past."""

    author: User
    body: str
    at: datetime
    audience: str = Audience.EVERYONE


def add_history(conversation: Conversation, lines: Sequence[Line]) -> int:
    """Append messages of the past, oldest first, and return how many.

    Nobody is told, and nothing is published: an open page gets them when it next catches up. Raises ValidationError
    for a body that can't be stored; then none is.
    """
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
        key = conversation.messages.aggregate(newest=Max("key"))["newest"] or 0
        messages = []
        for line in lines:
            key = max(int(line.at.timestamp() * 1_000_000), key + 1)
            messages.append(_message(conversation, line, key))
        Message.objects.bulk_create(messages, batch_size=BATCH)
        conversation.save(update_fields=["clock", "staff_clock"])
        _have_read(conversation, {line.author.pk for line in lines}, key)
    return len(messages)


def _have_read(conversation: Conversation, user_ids: set[int], key: int) -> None:
    """Who wrote it takes part, and finds nothing new in it."""
    reached = {"last_read": key, "delivered": key}
    Participant.objects.bulk_create(
        [Participant(conversation=conversation, user_id=user_id, **reached) for user_id in user_ids],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["conversation", "user"],
        update_fields=list(reached),
    )


def _message(conversation: Conversation, line: Line, key: int) -> Message:
    if line.audience == Audience.STAFF:
        conversation.staff_clock += 1
        version = conversation.staff_clock
    else:
        conversation.clock += 1
        version = conversation.clock
    return Message(
        conversation=conversation,
        key=key,
        version=version,
        client_key=uuid.uuid4(),
        author=line.author,
        author_name=line.author.full_name,
        author_role=line.author.role,
        audience=line.audience,
        body=clean_body(line.body),
        created=line.at,
    )
