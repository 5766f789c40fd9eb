"""Beginning to talk with somebody."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.conversations.direct import DirectConversations, contacts
from apps.conversations.models import Conversation, Pair, Participant


def open_direct(actor: User, other: User) -> Conversation:
    """The one conversation between two people, made if there is none yet.

    Raises PermissionDenied where the actor may not write to the other one and they have never talked.
    """
    first, second = sorted((actor, other), key=lambda user: user.pk)
    if pair := Pair.objects.filter(first=first, second=second).select_related("conversation").first():
        return pair.conversation
    if not contacts(actor).filter(pk=other.pk).exists():
        raise PermissionDenied("You can't write to this person.")
    try:
        with transaction.atomic():
            conversation = Conversation.objects.create(kind=DirectConversations.name)
            Pair.objects.create(conversation=conversation, first=first, second=second)
            Participant.objects.bulk_create(
                Participant(conversation=conversation, user=user) for user in (actor, other)
            )
    except IntegrityError:
        # The other one began at the same moment; the pair is unique, and theirs was first.
        return Pair.objects.select_related("conversation").get(first=first, second=second).conversation
    return conversation
