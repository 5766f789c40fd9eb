"""Notifications for authors whose topic a moderator closed, reopened, pinned or renamed.

`notices_moderation` has those for hiding and removing.
"""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.community.models import Topic, TopicQuerySet
from apps.notifications import events
from apps.notifications.models import Event, Notification
from apps.notifications.notification_types import Found, NotificationType

SUBJECTS = {
    "closed": "Your topic was closed",
    "reopened": "Your topic was reopened",
    "pinned": "Your topic was pinned",
    "renamed": "Your topic was renamed",
    "changed": "Your topic was changed",
}
# Acts that withdraw each other's notification.
OPPOSITE = {"closed": "reopened", "reopened": "closed"}


def moderated(topic: Topic, actor: User, act: str, **what: Any) -> None:
    """Notify a topic's author of an act by somebody else; `what` holds its reason, or the old and new title."""
    if topic.author_id:
        # Unique per act, because a topic may be closed twice.
        key = f"topic-{act}-{topic.pk}-{timezone.now().timestamp():.6f}"
        about, to = _about(topic, act), [topic.author_id]
        subject = f"{SUBJECTS[act]}: {topic.title}"
        events.notify("topic-moderated", key, subject, actor=actor, thing=topic, about=about, to=to, act=act, **what)
    if act in OPPOSITE:
        undone(topic, OPPOSITE[act])


def undone(topic: Topic, act: str) -> None:
    """Withdraw the notification of an act that was undone."""
    events.withdraw_about("topic-moderated", _about(topic, act))


def _about(topic: Topic, act: str) -> str:
    return f"topic-{topic.pk}-{act}"


def _topics(ids: list[int]) -> TopicQuerySet:
    rows = Topic.objects.all().standing().filter(pk__in=ids)
    return rows.select_related("community__course", "conversation")


def _found(topic: Topic, told: dict[str, Any]) -> Found | None:
    """The notification's content; None if the act has been undone."""
    is_closed = topic.conversation.locked
    over = {"closed": not is_closed, "reopened": is_closed, "pinned": topic.pin_position is None}
    if over.get(told["act"]):
        return None
    return Found(topic.get_absolute_url(), told.get("reason", ""), topic.community.name, more={**told, "topic": topic})


def _find(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    mine = _topics([notice.thing for notice in notices]).visible_to(user).filter(author=user)
    topics = {topic.pk: topic for topic in mine}
    each = ((notice.pk, topics.get(notice.thing), notice.data) for notice in notices)
    return {pk: found for pk, topic, told in each if topic and (found := _found(topic, told))}


def _show(event: Event) -> Found | None:
    topic = _topics([event.thing]).first()
    return _found(topic, event.data) if topic else None


def _still_reads(event: Event, ids: Sequence[int]) -> list[int]:
    topic = _topics([event.thing]).first()
    return list(topic.community.readers().filter(pk__in=ids).values_list("pk", flat=True)) if topic else []


TOPIC_MODERATED = NotificationType(
    name="topic-moderated",
    order=20,
    label="Moderation of your topics",
    about="A moderator closes, reopens, pins or renames a topic of yours.",
    why="You began the topic.",
    icon="shield-check",
    template="community/notices/topic_moderated.html",
    find=_find,
    show=_show,
    readers=_still_reads,
)
TYPES = (TOPIC_MODERATED,)
