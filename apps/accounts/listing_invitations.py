"""The list of invitations as its URL asks for it."""

from functools import cached_property
from typing import ClassVar

from django.db.models import QuerySet
from django.http import QueryDict

from apps.accounts import policies
from apps.accounts.models import Invitation, User
from apps.core.listing import Listing, Sort

STATES = ("pending", "accepted", "expired", "revoked")


class InvitationList(Listing[Invitation]):
    """The invitations that `user` may see."""

    route = "accounts:invitation_list"
    SORTS: ClassVar[dict[str, Sort]] = {"sent": Sort("Sent last", "Sent", ("-sent", "-pk"), falls=True)}

    def __init__(self, user: User, query: QueryDict) -> None:
        super().__init__(query)
        self.user = user

    @cached_property
    def state(self) -> str:
        """The state filtered by; empty for all."""
        return self.chosen("state", STATES)

    @property
    def filters(self) -> dict[str, str]:
        """The state."""
        return {"state": self.state}

    @property
    def states(self) -> list[tuple[str, str]]:
        """The states to choose from."""
        return [(state, state.capitalize()) for state in STATES]

    @property
    def found(self) -> QuerySet[Invitation]:
        """All that match."""
        visible = Invitation.objects.visible_to(self.user)
        return visible.in_state(self.state).search(self.text).select_related("invited_by")

    @cached_property
    def rows(self) -> list[tuple[Invitation, bool]]:
        """The invitations of the page, each with whether this person may send it again or revoke it."""
        return [(each, policies.can_manage_invitation(self.user, each)) for each in self.page]
