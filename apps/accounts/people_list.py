"""The list of people as its URL asks for it."""

from functools import cached_property
from typing import ClassVar

from allauth.mfa.models import Authenticator
from django.db.models import Case, Exists, F, OrderBy, OuterRef, Q, QuerySet, Value, When
from django.http import QueryDict

from apps.accounts.models import Role, User
from apps.core.finding import every_word
from apps.core.listing import Listing, Sort

NAME = ("given_name", "family_name", "pk")
# Admins first, as they are listed where one is chosen.
RANK = Case(*(When(role=role, then=Value(place)) for place, role in enumerate(Role.values)))
STATES = {
    "active": Q(is_active=True),
    "deactivated": Q(is_active=False, closed=None),
    "closed": Q(closed__isnull=False),
}
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class PeopleList(Listing[User]):
    """The people whom `user` may see."""

    route = "people:person_list"
    SORTS: ClassVar[dict[str, Sort]] = {
        "name": Sort("Name", "Name", NAME),
        "email": Sort("E-mail", "E-mail", ("email",)),
        "role": Sort("Role", "Role", ("rank", *NAME)),
        "state": Sort("State", "State", ("-is_active", "-closed", *NAME)),
        "seen": Sort("Here last", "Last here", ("-seen", *NAME), "Away for longest", falls=True),
        "newest": Sort("Newest first", "Added", ("-pk",), "Oldest first", falls=True),
    }

    def __init__(self, user: User, query: QueryDict) -> None:
        super().__init__(query)
        self.user = user

    @cached_property
    def role(self) -> str:
        """The role filtered by; empty for all."""
        return self.chosen("role", Role.values)

    @cached_property
    def state(self) -> str:
        """The state filtered by; empty for all."""
        return self.chosen("state", STATES)

    @property
    def filters(self) -> dict[str, str]:
        """Role and state."""
        return {"role": self.role, "state": self.state}

    @property
    def found(self) -> QuerySet[User]:
        """Each with `factor` (has a second one), `seen` (when last here, unless they hide it) and `rank`."""
        people = User.objects.visible_to(self.user).filter(every_word(self.text, "given_name", "family_name", "email"))
        if self.role:
            people = people.filter(role=self.role)
        if self.state:
            people = people.filter(STATES[self.state])
        return people.annotate(
            factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)),
            seen=Case(When(hides_presence=False, then=F("last_seen"))),
            rank=RANK,
        )

    def order_by(self) -> list[str | OrderBy]:
        """Those of whom nobody knows when they were here come last either way."""
        order = super().order_by()
        if self.sort.removeprefix("-") == "seen":
            order[0] = OrderBy(F("seen"), descending=not self.sort.startswith("-"), nulls_last=True)
        return order

    @property
    def roles(self) -> list[tuple[str, str]]:
        """The roles to choose from."""
        return [(str(value), str(label)) for value, label in Role.choices]

    @property
    def states(self) -> list[tuple[str, str]]:
        """The states to choose from."""
        return [(state, state.capitalize()) for state in STATES]
