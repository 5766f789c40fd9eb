"""What conversations tell people, and the types of notifications that do.

What a notification says is looked up for each reader, who may read it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from apps.accounts.models import AuditEntry, Role, User
from apps.conversations import conversation_types, policies
from apps.conversations.models import Audience, Conversation, Mention, Message, Participant, Reaction
from apps.core.ids import element_id
from apps.notifications import events
from apps.notifications.models import Event, Notification, Way
from apps.notifications.notification_types import Found, NotificationType, looked_up

MAX_TEXT = 200


def between_others(user: User) -> QuerySet[Any, Any]:
    """What the ledger calls the conversations between two people of whom `user` is none."""
    kinds = [each.name for each in conversation_types.registered() if each.between_two]
    theirs = Conversation.objects.filter(kind__in=kinds).exclude(
        pk__in=Conversation.objects.visible_to(user).values("pk")
    )
    name = Concat(Value("conversation-"), Cast("pk", CharField()), output_field=CharField())
    return theirs.annotate(name=name).values("name")


def excerpt(message: Message) -> str:
    """The beginning of what a message says."""
    text = message.plain if len(message.plain) <= MAX_TEXT else f"{message.plain[: MAX_TEXT - 1].rstrip()}…"
    return text or "A file"


def _found(message: Message, viewer: User | None = None, **more: Any) -> Found:
    conversation = message.conversation
    about = "" if conversation.type.between_two else conversation.type.title(conversation, viewer)
    told: dict[str, Any] = {"author": message.author_name, "type": conversation.type}
    told["by_its_subject"] = conversation.type.is_by_its_subject(message)
    told["team_note"] = message.audience == Audience.STAFF
    told["to_subject"] = message.audience == Audience.EVERYONE and bool(conversation.type.addressee(conversation))
    position = reverse("conversations:position_create", args=[conversation.pk])
    toast = {"conversation": conversation.pk, "key": message.key, "position": position}
    return Found(
        conversation.type.message_url(message, viewer), excerpt(message), about, more={**told, "toast": toast, **more}
    )


def _messages(user: User | None, ids: list[int]) -> dict[int, Message]:
    rows = Message.objects.visible_to(user) if user else Message.objects.all()
    return rows.filter(deleted=None).with_titles().in_bulk(ids)


def _find_messages(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    """The same, with what the reader has muted marked: no mail is sent about it."""
    found = _find_unmuted(user, notices)
    muted = Participant.objects.muted().filter(user=user).values("conversation")
    return _marked(notices, found, quiet(user, [notice.thing for notice in notices], Q(conversation__in=muted)))


def _find_named(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    """The same for mentions, of which a mail is sent from what was muted too, unless not even they are wanted."""
    found = _find_mentions(user, notices)
    return _marked(notices, found, quiet(user, [notice.thing for notice in notices], concerned=True))


def _marked(notices: Sequence[Notification], found: dict[int, Found], quiet_ids: set[int]) -> dict[int, Found]:
    return {each.pk: replace(found[each.pk], muted=each.thing in quiet_ids) for each in notices if each.pk in found}


def quiet(user: User, ids: Sequence[int], muted: Q | None = None, *, concerned: bool = False) -> set[int]:
    """Which of these messages stand where `user` doesn't want to hear of everything (`concerned`: of what concerns
    them), and those of which `muted` says so.
    """
    rule = muted or Q(pk__in=[])
    for each in conversation_types.registered():
        told = each.told_ids(user, concerned=concerned)
        if told is not None:
            rule |= Q(conversation__kind=each.name) & ~Q(conversation__in=told)
    return set(Message.objects.filter(rule, pk__in=ids).values_list("pk", flat=True))


def _mentions(user: User | None, ids: list[int]) -> dict[int, Message]:
    """An edit may have taken the name out again."""
    messages = _messages(user, ids)
    if user is None:
        return messages
    named = set(Mention.objects.filter(user=user, message__in=messages).values_list("message", flat=True))
    return {pk: message for pk, message in messages.items() if pk in named}


def _reactions(user: User | None, ids: list[int]) -> dict[int, tuple[Message, str]]:
    rows = Reaction.objects.filter(pk__in=ids)
    messages = _messages(user, [row.message_id for row in rows])
    return {row.pk: (messages[row.message_id], row.emoji) for row in rows if row.message_id in messages}


def _reaction(reaction: tuple[Message, str], viewer: User | None) -> Found:
    message, emoji = reaction
    return _found(message, viewer, emoji=emoji)


_find_unmuted, _show_message = looked_up(_messages, _found)
_find_mentions, _show_mention = looked_up(_mentions, _found)
_find_reactions, _show_reaction = looked_up(_reactions, _reaction)


def _recipients(event: Event, after: int, most: int) -> list[int]:
    """Who follows the conversation; whom the message names is told so by another event."""
    message = _messages(None, [event.thing]).get(event.thing)
    if message is None:
        return []
    conversation = message.conversation
    named = set(message.mentions.values_list("user_id", flat=True)) | conversation.type.addressed(message)
    some = conversation.type.followers(conversation, message.audience, after, most + len(named))
    return [pk for pk in some if pk not in named][:most]


def _seen(event: Event, ids: Sequence[int]) -> Iterable[int]:
    """Who has read as far as the message, when they were told of it."""
    rows = Participant.objects.filter(user__in=ids, last_read__gte=event.position)
    return rows.filter(conversation__messages=event.thing).values_list("user", flat=True)


def _readers(event: Event, ids: Sequence[int]) -> Iterable[int]:
    """Who may still read the message and wants to hear of it, when they are told; of a reaction, its message."""
    rows = Message.objects.with_titles()
    if event.kind == "reaction":
        message = rows.filter(reactions=event.thing).first()
    else:
        message = rows.filter(pk=event.thing).first()
    if message is None:
        return []
    rules, conversation = message.conversation.type, message.conversation
    readers = rules.readers(conversation, message.audience).exclude(pk__in=rules.silenced(conversation).values("pk"))
    return readers.filter(pk__in=ids).values_list("pk", flat=True)


def _may_see_to(event: Event, ids: Sequence[int]) -> Iterable[int]:
    """Who may still be given the conversation."""
    conversation = _assigned(None, [event.thing]).get(event.thing)
    return policies.assignees(conversation).filter(pk__in=ids).values_list("pk", flat=True) if conversation else []


def _assigned(user: User | None, ids: list[int]) -> dict[int, Conversation]:
    rows = Conversation.objects.with_titles()
    return (rows.visible_to(user).filter(assignee=user) if user else rows).in_bulk(ids)


def _thread(conversation: Conversation, _: User | None) -> Found:
    url = reverse("conversations:conversation_detail", args=[conversation.pk])
    toast = {"conversation": conversation.pk}
    return Found(url, about=conversation.type.title(conversation), more={"toast": toast})


_find_assigned, _show_assigned = looked_up(_assigned, _thread)

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
    find=_find_named,
    readers=_readers,
    show=_show_mention,
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
    label="Assigned to you",
    about="A conversation is assigned to you.",
    why="It is assigned to you.",
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
            f"Conversation assigned to you: {title}",
            actor=actor,
            thing=conversation,
            about=conversation,
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
        about=conversation,
        position=message.key,
        **more,
    )


_TITLES = {"message": "New message:", "mention": "You were mentioned:", "reaction": "Reaction:"}


def message_gone(message: Message) -> None:
    """Take back what was told of a deleted message."""
    reactions = (f"reaction-{pk}" for pk in message.reactions.values_list("pk", flat=True))
    edits = (f"mention-{message.pk}-{number + 1}" for number in range(message.revisions.count()))
    events.withdraw(f"message-{message.pk}", f"mention-{message.pk}", *edits, *reactions)
