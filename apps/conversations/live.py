"""Which fragment goes to which channel after which change.

All of it happens after the commit: the conversation's row is locked no longer than the write takes.
"""

from collections.abc import Collection, Iterable
from functools import partial
from itertools import batched
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string

from apps.accounts.models import AuditEntry, User
from apps.conversations import tasks
from apps.conversations.models import Audience, Conversation, Message, Reaction
from apps.core.ids import element_id
from apps.notifications.events import about, notify, take_back, withdraw, withdraw_about
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
    _notify("message", message)
    if named:
        _notify("mention", message, to=named)


def people_named(message: Message, named: Collection[int], unnamed: Collection[int]) -> None:
    """Tell those, by their ids, whom a message mentions since it was edited; take it back from those it did before."""
    if named:
        _notify("mention", message, key=f"mention-{message.pk}-{message.revisions.count()}", to=named)
    take_back("mention", message, unnamed)


def reaction_added(reaction: Reaction, message: Message) -> None:
    """Tell whoever wrote a message that somebody reacts to it."""
    if message.author_id:
        _notify("reaction", message, reaction, to=[message.author_id])


def reactions_gone(*reaction_ids: int) -> None:
    """Nobody reacts so any more."""
    withdraw(*(f"reaction-{pk}" for pk in reaction_ids))


def assigned(entry: AuditEntry, conversation: Conversation, actor: User) -> None:
    """Tell whoever was given a conversation to see to, and have the pages of staff show whose it is."""
    channel = conversation.type.channel(conversation, Audience.STAFF)
    transaction.on_commit(partial(signal, channel, f"assigned-{conversation.pk}"), robust=True)
    withdraw_about("assigned", about(conversation))
    if conversation.assignee_id:
        title, place = conversation.type.title(conversation), about(conversation)
        notify(
            "assigned",
            f"assigned-{entry.pk}",
            f"Conversation given to you: {title}",
            actor=actor,
            thing=conversation,
            about=place,
            to=[conversation.assignee_id],
        )


def _notify(kind: str, message: Message, thing: Reaction | None = None, key: str = "", **more: Any) -> None:
    conversation = message.conversation
    title = conversation.type.title(conversation)
    notify(
        kind,
        key or (element_id(thing) if thing else f"{kind}-{message.pk}"),
        f"{TITLES[kind]} {title}".strip(),
        actor=thing.user if thing else message.author,
        thing=thing or message,
        about=about(conversation),
        position=message.key,
        **more,
    )


TITLES = {"message": "New message:", "mention": "You were mentioned:", "reaction": "Reaction:"}


def message_gone(message: Message) -> None:
    """Take down what still tells of a deleted message, and have it counted no more."""
    reactions = (f"reaction-{pk}" for pk in message.reactions.values_list("pk", flat=True))
    edits = (f"mention-{message.pk}-{number + 1}" for number in range(message.revisions.count()))
    withdraw(f"message-{message.pk}", f"mention-{message.pk}", *edits, *reactions)
    transaction.on_commit(partial(tasks.forget_message.enqueue, message.pk), robust=True)


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
    if not hasattr(message, "_prefetched_objects_cache"):
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
