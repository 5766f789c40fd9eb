"""Titles of topics: changed at once or, where what their author writes waits, once a moderator has approved them."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import notices_topics, policies
from apps.community.actions.holding import drop_title, hold_title
from apps.community.actions.reasons import clean_reason
from apps.community.actions.topics import clean_title, locked, tell
from apps.community.models import Held, Topic
from apps.conversations import tree
from apps.conversations.approval import Waits
from apps.conversations.models import Conversation


def rename_topic(actor: User, topic: Topic, title: str, *, is_question: bool, reason: str = "") -> Topic:
    """Give a topic another title, and say whether it asks something.

    A moderator gives a `reason`, which its author reads. Raises Waits where a moderator is to approve the title, which
    then stays as it was; PermissionDenied (see policies.may_edit_topic), ValidationError.
    """
    title = clean_title(title)
    with transaction.atomic():
        # First the conversation and then its topic, as whoever writes in it locks them.
        Conversation.objects.select_for_update().get(pk=topic.conversation_id)
        topic = locked(actor, topic)
        if not policies.may_edit_topic(actor, topic):
            raise PermissionDenied("You can't change this topic.")
        if policies.must_explain(actor, topic) and (topic.title, topic.is_question) != (title, is_question):
            _explain(actor, topic, title, clean_reason(reason))
        held = _hold(actor, topic, title)
        retitle(actor, topic, topic.title if held else title, is_question=is_question)
    if held:
        raise Waits(held)
    return topic


def retitle(actor: User, topic: Topic, title: str, *, is_question: bool) -> None:
    """Write what a topic that is locked is called."""
    if (topic.title, topic.is_question) != (title, is_question):
        audit.record(actor, "topic.renamed", topic, before=topic.title)
        topic.title, topic.is_question = title, is_question
        topic.save(update_fields=["title", "is_question"])
        tell(topic)


def _explain(actor: User, topic: Topic, title: str, reason: str) -> None:
    if topic.title == title:
        return notices_topics.moderated(topic, actor, "changed", reason=reason)
    return notices_topics.moderated(topic, actor, "renamed", reason=reason, before=topic.title, after=title)


def _hold(actor: User, topic: Topic, title: str) -> Held | None:
    """The title as it waits; None where it is written at once, or is the approved one."""
    first = topic.conversation.messages.get(place=tree.FIRST)
    if title != topic.title and policies.must_wait(actor, topic.community):
        return hold_title(actor, topic, first, title)
    if topic.author_id == actor.pk:
        drop_title(first)
    return None
