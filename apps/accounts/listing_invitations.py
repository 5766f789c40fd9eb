"""The list of invitations as its URL asks for it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from apps.accounts import policies
from apps.accounts.models import Invitation
from apps.accounts.querysets import InvitationQuerySet
from apps.core.listing import Column, Filter, Listing, Sort, titled

STATES = ("pending", "accepted", "expired", "revoked")


class Row(NamedTuple):
    """An invitation, and whether this person may send it again or revoke it."""

    invitation: Invitation
    may_manage: bool


class InvitationList(Listing[Row]):
    """The invitations that `user` may see."""

    route = "accounts:invitation_list"
    one, many = "invitation", "invitations"
    placeholder = "Search name or e-mail"
    events = ("invitations-changed",)
    sorts = {"sent": Sort("Sent last", ("-sent", "-pk"), falls=True)}
    columns = (
        Column("Invited"),
        Column("As"),
        Column("State"),
        Column("By"),
        Column("Sent"),
        Column("Until"),
        Column("Actions", hidden=True),
    )
    filters = (Filter("state", "State", "Any state", lambda _: titled(STATES), lambda rows, it: rows.in_state(it)),)

    def visible(self) -> InvitationQuerySet:
        """Each with who sent it."""
        return Invitation.objects.visible_to(self.user).select_related("invited_by")

    def search(self, rows: Any, text: str) -> Any:
        """By name and e-mail."""
        return rows.search(text)

    @cached_property
    def rows(self) -> Sequence[Row]:
        """The invitations of the page."""
        return [Row(each, policies.can_manage_invitation(self.user, each)) for each in self.page]
