"""Decisions about what waits: each is made once, and names the version that it was made on."""

from typing import NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, notices_moderation, policies
from apps.community.actions.flags import CHANGED
from apps.community.actions.holding import withdraw
from apps.community.actions.obstacles import obstacle
from apps.community.actions.reasons import clean_reason
from apps.community.actions.titles import retitle
from apps.community.actions.topics import NewTopic, begin, clean_title
from apps.community.held_posts import SHOWN_FOR
from apps.community.models import Community, Held, HeldKind, HeldState, Topic
from apps.conversations import policies as conversations
from apps.conversations.actions import clean_body, edit_message, send_message
from apps.conversations.actions.clock import NOT_YOURS
from apps.conversations.models import Attachment, Conversation, Message


class Outdated(ValidationError):  # noqa: N818 - no error: whoever decides is told
    """Somebody else was first, or the text is another one now: `held` is how it stands."""

    def __init__(self, held: Held) -> None:
        super().__init__(_what_happened(held), code="outdated")
        self.held = held


class Correction(NamedTuple):
    """What a moderator makes of a post before others see it."""

    body: str
    title: str = ""


def approve(actor: User, held: Held, version: int, correction: Correction | None = None) -> Held:
    """Publish what waits, as its author's: a message is sent, a topic begun, an edit made, once.

    With a `correction` that is what others read; the author is told and keeps both. Raises Outdated for another
    version, PermissionDenied, and ValidationError where it can't be published any more: it then waits on.
    """
    with transaction.atomic():
        held = _decide(actor, held, version, HeldState.APPROVED)
        if correction:
            _correct(held, correction)
        try:
            held.message = _publish(held)
        except (PermissionDenied, ValidationError) as error:
            raise ValidationError(obstacle(held, error), code="obstacle") from error
        held.save(update_fields=["message", "correction", "corrected_title"])
        corrected = bool(held.correction or held.corrected_title)
        audit.record(actor, "held.corrected" if corrected else "held.approved", held, version=version)
        _tell(held, actor)
    return held


def reject(actor: User, held: Held, version: int, reason: str) -> Held:
    """Say why it won't be published; its author is told, and keeps the text. Raises as approve does."""
    reason = clean_reason(reason)
    with transaction.atomic():
        held = _decide(actor, held, version, HeldState.REJECTED, reason)
        audit.record(actor, "held.rejected", held, version=version)
        _tell(held, actor)
    return held


def change_held(actor: User, held: Held, version: int, body: str, title: str = "") -> Held:
    """Let the author write it anew while it waits: another version, which is still to be decided.

    Raises Outdated where it was decided or changed meanwhile, PermissionDenied, ValidationError.
    """
    with transaction.atomic():
        held = _own(actor, held)
        body, title = _cleaned(held, body, title)
        if (held.state, held.version) != (HeldState.WAITING, version):
            raise Outdated(held)
        if (held.body, held.title) != (body, title):
            held.body, held.title, held.version = body, title, version + 1
            held.save(update_fields=["body", "title", "version"])
            live.held_changed(held)
    return held


def withdraw_held(actor: User, held: Held) -> Held:
    """Take back what waits; its files are its author's again. Raises Outdated once it was decided, PermissionDenied."""
    with transaction.atomic():
        held = _own(actor, held)
        if not held.waits:
            raise Outdated(held)
        withdraw(held)
        audit.record(actor, "held.withdrawn", held)
    return held


def withdraw_orphans() -> int:
    """Withdraw edits whose authors may not read the community any more; how many."""
    count = 0
    waiting = Held.objects.filter(kind=HeldKind.EDIT, state=HeldState.WAITING)
    for community in Community.objects.filter(pk__in=waiting.values("community")).select_related("course"):
        for held in waiting.filter(community=community).exclude(author__in=community.readers().values("pk")):
            with transaction.atomic():
                held = locked(held)
                if held.waits:
                    withdraw(held)
                    audit.record(None, "held.withdrawn", held)
                    count += 1
    return count


def release_refused() -> int:
    """Give up the files of posts that were refused long ago, or whose author's account is gone; how many.

    They are unsent files then, which the sweep takes (apps.conversations.actions.files).
    """
    refused = Q(state=HeldState.REJECTED, decided_at__gt=timezone.now() - SHOWN_FOR)
    kept = Held.objects.filter(Q(state=HeldState.WAITING) | refused).order_by().values("pk")
    theirs = Held.attachments.through.objects.filter(held__in=kept).values("attachment")
    return Attachment.objects.filter(waits=True).exclude(pk__in=theirs).update(waits=False)


def locked(held: Held) -> Held:
    """It, as it is now, under its conversation's lock, which holding and sending take too."""
    conversation = Conversation.objects.select_for_update().get(pk=held.conversation_id)
    rows = Held.objects.select_related("community__course", "author", "decided_by", "reply_to", "edits")
    fresh = rows.get(pk=held.pk)
    # What the conversation is about was found with it and stays the same.
    conversation._state.fields_cache.update(held.conversation._state.fields_cache)
    fresh.conversation = conversation
    return fresh


def _own(actor: User, held: Held) -> Held:
    held = locked(held)
    if held.author_id != actor.pk or not policies.may_keep_held(actor, held):
        raise PermissionDenied(NOT_YOURS)
    return held


def _decide(actor: User, held: Held, version: int, state: HeldState, reason: str = "") -> Held:
    """Claim the decision: of two moderators one changes the row."""
    held = locked(held)
    if not policies.may_decide(actor, held):
        raise PermissionDenied("Only another moderator can decide about this.")
    mine = Held.objects.filter(pk=held.pk, state=HeldState.WAITING, version=version)
    values = {"state": state, "decided_at": timezone.now(), "decided_by": actor, "reason": reason}
    if mine.update(**values) != 1:
        raise Outdated(held)
    for name, value in values.items():
        setattr(held, name, value)
    return held


def _correct(held: Held, correction: Correction) -> None:
    body, title = _cleaned(held, correction.body, correction.title)
    held.correction = body if body != held.body else ""
    held.corrected_title = title if title != held.title else ""


def _cleaned(held: Held, body: str, title: str) -> tuple[str, str]:
    """Another text, and another title where it has one; ValidationError for what can't be stored."""
    has_files = (held.edits or held).attachments.exists()
    body = clean_body(body, may_be_empty=has_files, most=held.conversation.type.max_body)
    return body, clean_title(title) if held.title else ""


def _publish(held: Held) -> Message:
    body = held.correction or held.body
    if not held.author.is_active:
        raise PermissionDenied(NOT_YOURS)
    if held.edits:
        held.edits.conversation = held.conversation
        # An approved edit is never too late, but nothing changes where its author may not write.
        if not conversations.can_post(held.author, held.conversation):
            raise PermissionDenied(NOT_YOURS)
        if held.title:
            rows = Topic.objects.select_for_update(of=("self",)).select_related("community")
            topic = rows.get(conversation=held.conversation)
            retitle(held.author, topic, held.corrected_title or held.title, is_question=topic.is_question)
        if held.title and body == held.edits.body:
            return held.edits
        return edit_message(held.author, held.edits, body, approved=True)
    files = list(held.attachments.all())
    if held.kind == HeldKind.TOPIC:
        new = NewTopic(held.corrected_title or held.title, body, held.client_key, held.is_question)
        begin(held.author, held.community, held.conversation, new, files, approved=held.created)
        return Message.objects.get(author=held.author, client_key=held.client_key)
    return send_message(
        held.author,
        held.conversation,
        body,
        client_key=held.client_key,
        reply_to=held.reply_to,
        attachments=[each.pk for each in files],
        approved=held.created,
    )


def _tell(held: Held, actor: User) -> None:
    notices_moderation.nothing_waits(held)
    notices_moderation.decided(held, actor)
    live.held_changed(held)


def _what_happened(held: Held) -> str:
    who = held.decided_by.full_name if held.decided_by else "Somebody"
    return {
        HeldState.APPROVED: f"{who} has approved this already.",
        HeldState.REJECTED: f"{who} has rejected this already.",
        HeldState.WITHDRAWN: "Its author has withdrawn this.",
    }.get(HeldState(held.state), CHANGED)
