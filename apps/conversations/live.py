"""Which fragment goes to which channel after which change.

All of it happens after the commit: the conversation's row is locked no longer than the write takes.
"""

from collections.abc import Collection, Iterable
from functools import partial
from itertools import batched

from django.db import transaction
from django.template.loader import render_to_string

from apps.conversations.models import Audience, Conversation, Message
from apps.core.jobs import enqueue_after_commit
from apps.realtime.publish import event, publish, signal

BATCH = 500


def upsert(conversation: Conversation, messages: Iterable[Message]) -> str:
    """Messages as one fragment: htmx puts them, by id and in order, into the list wherever it is shown."""
    context = {"conversation": conversation, "messages": messages}
    return render_to_string("conversations/_upsert.html", context)


def message_changed(message: Message) -> None:
    """Show a new, edited or deleted message to whoever has its conversation open."""
    transaction.on_commit(partial(_show, message), robust=True)


def message_gone(message: Message) -> None:
    """Have pages take down what tells of a deleted message."""
    enqueue_after_commit("conversations.forget_message", message.pk)


def assignment_changed(conversation: Conversation) -> None:
    """Have the pages of staff show who answers this conversation; where it is closed, all are told whom to ask."""
    channel = conversation.type.channel(conversation, Audience.STAFF)
    transaction.on_commit(partial(signal, channel, f"assigned-{conversation.pk}"), robust=True)
    if conversation.locked:
        lock_changed(conversation)


def messages_changed(conversation_ids: Collection[int]) -> None:
    """Many messages of these conversations changed at once: each page that has one open asks for what is newer."""
    for some in batched(conversation_ids, BATCH):
        for conversation in Conversation.objects.filter(pk__in=some).with_titles():
            _signal(conversation, f"catch-up-{conversation.pk}")


def lock_changed(conversation: Conversation) -> None:
    """What stands under the messages changed: each page that has them open asks for it."""
    _signal(conversation, f"foot-{conversation.pk}")


def _signal(conversation: Conversation, event: str) -> None:
    for channel in sorted({conversation.type.channel(conversation, audience) for audience in Audience.values}):
        signal(channel, event)


def _show(message: Message) -> None:
    conversation = message.conversation
    if not message.holds_parts:
        message = Message.objects.for_display().get(pk=message.pk)
    message.fragment = upsert(conversation, [message])
    publish(conversation.type.channel(conversation, message.audience), message.fragment)


def forget(message_id: int) -> None:
    """Have the pages of those who were told of a message take down what tells of it."""
    message = Message.objects.select_related("conversation").get(pk=message_id)
    conversation = message.conversation
    followers = conversation.type.followers(conversation, message.audience)
    named = message.mentions.values_list("user_id", flat=True)
    for user_id in sorted({*followers, *named} - {message.author_id}):
        event(f"user-{user_id}", "message-gone", {"conversation": conversation.pk, "key": message.key})
