"""Topics: begun, pinned, deleted and restored."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, notices, notices_topics, policies
from apps.community.actions import flags
from apps.community.actions.holding import announce
from apps.community.models import Community, Held, HeldKind, Topic, TopicQuerySet
from apps.community.models.topics import MAX_TITLE, TOPIC_KIND
from apps.conversations.actions import clean_body, send_message
from apps.conversations.actions.attachments import GONE
from apps.conversations.actions.clock import NOT_YOURS
from apps.conversations.approval import Waits
from apps.conversations.models import LONGEST_BODY, Attachment, Conversation, Message
from apps.core.formats import number
from apps.core.text import one_line

# For how long whoever deleted a topic may undo it.
UNDO_SECONDS, UNDO_SALT = 600, "community.undo"


def clean_title(text: str) -> str:
    """A title on one line, without what turns the text around it.

    Raises ValidationError for one in which there is nothing to see, and for one that is too long.
    """
    title = one_line(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    if not title:
        raise ValidationError("Give it a title: it is what others see in the list.", code="blank")
    if len(title) > MAX_TITLE:
        said = f"This title is {number(len(title))} characters long; there is room for {number(MAX_TITLE)}."
        raise ValidationError(said, code="too_long")
    return title


class NewTopic(NamedTuple):
    """What a topic begins with."""

    title: str
    body: str
    client_key: uuid.UUID
    is_question: bool = False


def start_topic(actor: User, community: Community, new: NewTopic, files: Sequence[int] = ()) -> Topic:
    """Begin a topic in a community that `actor` may read; what it says is its first message.

    `files` are ids of attachments that `actor` has uploaded for a conversation that is to begin.
    The same `client_key` makes one topic. Raises Waits where a moderator is to approve it, PermissionDenied,
    ValidationError for a title, a text or files that can't be stored.
    """
    body = clean_body(new.body, may_be_empty=bool(files), most=LONGEST_BODY)
    new = new._replace(title=clean_title(new.title), body=body)
    readable = Community.objects.visible_to(actor).filter(pk=community.pk)
    if not (readable.exists() and policies.may_write(actor, community)):
        raise PermissionDenied(NOT_YOURS)
    if sent := _sent(actor, new.client_key):
        return sent
    try:
        with transaction.atomic():
            conversation = Conversation.objects.create(kind=TOPIC_KIND, area=community.course_id)
            attached = _take_up(actor, conversation, files)
            if not policies.must_wait(actor, community):
                return begin(actor, community, conversation, new, attached)
            held = _hold(actor, community, conversation, new, attached)
    except (IntegrityError, ValidationError):
        # The same form, sent twice at one moment: the other one's row, or its message, was there first.
        if not (sent := _sent(actor, new.client_key)):
            raise
        return sent
    raise Waits(held)


def _sent(actor: User, client_key: uuid.UUID) -> Topic | None:
    """What this sending has become before: a topic; raises Waits where it waits."""
    first = Message.objects.filter(author=actor, client_key=client_key).select_related("conversation__topic").first()
    if first is not None:
        if first.conversation.kind != TOPIC_KIND:
            raise ValidationError("This was already sent in another conversation.", code="sent_elsewhere")
        return first.conversation.topic
    held = Held.objects.filter(author=actor, client_key=client_key).exclude(kind=HeldKind.EDIT)
    if waiting := held.select_related("community", "conversation").first():
        raise Waits(waiting)
    return None


def _take_up(actor: User, conversation: Conversation, ids: Sequence[int]) -> list[Attachment]:
    """Make files that `actor` has uploaded part of a conversation that begins; ValidationError if one is gone."""
    if len(set(ids)) > settings.MAX_FILES:
        raise ValidationError(f"A topic has room for {settings.MAX_FILES} files.")
    unsent = Attachment.objects.filter(pk__in=ids, uploader=actor, conversation=None, message=None, waits=False)
    if ids and unsent.update(conversation=conversation) != len(set(ids)):
        raise ValidationError(GONE, code="files_gone")
    return list(Attachment.objects.filter(pk__in=ids).order_by("pk"))


def begin(
    author: User,
    community: Community,
    conversation: Conversation,
    new: NewTopic,
    attached: Sequence[Attachment] = (),
    approved: datetime | None = None,
) -> Topic:
    """Make a topic of a conversation that was made for it, in a transaction; `approved` as for send_message."""
    topic = Topic.objects.create(
        community=community,
        conversation=conversation,
        author=author,
        title=new.title,
        is_question=new.is_question,
        created=approved or timezone.now(),
    )
    audit.record(author, "topic.started", topic)
    ids = [each.pk for each in attached]
    send_message(author, conversation, new.body, client_key=new.client_key, attachments=ids, approved=approved)
    live.topics_changed(community.pk)
    return topic


def _hold(
    actor: User, community: Community, conversation: Conversation, new: NewTopic, attached: Sequence[Attachment]
) -> Held:
    Attachment.objects.filter(pk__in=[each.pk for each in attached]).update(waits=True)
    held = Held.objects.create(
        community=community, kind=HeldKind.TOPIC, conversation=conversation, author=actor, **new._asdict()
    )
    held.attachments.set(attached)
    announce(held)
    return held


def pin_topic(actor: User, topic: Topic) -> Topic:
    """Put a topic below the pinned ones, above all others; raises PermissionDenied."""
    with transaction.atomic():
        topic, pinned = _moderated(actor, topic), _pinned(topic)
        if topic.deleted:
            raise PermissionDenied("This topic is deleted: restore it first.")
        if topic.pin_position is None:
            _place(topic, _end(pinned))
            audit.record(actor, "topic.pinned", topic)
            notices_topics.moderated(topic, actor, "pinned")
            tell(topic)
    return topic


def unpin_topic(actor: User, topic: Topic) -> Topic:
    """Put a topic back among the others; raises PermissionDenied."""
    with transaction.atomic():
        topic = _moderated(actor, topic)
        if topic.pin_position is not None:
            _place(topic, None)
            audit.record(actor, "topic.unpinned", topic)
            notices_topics.undone(topic, "pinned")
            tell(topic)
    return topic


def move_pin(actor: User, topic: Topic, step: int) -> Topic:
    """Change places with the pinned topic above (step -1) or below (1); at the end nothing moves."""
    with transaction.atomic():
        topic = _moderated(actor, topic)
        rows = list(_pinned(topic).order_by("pin_position"))
        here = next((index for index, each in enumerate(rows) if each.pk == topic.pk), None)
        if here is not None and 0 <= here + step < len(rows):
            other, mine, theirs = rows[here + step], rows[here].pin_position, rows[here + step].pin_position
            _place(other, None)
            _place(topic, theirs)
            _place(other, mine)
            audit.record(actor, "topic.pinned", topic)
            tell(topic)
    return topic


def remove_topic(actor: User, topic: Topic) -> Topic:
    """Delete one's own topic: it is gone to everyone but moderators. These remove others' (see remove_post).

    Raises PermissionDenied (see policies.may_remove_topic).
    """
    with transaction.atomic():
        topic = locked(actor, topic)
        if topic.deleted is None:
            if not policies.may_remove_topic(actor, topic):
                raise PermissionDenied("Others have replied: only a moderator can delete this topic.")
            bury(actor, topic)
            flags.withdrawn_with(topic)
    return topic


def bury(actor: User, topic: Topic) -> None:
    """Mark a topic that `actor` may delete as deleted, in a transaction."""
    topic.deleted, topic.pin_before, topic.pin_position = timezone.now(), topic.pin_position, None
    topic.save(update_fields=["deleted", "pin_before", "pin_position"])
    audit.record(actor, "topic.removed", topic)
    notices.topic_gone(topic)
    live.topic_gone(topic)


def undo_of(actor: User, topic: Topic) -> str:
    """What lets `actor`, who has just deleted a topic, bring it back for UNDO_SECONDS."""
    deleted = topic.deleted.isoformat() if topic.deleted else ""
    return signing.dumps([topic.pk, actor.pk, deleted], salt=UNDO_SALT)


def removed_by(actor: User, undo: str) -> Topic | None:
    """The topic that `actor` deleted a moment ago, as `undo_of` said; None for anything else."""
    try:
        pk, user, deleted = signing.loads(undo, salt=UNDO_SALT, max_age=UNDO_SECONDS)
    except (signing.BadSignature, ValueError):
        return None
    readable = Topic.objects.filter(community__in=Community.objects.visible_to(actor).values("pk"), pk=pk)
    topic = readable.exclude(deleted=None).select_related("community__course", "conversation").first()
    same = topic and topic.deleted and topic.deleted.isoformat() == deleted and user == actor.pk
    return topic if same else None


def restore_topic(actor: User, topic: Topic, *, undoing: bool = False) -> Topic:
    """Bring back a deleted topic with all that was in it: a moderator what one removed, an author who is `undoing`.

    Raises PermissionDenied.
    """
    with transaction.atomic():
        if undoing:
            Community.objects.select_for_update().get(pk=topic.community_id)
            topic = Topic.objects.select_for_update(of=("self",)).select_related("community").get(pk=topic.pk)
            if not policies.may_write(actor, topic.community):
                raise PermissionDenied(NOT_YOURS)
        else:
            topic = _moderated(actor, topic)
            if topic.deleted and flags.topic_removal(topic) is None:
                raise PermissionDenied("Its author deleted this topic.")
        if topic.deleted is not None:
            topic.deleted = None
            topic.pin_position, topic.pin_before = _pin_again(topic), None
            topic.save(update_fields=["deleted", "pin_position", "pin_before"])
            audit.record(actor, "topic.restored", topic)
            tell(topic)
            if undoing:
                flags.reopened_with(topic)
    return topic


def tell(topic: Topic) -> None:
    """Lists ask again, and so does what stands above its messages."""
    live.topics_changed(topic.community_id)
    live.topic_changed(topic)


def locked(actor: User, topic: Topic) -> Topic:
    """The topic as it is now, with its row locked; raises PermissionDenied where the actor doesn't see it."""
    rows = Topic.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=topic.pk)
    fresh = rows.select_related("community__course", "conversation").first()
    if fresh is None:
        raise PermissionDenied(NOT_YOURS)
    return fresh


def _moderated(actor: User, topic: Topic) -> Topic:
    """The same for a moderator, with the order of the pinned topics locked: pins of a community change one by one."""
    Community.objects.select_for_update().get(pk=topic.community_id)
    fresh = locked(actor, topic)
    if not policies.may_moderate(actor, fresh.community):
        raise PermissionDenied("Only moderators can do this.")
    return fresh


def _pinned(topic: Topic) -> TopicQuerySet:
    return Topic.objects.all().filter(community=topic.community_id, pin_position__isnull=False)


def _end(pinned: TopicQuerySet) -> int:
    """The position below the pinned topics."""
    return (pinned.aggregate(last=Max("pin_position"))["last"] or 0) + 1


def _pin_again(topic: Topic) -> int | None:
    """Where a topic that comes back was pinned; below the others where another one is there by now."""
    pinned = _pinned(topic)
    return (
        _end(pinned) if topic.pin_before and pinned.filter(pin_position=topic.pin_before).exists() else topic.pin_before
    )


def _place(topic: Topic, position: int | None) -> None:
    topic.pin_position = position
    topic.save(update_fields=["pin_position"])
