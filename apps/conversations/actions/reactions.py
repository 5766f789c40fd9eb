"""Reacting: an emoji instead of a message."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.conversations import notices, policies
from apps.conversations.actions.clock import lock_message, save_change
from apps.conversations.emojis import is_emoji
from apps.conversations.models import Message, Reaction

MAX_KINDS = 20


def add_reaction(actor: User, message: Message, emoji: str) -> Message:
    """Let `actor`, who may read the message, react to it; doing it again changes nothing.

    Raises PermissionDenied where they may not write or the message is deleted, ValidationError for what can't be
    chosen and for one kind too many.
    """
    if not is_emoji(emoji):
        raise ValidationError("Choose an emoji: one, and nothing else.", code="unknown")
    with transaction.atomic():
        message = _open(actor, message)
        kinds = set(message.reactions.values_list("emoji", flat=True))
        if emoji not in kinds and len(kinds) >= MAX_KINDS:
            raise ValidationError(f"A message has room for {MAX_KINDS} kinds of reaction.", code="too_many")
        reaction, added = Reaction.objects.get_or_create(message=message, user=actor, emoji=emoji)
        if added:
            save_change(message)
            notices.reaction_added(reaction, message)
    return message


def remove_reaction(actor: User, message: Message, emoji: str) -> Message:
    """Take a reaction back; one that isn't there (any more) is no error. Raises PermissionDenied as adding does."""
    with transaction.atomic():
        message = _open(actor, message)
        # Compared here: what was typed into an address may be no text to a database.
        mine = [reaction for reaction in message.reactions.filter(user=actor) if reaction.emoji == emoji]
        for reaction in mine:
            notices.reactions_gone(reaction.pk)
            reaction.delete()
            save_change(message)
    return message


def _open(actor: User, message: Message) -> Message:
    message = lock_message(actor, message)
    if message.deleted:
        raise PermissionDenied("This message was deleted.")
    if not policies.can_post(actor, message.conversation):
        raise PermissionDenied("This conversation is closed: nobody can react here at the moment.")
    return message
