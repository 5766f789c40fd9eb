"""What conversations tell people, and the types of notifications that do.

What a notification says is looked up for each reader, who may read it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse

from apps.accounts.models import AuditEntry, Role, User
from apps.conversations import policies
from apps.conversations.models import Conversation, Mention, Message, Participant, Reaction
from apps.core.ids import element_id
from apps.notifications import events
from apps.notifications.models import Event, Notification, Way
from apps.notifications.notification_types import Found, NotificationType

MAX_TEXT = 200


def _place(message: Message) -> str:
    """Where a message stands."""
    page = reverse("conversations:conversation_detail", args=[message.conversation_id])
    return f"{page}?at={message.pk}#message-{message.pk}"


def _found(message: Message, viewer: User | None = None, **more: Any) -> Found:
    conversation = message.conversation
    about = "" if conversation.type.between_two else conversation.type.title(conversation, viewer)
    text = message.body if len(message.body) <= MAX_TEXT else f"{message.body[: MAX_TEXT - 1].rstrip()}…"
    told: dict[str, Any] = {"author": message.author_name, "type": conversation.type}
    told["by_its_subject"] = conversation.type.is_by_its_subject(message)
    toast = {"conversation": conversation.pk, "key": message.key}
    return Found(_place(message), text or "A file", about, more={**told, "toast": toast, **more})


def _message(event: Event) -> Message | None:
    return Message.objects.filter(pk=event.thing, deleted=None).with_titles().first()


def _show_message(event: Event) -> Found | None:
    message = _message(event)
    return _found(message) if message else None


def _readable(user: User, ids: Iterable[int]) -> dict[int, Message]:
    rows = Message.objects.visible_to(user).filter(pk__in=list(ids), deleted=None)
    return {message.pk: message for message in rows.with_titles()}


def _muted(user: User, conversations: Iterable[int]) -> set[int]:
    rows = Participant.objects.muted().filter(user=user, conversation__in=set(conversations))
    return set(rows.values_list("conversation", flat=True))


def _find_messages(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    messages = _readable(user, (notice.thing for notice in notices))
    muted = _muted(user, (message.conversation_id for message in messages.values()))
    found = {}
    for notice in notices:
        if message := messages.get(notice.thing):
            about = _found(message, user)
            found[notice.pk] = replace(about, muted=message.conversation_id in muted)
    return found


def _find_mentions(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    """An edit may have taken the name out again."""
    messages = _readable(user, (notice.thing for notice in notices))
    named = set(Mention.objects.filter(user=user, message__in=messages).values_list("message", flat=True))
    return {notice.pk: _found(messages[notice.thing], user) for notice in notices if notice.thing in named}


def _find_reactions(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    rows = Reaction.objects.filter(pk__in=[notice.thing for notice in notices]).select_related("user")
    reactions = {row.pk: row for row in rows}
    messages = _readable(user, (row.message_id for row in reactions.values()))
    return {
        notice.pk: _found(messages[row.message_id], user, emoji=row.emoji)
        for notice in notices
        if (row := reactions.get(notice.thing)) and row.message_id in messages
    }


def _show_reaction(event: Event) -> Found | None:
    rows = Reaction.objects.filter(pk=event.thing, message__deleted=None).select_related("message__conversation")
    reaction = rows.first()
    return _found(reaction.message, emoji=reaction.emoji) if reaction else None


def _recipients(event: Event, after: int, most: int) -> list[int]:
    """Who follows the conversation; whom the message names is told so by another event."""
    message = _message(event)
    if message is None:
        return []
    named = set(message.mentions.values_list("user_id", flat=True))
    conversation = message.conversation
    some = conversation.type.followers(conversation, message.audience, after, most + len(named))
    return [pk for pk in some if pk not in named][:most]


def _seen(event: Event, ids: Sequence[int]) -> Iterable[int]:
    """Who has read as far as the message, when they were told of it."""
    rows = Participant.objects.filter(user__in=ids, last_read__gte=event.position)
    return rows.filter(conversation__messages=event.thing).values_list("user", flat=True)


def _readers(event: Event, ids: Sequence[int]) -> Iterable[int]:
    """Who may still read the message, when they are told of it; of a reaction, the message that it is to."""
    rows = Message.objects.with_titles()
    if event.kind == "reaction":
        message = rows.filter(reactions=event.thing).first()
    else:
        message = rows.filter(pk=event.thing).first()
    if message is None:
        return []
    readers = message.conversation.type.readers(message.conversation, message.audience)
    return readers.filter(pk__in=ids).values_list("pk", flat=True)


def _may_see_to(event: Event, ids: Sequence[int]) -> Iterable[int]:
    """Who may still be given the conversation."""
    conversation = _assigned(None, [event.thing]).get(event.thing)
    return policies.assignees(conversation).filter(pk__in=ids).values_list("pk", flat=True) if conversation else []


def _assigned(user: User | None, ids: Iterable[int]) -> dict[int, Conversation]:
    rows = Conversation.objects.filter(pk__in=list(ids))
    if user:
        rows = rows.visible_to(user).filter(assignee=user)
    return {row.pk: row for row in rows.with_titles()}


def _thread(conversation: Conversation) -> Found:
    title = conversation.type.title(conversation)
    toast = {"conversation": conversation.pk}
    return Found(
        reverse("conversations:conversation_detail", args=[conversation.pk]), about=title, more={"toast": toast}
    )


def _find_assigned(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    rows = _assigned(user, (notice.thing for notice in notices))
    return {notice.pk: _thread(rows[notice.thing]) for notice in notices if notice.thing in rows}


def _show_assigned(event: Event) -> Found | None:
    rows = _assigned(None, [event.thing])
    return _thread(rows[event.thing]) if event.thing in rows else None


MESSAGE = NotificationType(
    name="message",
    order=10,
    label="Messages",
    about="Somebody writes in a conversation that you take part in.",
    why="You take part in this conversation.",
    icon="message-square",
    template="conversations/notices/message.html",
    find=_find_messages,
    show=_show_message,
    recipients=_recipients,
    seen=_seen,
    urgent=True,
    reply=True,
    grouped=True,
)
MENTION = NotificationType(
    name="mention",
    order=10,
    label="Mentions",
    about="Somebody writes your name with an @, also in a conversation that you have muted.",
    why="Somebody mentioned you by name.",
    icon="at-sign",
    template="conversations/notices/mention.html",
    find=_find_mentions,
    readers=_readers,
    show=_show_message,
    seen=_seen,
    urgent=True,
    reply=True,
)
REACTION = NotificationType(
    name="reaction",
    order=10,
    label="Reactions",
    about="Somebody reacts to what you wrote.",
    why="You wrote the message.",
    icon="smile-plus",
    template="conversations/notices/reaction.html",
    find=_find_reactions,
    readers=_readers,
    show=_show_reaction,
    ways=frozenset({Way.PAGE}),
    offered=frozenset({Way.PAGE}),
    grouped=True,
)
ASSIGNED = NotificationType(
    name="assigned",
    order=10,
    label="Conversations given to you",
    about="You are to see to a conversation.",
    why="It was given to you to see to.",
    icon="inbox",
    template="conversations/notices/assigned.html",
    find=_find_assigned,
    readers=_may_see_to,
    show=_show_assigned,
    urgent=True,
    roles=frozenset({Role.ADMIN, Role.STAFF, Role.TEACHER}),
)


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
    events.take_back("mention", message, unnamed)


def reaction_added(reaction: Reaction, message: Message) -> None:
    """Tell whoever wrote a message that somebody reacts to it."""
    if message.author_id:
        _notify("reaction", message, reaction, to=[message.author_id])


def reactions_gone(*reaction_ids: int) -> None:
    """Nobody reacts so any more."""
    events.withdraw(*(f"reaction-{pk}" for pk in reaction_ids))


def assigned(entry: AuditEntry, conversation: Conversation, actor: User) -> None:
    """Tell the person who was given a conversation, and nobody else of it any more."""
    events.withdraw_about("assigned", events.about(conversation))
    if conversation.assignee_id:
        title = conversation.type.title(conversation)
        events.notify(
            "assigned",
            f"assigned-{entry.pk}",
            f"Conversation given to you: {title}",
            actor=actor,
            thing=conversation,
            about=events.about(conversation),
            to=[conversation.assignee_id],
        )


def _notify(kind: str, message: Message, thing: Reaction | None = None, key: str = "", **more: Any) -> None:
    conversation = message.conversation
    title = conversation.type.title(conversation)
    events.notify(
        kind,
        key or (element_id(thing) if thing else f"{kind}-{message.pk}"),
        f"{_TITLES[kind]} {title}".strip(),
        actor=thing.user if thing else message.author,
        thing=thing or message,
        about=events.about(conversation),
        position=message.key,
        **more,
    )


_TITLES = {"message": "New message:", "mention": "You were mentioned:", "reaction": "Reaction:"}


def message_gone(message: Message) -> None:
    """Take back what was told of a deleted message."""
    reactions = (f"reaction-{pk}" for pk in message.reactions.values_list("pk", flat=True))
    edits = (f"mention-{message.pk}-{number + 1}" for number in range(message.revisions.count()))
    events.withdraw(f"message-{message.pk}", f"mention-{message.pk}", *edits, *reactions)
