"""Messages from before: written elsewhere, or by the demo, and taken over with their own dates."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.conversations import bodies, tree
from apps.conversations.actions import clean_body
from apps.conversations.models import Audience, Conversation, Message, Participant

BATCH = 500


@dataclass(frozen=True)
class Line:
    """One message of the past. In a tree `answers` is the number of the line that it replies to, from 0 on."""

    author: User
    body: str
    at: datetime
    audience: str = Audience.EVERYONE
    answers: int | None = None


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
        places = _places(lines) if conversation.type.is_tree else []
        for message, place in zip(messages, places, strict=False):
            message.place = place
        Message.objects.bulk_create(messages, batch_size=BATCH)
        if places:
            _quote(lines, messages)
        conversation.save(update_fields=["clock", "staff_clock"])
        _have_read(conversation, {line.author.pk for line in lines}, key)
    return len(messages)


def _places(lines: Sequence[Line]) -> list[str]:
    """Where each line of a new tree stands; the first is what it begins with."""
    places, last = [tree.FIRST], dict[str, str]()
    for line in lines[1:]:
        answered = places[line.answers or 0]
        stem = tree.stem(answered)
        last[stem] = tree.following(answered, last.get(stem, ""))
        places.append(last[stem])
    return places[: len(lines)]


def _quote(lines: Sequence[Line], messages: Sequence[Message]) -> None:
    answers = [(message, line.answers) for message, line in zip(messages, lines, strict=True) if line.answers]
    for message, number in answers:
        message.reply_to = messages[number]
    Message.objects.bulk_update([message for message, _ in answers], ["reply_to"], batch_size=BATCH)


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
    body, client_key = clean_body(line.body, most=conversation.type.max_body), uuid.uuid4()
    return Message(
        conversation=conversation,
        key=key,
        version=version,
        client_key=client_key,
        author=line.author,
        author_name=line.author.full_name,
        author_role=line.author.role,
        audience=line.audience,
        body=body,
        html=bodies.as_html(body, client_key) if conversation.type.markdown else "",
        created=line.at,
    )
