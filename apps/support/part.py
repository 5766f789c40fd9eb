"""What support keeps of a person: their tickets, and those that they answer."""

from typing import Any

from apps.accounts.models import User
from apps.accounts.parts import Part
from apps.support import actions
from apps.support.models import Ticket


class SupportPart(Part):
    """The person's own tickets; what was written in them belongs to the conversations."""

    name = "support"

    def own_data(self, user: User) -> dict[str, Any]:
        """When they asked, about what, and how it ended."""
        fields = ("pk", "conversation", "status", "topic__name", "opened_at", "closed_at")
        return {"tickets": list(Ticket.objects.filter(person=user).order_by("pk").values(*fields))}

    def stand_down(self, user: User) -> None:
        """What they were answering goes back into the queue."""
        if not (user.is_active and user.sees_all):
            actions.return_all(user)
