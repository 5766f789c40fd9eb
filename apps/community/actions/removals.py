"""Posts that moderators take down, for a reason that the author reads, and put back; topics go with their first."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, notices_moderation, policies
from apps.community.actions.flags import Settled, locked, moderated, settle
from apps.community.actions.moderation import clean_reason
from apps.community.actions.topics import bury, restore_topic
from apps.community.models import Flag, FlagOutcome, Removal, RemovalState, Topic
from apps.conversations import tree
from apps.conversations.actions import delete_message, restore_message
from apps.conversations.models import Message


def remove_post(actor: User, message: Message, reason: str, *, reported: bool = False) -> Removal:
    """Take a post down; its author is told why, and gets the text.

    Whoever decides about what was `reported` is refused once another moderator has decided. Raises Settled,
    PermissionDenied, ValidationError for no reason.
    """
    reason = clean_reason(reason)
    with transaction.atomic():
        message, community = moderated(actor, message)
        removal = _standing(message)
        if removal or _is_gone(message):
            raise Settled(f"{_who(removal)} has deleted this already.", code="settled")
        if reported or Flag.objects.filter(message=message, outcome=FlagOutcome.OPEN).exists():
            settle(actor, message, FlagOutcome.REMOVED)
        _take_down(actor, message)
        removal = Removal(community=community, message=message)
        _decide(removal, actor, RemovalState.REMOVED, reason)
        notices_moderation.removed(removal, actor)
    return removal


def restore_post(actor: User, message: Message) -> None:
    """Put a post back where it stood, with its topic; its author is told if a moderator took it down.

    Raises Settled where it stands, PermissionDenied.
    """
    with transaction.atomic():
        message, community = locked(actor, message)
        removal = _standing(message)
        own = removal is not None and message.author_id == actor.pk
        if own or not policies.may_moderate(actor, community):
            raise PermissionDenied("Only another moderator can decide about this.")
        if not _is_gone(message):
            raise Settled("This was put back already.", code="settled")
        if topic := _topic_of(message):
            restore_topic(actor, topic)
        else:
            restore_message(actor, message)
        if removal is not None:
            _decide(removal, actor, RemovalState.RESTORED, removal.reason)
            notices_moderation.restored(removal, actor)


def _take_down(actor: User, message: Message) -> None:
    if topic := _topic_of(message):
        bury(actor, topic)
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


def _standing(message: Message) -> Removal | None:
    rows = Removal.objects.exclude(state=RemovalState.RESTORED).filter(message=message)
    return rows.select_related("community__course", "decided_by").first()


def _decide(removal: Removal, actor: User, state: RemovalState, reason: str) -> None:
    removal.state, removal.reason, removal.decided_by, removal.decided_at = state, reason, actor, timezone.now()
    removal.save()
    audit.record(actor, "post.restored" if state == RemovalState.RESTORED else "post.removed", removal)
    live.queue_changed(removal.community_id)


def _who(removal: Removal | None) -> str:
    return removal.decided_by.full_name if removal and removal.decided_by else "Somebody"
