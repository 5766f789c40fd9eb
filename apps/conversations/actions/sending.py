"""Sending: once, in order, and not past what somebody else has just said."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations import bodies, live, mentions, notices, policies, tree
from apps.conversations.actions.attachments import claim
from apps.conversations.actions.clock import lock, tick
from apps.conversations.approval import Draft, Waits
from apps.conversations.models import MAX_BODY, Audience, Conversation, Message, MessageQuerySet, Participant
from apps.core.formats import number
from apps.notifications import events


class Unseen(Exception):  # noqa: N818 - no error: the sender is asked
    """Somebody else has written since the sender last saw the conversation; `messages` are what they wrote."""

    def __init__(self, messages: list[Message]) -> None:
        super().__init__(f"{messages[-1].author_name} replied meanwhile.")
        self.messages = messages


def clean_body(text: str, *, may_be_empty: bool = False, most: int = MAX_BODY) -> str:
    """What is stored of what was typed: plain text with plain line breaks.

    A NUL, which PostgreSQL can't hold, becomes U+FFFD as in HTML. Raises ValidationError if nothing is left (unless it
    may be empty) or if it is longer than `most` characters.
    """
    body = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
    if not body and not may_be_empty:
        raise ValidationError("Write something first.", code="blank")
    if len(body) > most:
        raise ValidationError(
            f"This is {number(len(body))} characters long; a message has room for {number(most)}.", code="too_long"
        )
    return body


def send_message(
    actor: User,
    conversation: Conversation,
    body: str,
    audience: str | None = None,
    client_key: uuid.UUID | None = None,
    *,
    reply_to: Message | None = None,
    attachments: Collection[int] = (),
    seen: int | None = None,
    approved: datetime | None = None,
) -> Message:
    """Write a message in a conversation that `actor` may read, and publish it.

    Sending again with the same `client_key` returns the first one's row. `attachments` are ids of files that the actor
    has uploaded for it. `seen` is the key of the newest message that the actor had on screen: raises Unseen where
    somebody else has written after it. Raises Waits where a moderator is to approve it first; what was `approved` now
    says when its author wrote it. Raises PermissionDenied where the actor may not write (for this audience),
    ValidationError for a body that can't be stored, a reply that would quote to the wrong audience, files that are
    not there (any more), or a key that was used elsewhere.
    """
    body = clean_body(body, may_be_empty=bool(attachments), most=conversation.type.max_body)
    draft = Draft(actor, conversation, body, client_key or uuid.uuid4(), reply_to, attachments)
    try:
        with transaction.atomic():
            locked = lock(actor, conversation)
            if sent := _sent_before(draft):
                return _same_place(sent, conversation)
            draft = draft._replace(conversation=locked)
            audience = _checked(actor, locked, audience, reply_to, seen)
            held = None if approved else locked.type.hold(draft)
            if held is None:
                return _write(draft, audience, approved)
    except IntegrityError:
        # The same key at the same moment in another conversation, which has a lock of its own; or something else.
        if not (sent := Message.objects.filter(author=actor, client_key=draft.client_key).first()):
            raise
        return _same_place(sent, conversation)
    raise Waits(held)


def _write(draft: Draft, audience: str, approved: datetime | None) -> Message:
    """Write what nothing stands against, with all that follows from it."""
    conversation = draft.conversation
    message = _insert(draft, audience, approved)
    claim(message, draft.attachments, waiting=bool(approved))
    named = mentions.store(message)
    if named and message.html:
        message.html = bodies.with_names(message)
        message.save(update_fields=["html"])
    conversation.type.check(message)
    conversation.type.written(message)
    live.message_changed(message)
    notices.message_arrived(message, named)
    if not approved:
        events.seen(draft.author, events.about(conversation), message.key)
    return message


def _sent_before(draft: Draft) -> Message | None:
    """What was sent with this key; the same query tells whether what it answers was deleted before the lock."""
    wanted, answered = Q(author=draft.author, client_key=draft.client_key), draft.reply_to
    rows = list(Message.objects.filter(wanted | Q(pk=answered.pk) if answered else wanted))
    for row in rows:
        if answered and row.pk == answered.pk:
            answered.deleted = row.deleted
    return next((row for row in rows if (row.author_id, row.client_key) == (draft.author.pk, draft.client_key)), None)


def _same_place(message: Message, conversation: Conversation) -> Message:
    if message.conversation_id != conversation.pk:
        raise ValidationError("This was already sent in another conversation.", code="sent_elsewhere")
    return message


def _checked(
    actor: User, conversation: Conversation, audience: str | None, reply_to: Message | None, seen: int | None
) -> str:
    """Whom the message is for, now that nothing stands against it."""
    audiences = conversation.type.audiences(actor)
    audience = audience or audiences[0]
    if audience not in audiences or not policies.can_post(actor, conversation):
        raise PermissionDenied("You can't write here.")
    _check_reply(reply_to, conversation, audience)
    if seen is not None:
        _check_seen(actor, conversation.messages.readable(audiences), seen)
    return audience


def _check_reply(quoted: Message | None, conversation: Conversation, audience: str) -> None:
    """A quote is shown to whoever reads the reply: it must not carry staff's words to a student."""
    if quoted is None:
        return
    if quoted.conversation_id != conversation.pk or quoted.deleted:
        raise ValidationError(conversation.type.reply_gone(quoted), code="reply_gone")
    if quoted.audience == Audience.STAFF and audience != Audience.STAFF:
        raise ValidationError("A reply to a team note is a team note.", code="reply_audience")


def _check_seen(actor: User, readable: MessageQuerySet, seen: int) -> None:
    unseen = readable.filter(key__gt=seen, deleted=None).exclude(author=actor)
    if newest := list(unseen.for_display().order_by("-key")[:3]):
        raise Unseen(newest[::-1])


def _insert(draft: Draft, audience: str, approved: datetime | None) -> Message:
    conversation, author, now = draft.conversation, draft.author, timezone.now()
    newest = conversation.messages.aggregate(newest=Max("key"))["newest"] or 0
    message = Message.objects.create(
        conversation=conversation,
        # The clock of the machine may stand still or go back; the order of a conversation doesn't.
        key=max(int(now.timestamp() * 1_000_000), newest + 1),
        version=tick(conversation, audience),
        client_key=draft.client_key,
        author=author,
        author_name=author.full_name,
        author_role=author.role,
        audience=audience,
        place=_place(conversation, draft.reply_to) if conversation.type.is_tree else "",
        body=draft.body,
        html=bodies.as_html(draft.body, draft.client_key) if conversation.type.markdown else "",
        reply_to=draft.reply_to,
        created=approved or now,
    )
    message.starts_without_parts()
    _take_part(message, reads=not approved)
    return message


def _place(conversation: Conversation, answered: Message | None) -> str:
    """The next place below what is answered; the first one there is for whoever begins the conversation."""
    parent = answered.place if answered else tree.FIRST
    after, before = tree.bounds(parent)
    places = conversation.messages.exclude(place="").order_by("-place").values_list("place", flat=True)
    if answered is None and not places.exists():
        return tree.FIRST
    try:
        return tree.following(parent, places.filter(place__gt=after, place__lt=before).first() or "")
    except ValueError:
        raise ValidationError("Nobody can answer this any more: it has too many replies.", code="full") from None


def _take_part(message: Message, *, reads: bool) -> None:
    """Whoever writes has read what is there; what was approved was written at another time."""
    taking_part = {"conversation": message.conversation, "user": message.author}
    reached = {"last_read": message.key, "delivered": message.key, "follows": True}
    changes = reached if reads else {"follows": True}
    if not Participant.objects.filter(**taking_part).update(**changes):
        Participant.objects.get_or_create(**taking_part, defaults=changes)
