"""The list of people as its URL asks for it."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Case, Exists, F, OrderBy, OuterRef, Q, QuerySet, Value, When

from apps.accounts.models import Role, User
from apps.core.finding import every_word
from apps.core.listing import Column, Filter, Listing, Sort, titled

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
    one, many = "person", "people"
    placeholder = "Search name or e-mail"
    sorts = {
        "name": Sort("Name", NAME),
        "email": Sort("E-mail", ("email",)),
        "role": Sort("Role", ("rank", *NAME)),
        "state": Sort("State", ("-is_active", "-closed", *NAME)),
        "seen": Sort("Here last", ("-seen", *NAME), "Away for longest", falls=True),
        "newest": Sort("Newest first", ("-pk",), "Oldest first", falls=True),
    }
    columns = (
        Column("Name", "name"),
        Column("E-mail", "email"),
        Column("Role", "role"),
        Column("State", "state"),
        Column("Last here", "seen"),
        Column("Added", "newest"),
        Column("Second factor"),
    )
    filters = (
        Filter("role", "Role", "Any role", lambda _: Role.choices),
        Filter("state", "State", "Any state", lambda _: titled(STATES), lambda rows, it: rows.filter(STATES[it])),
    )

    def visible(self) -> QuerySet[User]:
        """Each with `factor` (has a second one), `seen` (when last here, unless they hide it) and `rank`."""
        return User.objects.visible_to(self.user).annotate(
            factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)),
            seen=Case(When(hides_presence=False, then=F("last_seen"))),
            rank=RANK,
        )

    def search(self, rows: Any, text: str) -> Any:
        """By name and e-mail."""
        return rows.filter(every_word(text, "given_name", "family_name", "email"))

    def order_by(self) -> list[str | OrderBy]:
        """People whose last visit is unknown come last either way."""
        order = super().order_by()
        if self.sort.removeprefix("-") == "seen":
            order[0] = OrderBy(F("seen"), descending=not self.sort.startswith("-"), nulls_last=True)
        return order
