"""Reading: a person's watermarks move forward."""

from django.db.models import Q
from django.db.models.functions import Greatest

from apps.accounts.models import User
from apps.conversations.models import Audience, Conversation, Participant
from apps.conversations.reading import positions_changed, unread_changed


def mark_read(actor: User, conversation: Conversation, read: int, delivered: int = 0) -> None:
    """Keep that `actor`, who may read the conversation, has read up to key `read`, and got what is up to `delivered`.

    Watermarks never go back, nor past what there is for the actor to read. Who hides what they read still has it kept:
    it is their own unread count.
    """
    audiences = conversation.owner.audiences(actor)
    read = _newest_readable(conversation, audiences, read)
    delivered = max(read, _newest_readable(conversation, audiences, delivered)) if delivered > read else read
    if not delivered:
        return
    was = Participant.objects.filter(conversation=conversation, user=actor).first() or _look_in(actor, conversation)
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


def _newest_readable(conversation: Conversation, audiences: tuple[str, ...], key: int) -> int:
    rows = conversation.messages.readable(audiences).filter(key__lte=key).order_by("-key")
    return rows.values_list("key", flat=True).first() or 0


def _look_in(actor: User, conversation: Conversation) -> Participant:
    """Their first visit. Who is told of new messages anyway takes part; others (staff who only look) don't by that."""
    follows = actor.pk in conversation.owner.followers(conversation, Audience.EVERYONE)
    return Participant.objects.get_or_create(conversation=conversation, user=actor, defaults={"follows": follows})[0]
