"""Reading: a person's watermarks move forward."""

from django.db.models import Exists, Q, QuerySet
from django.db.models.functions import Greatest

from apps.accounts.models import User
from apps.conversations.models import Audience, Conversation, Message, Participant
from apps.conversations.reading import positions_changed, unread_changed
from apps.notifications.events import about, seen


def mark_read(
    actor: User, conversation: Conversation, read: int, delivered: int = 0, *, visiting: bool = False
) -> None:
    """Keep that `actor`, who may read the conversation, has read up to key `read`, and got what is up to `delivered`.

    Watermarks never go back, nor past what there is for the actor to read. Who hides what they read still has it kept:
    it is their own unread count. `visiting` says that the conversation itself is what they look at.
    """
    audiences = conversation.type.audiences(actor)
    # Where the conversation isn't theirs to see, there is nothing that they could have read.
    sees = Exists(Conversation.objects.visible_to(actor, conversation.kind).filter(pk=conversation.pk))
    readable = conversation.messages.readable(audiences).filter(sees)
    read = _newest(readable, read)
    delivered = max(read, _newest(readable, delivered)) if delivered > read else read
    was = Participant.objects.filter(conversation=conversation, user=actor).first()
    if delivered:
        was = was or look_in(actor, conversation)
        _move_forward(actor, conversation, was, audiences, read, delivered)
    # After the watermark was kept: who is being told at this moment is found here, or by whoever tells them. Whoever
    # is there sees what they were told of, a reaction to what they had read long ago too.
    if visiting or read:
        seen(actor, about(conversation), max(read, was.last_read if was else 0))


def _move_forward(
    actor: User, conversation: Conversation, was: Participant, audiences: tuple[str, ...], read: int, delivered: int
) -> None:
    behind = Q(last_read__lt=read) | Q(delivered__lt=delivered)
    forward = {"last_read": Greatest("last_read", read), "delivered": Greatest("delivered", delivered)}
    if not Participant.objects.filter(behind, pk=was.pk).update(**forward):
        return
    if read > was.last_read:
        unread_changed(actor, conversation)
    if not actor.hides_reading:
        passed = Q(key__gt=was.last_read, key__lte=read) | Q(key__gt=was.delivered, key__lte=delivered)
        news = conversation.messages.filter(passed)
        positions_changed(conversation, [name for name in audiences if news.filter(audience=name).exists()])


def _newest(readable: QuerySet[Message], key: int) -> int:
    rows = readable.filter(key__lte=key).order_by("-key")
    return rows.values_list("key", flat=True).first() or 0


def look_in(actor: User, conversation: Conversation) -> Participant:
    """Their first visit. Who is told of new messages anyway takes part; others (staff who only look) don't by that."""
    follows = actor.pk in conversation.type.followers(conversation, Audience.EVERYONE)
    return Participant.objects.get_or_create(conversation=conversation, user=actor, defaults={"follows": follows})[0]
