"""What admins and staff see of one person."""

from dataclasses import dataclass
from functools import cached_property

from allauth.usersessions.models import UserSession
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.accounts import factors, parts, policies
from apps.accounts.models import AuditEntry, Role, User
from apps.accounts.parts import Work

HISTORY = 12


@dataclass
class Person:
    """One person, as `viewer` may see and change them."""

    viewer: User
    user: User

    @cached_property
    def own_factors(self) -> factors.Factors:
        """What they have set up."""
        return factors.factors_of(self.user)

    @cached_property
    def factors(self) -> list[str]:
        """What is asked for beside the password, in words; empty for nothing."""
        return self.own_factors.named or (["a code by e-mail"] if factors.asked_by_mail(self.user) else [])

    @cached_property
    def sessions(self) -> int:
        """In how many browsers they are signed in."""
        own = UserSession.objects.filter(user=self.user).values("session_key")
        return Session.objects.filter(session_key__in=own, expire_date__gt=timezone.now()).count()

    @cached_property
    def work(self) -> list[Work]:
        """What they are in charge of now."""
        return parts.open_work(self.user)

    @cached_property
    def history(self) -> list[AuditEntry]:
        """What was done with the account, newest first."""
        kind = ContentType.objects.get_for_model(User)
        rows = AuditEntry.objects.filter(thing_type=kind, thing_id=self.user.pk).select_related("actor")
        return list(rows.order_by("-at", "-pk")[:HISTORY])

    @property
    def roles(self) -> list[tuple[str, str]]:
        """The roles to choose from."""
        return [(str(value), str(label)) for value, label in Role.choices]

    @property
    def may_deactivate(self) -> bool:
        """May access be taken away, or given back?"""
        return policies.can_deactivate(self.viewer, self.user) and not self.user.closed

    @cached_property
    def may_remove_factors(self) -> bool:
        """Are there second factors that may be taken away for their owner?"""
        return self.own_factors.any and policies.can_remove_factors(self.viewer, self.user)

    @property
    def may_change_role(self) -> bool:
        """May the role be another?"""
        return policies.can_change_role(self.viewer, self.user) and not self.user.closed

    @property
    def may_close(self) -> bool:
        """May the account be closed for good? One's own is closed on one's own page."""
        return policies.can_close(self.viewer, self.user) and self.viewer != self.user and not self.user.closed

    @property
    def may_look(self) -> bool:
        """May the viewer look as this person?"""
        return policies.can_look_as(self.viewer, self.user)

    @property
    def may_read_history(self) -> bool:
        """May the viewer read what was done with the account?"""
        return policies.can_read_history(self.viewer, self.user)
