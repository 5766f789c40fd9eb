"""The shift of somebody who answers: whether they are away, who else is here, and how much is theirs."""

from dataclasses import dataclass
from functools import cached_property

from apps.accounts.models import User
from apps.support import presence
from apps.support.models import Ticket


@dataclass
class Shift:
    """As the inbox shows it to them."""

    user: User

    @cached_property
    def away(self) -> bool:
        """Have they said that they are away?"""
        return presence.is_away(self.user)

    @cached_property
    def others(self) -> list[User]:
        """Who else is here, and shows it."""
        return list(presence.shown().exclude(pk=self.user.pk).order_by("given_name", "pk"))

    @cached_property
    def mine(self) -> int:
        """How many tickets are theirs to answer."""
        return Ticket.objects.active().filter(conversation__assignee=self.user).count()
