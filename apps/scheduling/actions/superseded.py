"""What a change of a lesson does to the other times that are proposed for it."""

from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import notices_proposals
from apps.scheduling.models import Booking, Proposal, RequestState


def end_proposals(actor: User | None, booking: Booking) -> None:
    """End the open proposal of a lesson that was moved or called off; the caller holds its lock and frees its times."""
    for proposal in Proposal.objects.open().filter(booking=booking):
        values = {"state": RequestState.WITHDRAWN, "answered_by": actor, "answered_at": timezone.now()}
        Proposal.objects.open().filter(pk=proposal.pk).update(**values, updated=timezone.now())
        audit.record(actor, "lesson-move.withdrawn", booking, proposal=proposal.pk)
        notices_proposals.ended(proposal)
