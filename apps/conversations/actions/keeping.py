"""What one decides for a conversation: to hear nothing of it for a while, or whose it is to see to."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations import live, notices, policies
from apps.conversations.actions.clock import NOT_YOURS, lock
from apps.conversations.actions.reading import look_in
from apps.conversations.models import FOREVER, Conversation, Participant

SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "always": None, "off": timedelta(0)}


def mute(actor: User, conversation: Conversation, span: str) -> datetime | None:
    """Hear nothing of a conversation for a `span` of SPANS, `off` to hear of it again; until when.

    Mentions come all the same: somebody asks for this very person. Raises PermissionDenied where the actor doesn't see
    it, ValidationError for another span.
    """
    if span not in SPANS:
        raise ValidationError("Choose an hour, a day, or until you turn it on again.", code="unknown")
    if actor.looked_as or not policies.can_read(actor, conversation):
        raise PermissionDenied(NOT_YOURS)
    length = SPANS[span]
    until = FOREVER if length is None else timezone.now() + length if length else None
    taking_part = Participant.objects.filter(conversation=conversation, user=actor)
    if not taking_part.update(muted_until=until):
        look_in(actor, conversation)
        taking_part.update(muted_until=until)
    return until


def assign(actor: User, conversation: Conversation, assignee: User | None) -> Conversation:
    """Give a conversation to somebody to see to, or to nobody; they are told.

    Raises PermissionDenied (see policies.can_assign), ValidationError for somebody who doesn't read all of it.
    """
    if not policies.can_assign(actor, conversation):
        raise PermissionDenied("Only admins and staff can assign a conversation.")
    with transaction.atomic():
        conversation = lock(actor, conversation)
        if assignee and not policies.assignees(conversation).filter(pk=assignee.pk).exists():
            raise ValidationError("Choose somebody who reads this conversation.", code="no_reader")
        if conversation.assignee_id != (assignee.pk if assignee else None):
            conversation.assignee = assignee
            conversation.save(update_fields=["assignee"])
            entry = audit.record(actor, "conversation.assigned", conversation, to=assignee.pk if assignee else None)
            conversation.type.handed_over(conversation, actor)
            live.assignment_changed(conversation)
            notices.assigned(entry, conversation, actor)
    return conversation
