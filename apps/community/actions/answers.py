"""Accepted answers: several may answer one question."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, policies
from apps.community.models import AcceptedAnswer, Topic
from apps.conversations import tree
from apps.conversations.actions.clock import NOT_YOURS
from apps.conversations.models import Message


def accept_answer(actor: User, topic: Topic, message: Message) -> None:
    """Say that a reply answers the question; raises PermissionDenied, ValidationError for what can't."""
    with transaction.atomic():
        _check(actor, topic, message)
        if message.deleted or message.place == tree.FIRST:
            raise ValidationError("Only a reply that is still there can answer the question.", code="no_reply")
        _, new = AcceptedAnswer.objects.get_or_create(message=message, defaults={"topic": topic, "accepted_by": actor})
        if new:
            audit.record(actor, "topic.answered", topic, message=message.pk)
            _tell(topic)


def unaccept_answer(actor: User, topic: Topic, message: Message) -> None:
    """Take that back; raises PermissionDenied."""
    with transaction.atomic():
        _check(actor, topic, message)
        gone, _ = AcceptedAnswer.objects.filter(topic=topic, message=message).delete()
        if gone:
            audit.record(actor, "topic.unanswered", topic, message=message.pk)
            _tell(topic)


def _check(actor: User, topic: Topic, message: Message) -> None:
    readable = Topic.objects.visible_to(actor).filter(pk=topic.pk).exists()
    if not readable or message.conversation_id != topic.conversation_id:
        raise PermissionDenied(NOT_YOURS)
    if not policies.may_accept(actor, topic):
        raise PermissionDenied("Only the author of the question and teachers accept answers.")


def _tell(topic: Topic) -> None:
    live.topics_changed(topic.community_id)
    live.topic_changed(topic)
