"""What an address names, found through what the person who asks may see; 404 for the rest."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from apps.accounts.people import signed_in
from apps.conversations.models import Conversation, Message


def conversation_of(request: HttpRequest, pk: int) -> Conversation:
    """A conversation, with what its title is made of."""
    return get_object_or_404(Conversation.objects.visible_to(signed_in(request)).with_titles(), pk=pk)


def message_of(request: HttpRequest, pk: int, message_pk: int) -> Message:
    """A message of the conversation `pk`; a tombstone too."""
    conversation = conversation_of(request, pk)
    readable = conversation.messages.readable(conversation.type.audiences(signed_in(request)))
    return get_object_or_404(readable, pk=message_pk)
