"""The list of invitations as its URL asks for it: searched, filtered, one page of it."""

from dataclasses import dataclass
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from apps.accounts import policies
from apps.accounts.models import Invitation, User
from apps.core.finding import typed

PAGE = 50
STATES = {"pending": "Pending", "accepted": "Accepted", "expired": "Expired", "revoked": "Revoked"}


@dataclass
class InvitationList:
    """The invitations that `user` may see, as `query` asks; what makes no sense in it is as if it weren't there."""

    user: User
    query: QueryDict

    @cached_property
    def text(self) -> str:
        """What is searched for."""
        return typed(self.query.get("q", ""))

    @cached_property
    def state(self) -> str:
        """The state filtered by; empty for all."""
        state = self.query.get("state", "")
        return state if state in STATES else ""

    @property
    def states(self) -> list[tuple[str, str]]:
        """The states to choose from."""
        return list(STATES.items())

    @property
    def filtered(self) -> bool:
        """Is anything left out?"""
        return bool(self.text or self.state)

    @cached_property
    def matching(self) -> QuerySet[Invitation]:
        """All that match, those sent last first."""
        found = Invitation.objects.visible_to(self.user).in_state(self.state).search(self.text)
        return found.select_related("invited_by")

    @cached_property
    def page(self) -> Page[Invitation]:
        """The page that is asked for, or the nearest that there is."""
        return Paginator(self.matching, PAGE).get_page(self.query.get("page"))

    @cached_property
    def rows(self) -> list[tuple[Invitation, bool]]:
        """The invitations of the page, each with whether this person may send it again or revoke it."""
        return [(each, policies.can_manage_invitation(self.user, each)) for each in self.page]

    def link(self, page: int = 1) -> str:
        """The URL of this list, on another page; what is as usual isn't in it."""
        query = QueryDict(mutable=True)
        for name, value in (("q", self.text), ("state", self.state), ("page", str(page) if page > 1 else "")):
            if value:
                query[name] = value
        return reverse("accounts:invitation_list") + (f"?{query.urlencode()}" if query else "")

    @property
    def url(self) -> str:
        """This very list."""
        return self.link(self.page.number)

    @property
    def previous(self) -> str:
        """The page before, empty if there is none."""
        return self.link(self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next(self) -> str:
        """The page after, empty if there is none."""
        return self.link(self.page.number + 1) if self.page.has_next() else ""
