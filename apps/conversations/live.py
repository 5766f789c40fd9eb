"""Which fragment goes to which channel after which change.

All of it happens after the commit: the conversation's row is locked no longer than the write takes.
"""

from collections.abc import Collection, Iterable
from functools import partial
from itertools import batched

from django.db import transaction
from django.template.loader import render_to_string

from apps.conversations.models import Audience, Conversation, Message
from apps.notifications.live import toast
from apps.realtime.publish import event, publish, signal

BATCH = 500


def upsert(conversation: Conversation, messages: Iterable[Message]) -> str:
    """Messages as one fragment: htmx puts them, by id and in order, into the list wherever it is shown."""
    context = {"conversation": conversation, "messages": messages}
    return render_to_string("conversations/_upsert.html", context)


def message_changed(message: Message) -> None:
    """Show a new, edited or deleted message to whoever has its conversation open."""
    transaction.on_commit(partial(_show, message), robust=True)


def message_arrived(message: Message, named: Collection[int] = ()) -> None:
    """Tell those who take part and look elsewhere; a page that shows the conversation drops the toast.

    `named` are the ids of those whom it mentions: they are told so, whether they follow the conversation or not.
    """
    transaction.on_commit(partial(_tell, message, named), robust=True)


def people_named(message: Message, named: Collection[int]) -> None:
    """Tell those, by their ids, whom a message mentions since it was edited."""
    if named:
        transaction.on_commit(partial(_tell, message, named, follow=False), robust=True)


def message_gone(message: Message) -> None:
    """Take down what still tells of a deleted message, and have it counted no more."""
    transaction.on_commit(partial(_forget, message), robust=True)


def messages_changed(conversation_ids: Collection[int]) -> None:
    """Many messages of these conversations changed at once: each page that has one open asks for what is newer."""
    for some in batched(conversation_ids, BATCH):
        for conversation in Conversation.objects.filter(pk__in=some).with_titles():
            _signal(conversation, f"catch-up-{conversation.pk}")


def lock_changed(conversation: Conversation) -> None:
    """What stands under the messages changed: each page that has them open asks for it."""
    _signal(conversation, f"foot-{conversation.pk}")


def _signal(conversation: Conversation, event: str) -> None:
    for channel in sorted({conversation.owner.channel(conversation, audience) for audience in Audience.values}):
        signal(channel, event)


def _show(message: Message) -> None:
    conversation = message.conversation
    if not hasattr(message, "_prefetched_objects_cache"):
        message = Message.objects.for_display().get(pk=message.pk)
    message.fragment = upsert(conversation, [message])
    publish(conversation.owner.channel(conversation, message.audience), message.fragment)


def _forget(message: Message) -> None:
    conversation = message.conversation
    followers = conversation.owner.followers(conversation, message.audience)
    named = message.mentions.values_list("user_id", flat=True)
    for user_id in sorted({*followers, *named} - {message.author_id}):
        event(f"user-{user_id}", "message-gone", {"conversation": conversation.pk, "key": message.key})


def _tell(message: Message, named: Collection[int], *, follow: bool = True) -> None:
    conversation = message.conversation
    context = {"message": message, "title": conversation.owner.title(conversation)}
    followers = conversation.owner.followers(conversation, message.audience)
    for told, is_named in ((set(named), True), (followers - set(named) if follow else set(), False)):
        html = render_to_string("conversations/_toast.html", {**context, "named": is_named}) if told else ""
        for user_id in sorted(told - {message.author_id}):
            toast(user_id, html)
