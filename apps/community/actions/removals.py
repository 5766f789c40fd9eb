"""Posts that moderators hide, remove and put back, for a reason that the author reads; topics go with their first."""

import contextlib

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, notices_moderation, policies
from apps.community.actions.flags import (
    Settled,
    first_was,
    locked,
    moderated,
    refuse_changed,
    refuse_decided,
    settle,
    standing_removal,
)
from apps.community.actions.reasons import clean_reason
from apps.community.actions.topics import bury, restore_topic
from apps.community.models import FlagOutcome, Removal, RemovalState, Topic
from apps.conversations import tree
from apps.conversations.actions import delete_message, hide_message, restore_message
from apps.conversations.models import Message

# As what whoever decides saw the post, beside the states of a removal.
REPORTED = "reported"
BY_AUTHOR = "Its author deleted this: nobody else can put it back."
NO_REASON = "The academy’s office removed it."


def hide_post(actor: User, message: Message, reason: str, *, seen: str = "", version: str | None = None) -> Removal:
    """Take a post out of sight; it stays in the queue, and its reports open, until it is removed or put back.

    Its author is told why, and gets the text. Raises as remove_post does.
    """
    return _withhold(actor, message, reason, RemovalState.HIDDEN, seen, version)


def remove_post(actor: User, message: Message, reason: str, *, seen: str = "", version: str | None = None) -> Removal:
    """Take a post down, also one that is hidden; its author is told why, and gets the text.

    Whoever has `seen` it as reported, or as hidden, is refused once another moderator has decided, and whoever read
    another `version` of its text (see text_version). Raises Settled, PermissionDenied, ValidationError for no reason.
    """
    return _withhold(actor, message, reason, RemovalState.REMOVED, seen, version)


def restore_post(actor: User, message: Message, *, seen: str = "") -> None:
    """Put a post that a moderator took down back where it stood, with its topic; its author is told.

    What was hidden because of reports is found acceptable. Raises Settled where it stands, or where it isn't any more
    as it was `seen`; PermissionDenied, also for what its author deleted.
    """
    with transaction.atomic():
        message, community = locked(actor, message)
        removal = standing_removal(message)
        own = removal is not None and message.author_id == actor.pk
        if own or not policies.may_moderate(actor, community):
            raise PermissionDenied("Only another moderator can decide about this.")
        _refuse_stale(message, removal, seen)
        if not _is_gone(message):
            raise Settled(_last_was(message), code="settled")
        if removal is None:
            raise PermissionDenied(BY_AUTHOR)
        if topic := _topic_of(message):
            restore_topic(actor, topic)
        else:
            restore_message(actor, message)
        settle(actor, message, FlagOutcome.KEPT)
        _decide(removal, actor, RemovalState.RESTORED, removal.reason)
        notices_moderation.restored(removal, actor)


def delete_post(actor: User, message: Message, reason: str = "") -> None:
    """Delete one's own post, or remove another's; without a reason its author reads that the office did.

    Nothing happens to what is gone. Raises PermissionDenied.
    """
    if message.author_id == actor.pk:
        delete_message(actor, message)
        return
    with contextlib.suppress(Settled):
        remove_post(actor, message, reason.strip() or NO_REASON)


def _withhold(
    actor: User, message: Message, reason: str, state: RemovalState, seen: str, version: str | None
) -> Removal:
    reason = clean_reason(reason)
    with transaction.atomic():
        message, community = moderated(actor, message)
        removal = standing_removal(message)
        _refuse_stale(message, removal, seen)
        if removal and (removal.state, state) != (RemovalState.HIDDEN, RemovalState.REMOVED):
            raise Settled(first_was(removal), code="settled")
        if not removal and _is_gone(message):
            raise Settled("This was deleted already.", code="settled")
        refuse_changed(message, version)
        if state == RemovalState.REMOVED:
            settle(actor, message, FlagOutcome.REMOVED)
        _take_down(actor, message, state)
        removal = removal or Removal(community=community, message=message)
        _decide(removal, actor, state, reason)
        notices_moderation.withheld(removal, actor)
    return removal


def _refuse_stale(message: Message, removal: Removal | None, seen: str) -> None:
    """Whoever saw it as something that it isn't any more is told what it is; raises Settled."""
    if seen == REPORTED:
        refuse_decided(message)
    elif seen and (removal.state if removal else "") != seen:
        raise Settled(first_was(removal) if removal else _last_was(message), code="settled")


def _last_was(message: Message) -> str:
    last = message.removals.select_related("decided_by").order_by("pk").last()
    return first_was(last) if last else "This was put back already."


def _take_down(actor: User, message: Message, state: RemovalState) -> None:
    if topic := _topic_of(message):
        if not topic.deleted:
            bury(actor, topic)
    elif state == RemovalState.HIDDEN:
        hide_message(actor, message)
    else:
        delete_message(actor, message, explained=True)


def _topic_of(message: Message) -> Topic | None:
    """The topic that begins with this message."""
    if message.place != tree.FIRST:
        return None
    return Topic.objects.select_related("community").filter(conversation=message.conversation_id).first()


def _is_gone(message: Message) -> bool:
    topic = _topic_of(message)
    return bool(topic.deleted if topic else message.deleted)


VERBS = {
    RemovalState.HIDDEN: "post.hidden",
    RemovalState.REMOVED: "post.removed",
    RemovalState.RESTORED: "post.restored",
}


def _decide(removal: Removal, actor: User, state: RemovalState, reason: str) -> None:
    removal.state, removal.reason, removal.decided_by, removal.decided_at = state, reason, actor, timezone.now()
    removal.save()
    audit.record(actor, VERBS[state], removal)
    live.queue_changed(removal.community_id)
