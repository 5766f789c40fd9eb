"""Reports of posts, and what moderators decide about them: one decision settles all reports of a post."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, notices_moderation, policies
from apps.community.actions.topics import NOT_YOURS
from apps.community.models import Community, Flag, FlagOutcome, FlagReason
from apps.community.models.communities import CHAT_KIND
from apps.community.models.topics import LESSON_KIND, TOPIC_KIND
from apps.conversations.models import Conversation, Message

KINDS = {TOPIC_KIND, CHAT_KIND, LESSON_KIND}
KEPT = "A moderator has looked at this post and found that it may stay."


class Settled(ValidationError):  # noqa: N818 - no error: whoever decides is told
    """Another moderator has decided about these reports already."""


def community_of(message: Message) -> Community:
    """The community that a message belongs to; PermissionDenied for one of another kind of conversation."""
    if message.conversation.kind not in KINDS:
        raise PermissionDenied(NOT_YOURS)
    found: Community = message.conversation.type.community(message.conversation)  # type: ignore[attr-defined]
    return found


def flag_message(actor: User, message: Message, reason: str, details: str = "") -> Flag:
    """Report a post that `actor` may read to its moderators: once a person and post, until the post is edited.

    Raises PermissionDenied (see policies.may_flag), ValidationError for an unknown reason, for details that are too
    long, and for a post that was found acceptable as it is.
    """
    if reason not in FlagReason.values:
        raise ValidationError("Choose what is wrong with it.", code="unknown")
    details = " ".join(details.replace("\0", "\N{REPLACEMENT CHARACTER}").split())
    if len(details) > 500:
        raise ValidationError(f"This is {len(details)} characters long; there is room for 500.", code="long")
    with transaction.atomic():
        message, community = locked(actor, message)
        if message.deleted:
            raise ValidationError("This post was deleted meanwhile.", code="gone")
        if not policies.may_flag(actor, message, community):
            raise PermissionDenied("You can't report this.")
        settled = message.flags.exclude(outcome=FlagOutcome.OPEN)
        if settled.filter(outcome=FlagOutcome.KEPT, settled_at__gte=message.edited or message.created).exists():
            raise ValidationError(KEPT, code="kept")
        flag, new = Flag.objects.get_or_create(
            message=message, user=actor, defaults={"community": community, "reason": reason, "details": details}
        )
        if not new and flag.outcome != FlagOutcome.OPEN:
            # Of the text before it was edited.
            flag.reason, flag.details, flag.created, new = reason, details, timezone.now(), True
            flag.outcome, flag.settled_at, flag.settled_by = FlagOutcome.OPEN, None, None
            flag.save()
        if new:
            audit.record(actor, "flag.raised", flag)
            notices_moderation.something_reported(flag, community)
            live.queue_changed(community.pk)
    return flag


def keep_message(actor: User, message: Message) -> None:
    """Let a reported post stay: those who reported it learn that. Raises Settled, PermissionDenied."""
    with transaction.atomic():
        message, community = moderated(actor, message)
        settle(actor, message, FlagOutcome.KEPT)
        audit.record(actor, "flag.kept", message)
        live.queue_changed(community.pk)


def settle(actor: User, message: Message, outcome: FlagOutcome) -> None:
    """Settle all open reports of a message that is locked; raises Settled where there are none."""
    rows = Flag.objects.filter(message=message, outcome=FlagOutcome.OPEN)
    open_ones = list(rows)
    values = {"outcome": outcome, "settled_at": timezone.now(), "settled_by": actor}
    if not open_ones or not rows.update(**values):
        first = message.flags.select_related("settled_by").order_by(F("settled_at").desc(nulls_last=True)).first()
        who = first.settled_by.full_name if first and first.settled_by else "Somebody"
        raise Settled(f"{who} has decided about this already.", code="settled")
    notices_moderation.reports_settled(open_ones, message, actor, outcome)


def locked(actor: User, message: Message) -> tuple[Message, Community]:
    """The message as it is now, under its conversation's lock; PermissionDenied where the actor doesn't read it."""
    Conversation.objects.select_for_update().get(pk=message.conversation_id)
    fresh = Message.objects.visible_to(actor).with_titles().filter(pk=message.pk).first()
    if fresh is None:
        raise PermissionDenied(NOT_YOURS)
    return fresh, community_of(fresh)


def moderated(actor: User, message: Message) -> tuple[Message, Community]:
    """The same for one of its moderators, who didn't write it."""
    fresh, community = locked(actor, message)
    # Whoever wrote it doesn't learn who reported it.
    if not policies.may_moderate(actor, community) or fresh.author_id == actor.pk:
        raise PermissionDenied("Only another moderator can decide about this.")
    return fresh, community
