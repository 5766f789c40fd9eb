"""What is stored of a topic's messages: it equals a recount after every change."""

from django.db.models import F

from apps.community.models import Topic
from apps.conversations import tree
from apps.conversations.models import Message


def message_written(message: Message) -> None:
    """One more reply, unless it is what the topic says; the conversation's row is locked."""
    replies = 0 if message.place == tree.FIRST else 1
    Topic.objects.filter(conversation=message.conversation_id).update(
        replies=F("replies") + replies, last_key=message.key
    )


def recount(topic: Topic) -> None:
    """Count again; the conversation's row is locked."""
    replies, last_key = counted(topic)
    Topic.objects.filter(pk=topic.pk).update(replies=replies, last_key=last_key)


def counted(topic: Topic) -> tuple[int, int]:
    """The live replies of a topic, and the key of its newest live message; 0 where it has none."""
    live = Message.objects.filter(conversation=topic.conversation_id, deleted=None)
    newest = live.order_by("-key").values_list("key", flat=True).first()
    return live.exclude(place=tree.FIRST).count(), newest or 0
