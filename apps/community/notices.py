"""What communities tell people: a reply to what they wrote, and a new topic. Mentions and messages are the engine's.

Who is told of what, they chose (levels.py); it is asked again when a mail is sent.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.community import levels
from apps.community.models import Topic
from apps.community.models.topics import TOPIC_KIND
from apps.conversations.models import Mention, Message, Participant
from apps.conversations.notices import excerpt, quiet
from apps.notifications import events
from apps.notifications.models import Event, Notification, Way
from apps.notifications.notification_types import Found, NotificationType

KINDS = ("message", "mention", "reply", "topic")


def replied(message: Message, to: Collection[int]) -> None:
    """Tell those, by their ids, to whom a message replies; whom it also names is told that by the engine alone."""
    if not to:
        return
    conversation = message.conversation
    named = set(Mention.objects.filter(message=message).values_list("user", flat=True))
    events.notify(
        *("reply", f"reply-{message.pk}", f"Reply: {conversation.type.title(conversation)}"),
        actor=message.author,
        thing=message,
        about=conversation,
        position=message.key,
        to=set(to) - named,
    )


def topic_started(topic: Topic, first: Message) -> None:
    """Tell those who want to hear of everything in its community."""
    events.notify(
        *("topic", f"new-topic-{topic.pk}", f"New topic: {topic.title}"),
        actor=first.author,
        thing=topic,
        about=first.conversation,
        position=first.key,
    )


def reply_gone(message: Message) -> None:
    """A message is deleted: nobody has a reply."""
    events.withdraw(f"reply-{message.pk}")


def topic_gone(topic: Topic) -> None:
    """A topic is deleted: what was told of it and of the replies to it holds no longer."""
    events.withdraw(f"new-topic-{topic.pk}")
    for kind in KINDS:
        events.withdraw_about(kind, f"conversation-{topic.conversation_id}")


def _of_message(message: Message, viewer: User | None = None) -> Found:
    conversation = message.conversation
    position = reverse("conversations:position_create", args=[conversation.pk])
    told: dict[str, Any] = {"author": message.author_name, "type": conversation.type}
    told["toast"] = {"conversation": conversation.pk, "key": message.key, "position": position}
    url, title = conversation.type.message_url(message, viewer), conversation.type.title(conversation, viewer)
    return Found(url, excerpt(message), title, more=told)


def _find_replies(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    ids = [notice.thing for notice in notices]
    messages = Message.objects.visible_to(user).filter(deleted=None).with_titles().in_bulk(ids)
    silent = quiet(user, ids, concerned=True)
    return {
        notice.pk: replace(_of_message(messages[notice.thing], user), muted=notice.thing in silent)
        for notice in notices
        if notice.thing in messages
    }


def _show_reply(event: Event) -> Found | None:
    message = Message.objects.filter(deleted=None).with_titles().filter(pk=event.thing).first()
    return _of_message(message) if message else None


def _may_hear(event: Event, ids: Sequence[int]) -> Iterable[int]:
    """Who may still read the message, and wants to hear of what concerns them there."""
    message = Message.objects.with_titles().filter(pk=event.thing).first()
    if message is None:
        return []
    conversation = message.conversation
    readers = conversation.type.readers(conversation, message.audience).filter(pk__in=ids)
    return readers.exclude(pk__in=conversation.type.silenced(conversation).values("pk")).values_list("pk", flat=True)


def _read_it(event: Event, ids: Sequence[int]) -> Iterable[int]:
    """Who has read as far as the message."""
    rows = Participant.objects.filter(user__in=ids, last_read__gte=event.position)
    return rows.filter(conversation__messages=event.thing).values_list("user", flat=True)


def _of_topic(topic: Topic) -> Found:
    author = topic.author.full_name if topic.author else "Somebody"
    told = {"author": author, "question": topic.is_question, "toast": {"conversation": topic.conversation_id}}
    return Found(topic.get_absolute_url(), topic.title, topic.community.name, more=told)


def _find_topics(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    rows = Topic.objects.visible_to(user).standing().select_related("community__course", "author")
    topics = rows.in_bulk([notice.thing for notice in notices])
    told = set(levels.topics_told(user, concerned=False).filter(pk__in=topics).values_list("pk", flat=True))
    return {
        notice.pk: replace(_of_topic(topics[notice.thing]), muted=notice.thing not in told)
        for notice in notices
        if notice.thing in topics
    }


def _show_topic(event: Event) -> Found | None:
    topic = Topic.objects.all().standing().select_related("community__course", "author").filter(pk=event.thing).first()
    return _of_topic(topic) if topic else None


def _want_topics(event: Event, after: int, most: int) -> list[int]:
    """Those who want everything; whom it names is told so by the engine."""
    topic = Topic.objects.all().standing().select_related("community__course", "conversation").filter(pk=event.thing)
    if (found := topic.first()) is None:
        return []
    named = found.conversation.messages.filter(key=event.position).values("mentions__user")
    wanting = levels.wanting(found.community, TOPIC_KIND).filter(pk__gt=after)
    wanting = wanting.exclude(pk__in=named.filter(mentions__user__isnull=False))
    return list(wanting.order_by("pk").values_list("pk", flat=True).distinct()[:most])


def _read_topic(event: Event, ids: Sequence[int]) -> Iterable[int]:
    rows = Participant.objects.filter(user__in=ids, last_read__gte=event.position, conversation__topic=event.thing)
    return rows.values_list("user", flat=True)


REPLY = NotificationType(
    name="reply",
    order=12,
    label="Replies",
    about="Somebody replies to what you wrote in a community.",
    why="Somebody replied to you.",
    icon="reply",
    template="community/notices/reply.html",
    find=_find_replies,
    show=_show_reply,
    readers=_may_hear,
    seen=_read_it,
    urgent=True,
    reply=True,
)
TOPIC = NotificationType(
    name="topic",
    order=13,
    label="New topics",
    about="Somebody begins a topic in a community of which you want to hear everything.",
    why="You want to hear of everything in this community.",
    icon="messages-square",
    template="community/notices/topic.html",
    find=_find_topics,
    show=_show_topic,
    recipients=_want_topics,
    seen=_read_topic,
    ways=frozenset({Way.PAGE, Way.DIGEST}),
    urgent=True,
)
TYPES = (REPLY, TOPIC)
