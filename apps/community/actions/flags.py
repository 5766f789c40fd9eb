"""Reports of posts, and what moderators decide about them: one decision settles all reports of a post."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, notices_moderation, policies
from apps.community.models import Community, Flag, FlagOutcome, FlagReason, Removal, RemovalState, Topic
from apps.community.models.communities import CHAT_KIND
from apps.community.models.topics import LESSON_KIND, TOPIC_KIND
from apps.conversations import tree
from apps.conversations.actions.clock import NOT_YOURS
from apps.conversations.models import Conversation, Message

KINDS = {TOPIC_KIND, CHAT_KIND, LESSON_KIND}
KEPT = "A moderator has looked at this post and found that it may stay."
CHANGED = "Its author has changed this meanwhile: read the new text, and decide again."


class Settled(ValidationError):  # noqa: N818 - no error: whoever decides is told
    """Another moderator has decided about this post already, or it isn't any more what was read."""


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
            flag.reason, flag.details, new = reason, details, True
            _reopen(flag)
        if new:
            audit.record(actor, "flag.raised", flag)
            notices_moderation.something_reported(flag, community)
            live.queue_changed(community.pk)
    return flag


def text_version(message: Message) -> str:
    """Which of its texts this is: reactions and replies change a message, too, and are nobody's to decide about."""
    return message.edited.isoformat() if message.edited else ""


def keep_message(actor: User, message: Message, version: str | None = None) -> None:
    """Let a reported post stay: those who reported it learn that.

    `version` is the text that was read, as text_version named it. Raises Settled, also where it is another one by now,
    and PermissionDenied.
    """
    with transaction.atomic():
        message, community = moderated(actor, message)
        refuse_decided(message)
        refuse_changed(message, version)
        settle(actor, message, FlagOutcome.KEPT)
        audit.record(actor, "flag.kept", message)
        live.queue_changed(community.pk)


def settle(actor: User | None, message: Message, outcome: FlagOutcome) -> list[Flag]:
    """Settle all open reports of a message that is locked; which they were."""
    rows = _open(message)
    if open_ones := list(rows):
        rows.update(outcome=outcome, settled_at=timezone.now(), settled_by=actor)
        notices_moderation.reports_settled(open_ones, message, actor, outcome)
    return open_ones


def withdrawn(message: Message) -> None:
    """Its author deleted a message that is locked: nobody has to decide about it, and who reported it is told."""
    if settle(message.author, message, FlagOutcome.GONE):
        live.queue_changed(community_of(message).pk)


def rewritten(message: Message) -> None:
    """A message that is locked says something else: where it is reported, its moderators see that."""
    if _open(message).exists():
        live.queue_changed(community_of(message).pk)


def withdrawn_with(topic: Topic) -> None:
    """The same for all that its author wrote in a topic that they deleted."""
    for message in topic.conversation.messages.filter(author=topic.author, deleted=None).with_titles():
        withdrawn(message)


def reopened_with(topic: Topic) -> None:
    """They undid that: what was reported is to be decided again."""
    rows = Flag.objects.filter(message__conversation=topic.conversation_id, message__deleted=None)
    for flag in rows.filter(outcome=FlagOutcome.GONE).select_related("message"):
        notices_moderation.outcome_withdrawn(flag)
        _reopen(flag)
        notices_moderation.something_reported(flag, topic.community)
    live.queue_changed(topic.community_id)


def _reopen(flag: Flag) -> None:
    flag.created = timezone.now()
    flag.outcome, flag.settled_at, flag.settled_by = FlagOutcome.OPEN, None, None
    flag.save()


def refuse_decided(message: Message) -> None:
    """Whoever decides about reports of a message that is locked is told who was first; raises Settled."""
    if (removal := standing_removal(message)) or not _open(message).exists():
        last = message.flags.select_related("settled_by").order_by(F("settled_at").desc(nulls_last=True)).first()
        raise Settled(first_was(removal, last), code="settled")


def refuse_changed(message: Message, version: str | None) -> None:
    """Raise Settled if the text of a locked message has changed since the moderator read `version`."""
    if version is not None and version != text_version(message):
        raise Settled(CHANGED, code="changed")


def standing_removal(message: Message) -> Removal | None:
    """What keeps a message out of sight, as a moderator decided."""
    rows = Removal.objects.all().standing().filter(message=message)
    return rows.select_related("community__course", "decided_by").first()


def topic_removal(topic: Topic) -> Removal | None:
    """The same for a topic, which goes with its first message."""
    return standing_removal(topic.conversation.messages.get(place=tree.FIRST))


def first_was(removal: Removal | None, flag: Flag | None = None) -> str:
    """Who decided before, and what; of reports alone, that somebody did."""
    if removal:
        did = {RemovalState.HIDDEN: "hidden", RemovalState.REMOVED: "removed"}.get(
            RemovalState(removal.state), "put back"
        )
        return f"{_name(removal.decided_by)} has {did} this already."
    if flag and flag.outcome == FlagOutcome.GONE:
        return "Its author has deleted this."
    return f"{_name(flag.settled_by if flag else None)} has decided about this already."


def _name(person: User | None) -> str:
    return person.full_name if person else "Somebody"


def _open(message: Message) -> QuerySet[Flag]:
    return Flag.objects.filter(message=message, outcome=FlagOutcome.OPEN)


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
