"""The verbs of people: take their access away, give it back, give them another role.

Each decides under the locks of all admins, so that two admins who deactivate each other at once don't leave none.
"""

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F

from apps.accounts import audit, invitations, parts, policies, sessions
from apps.accounts.guard import keep_an_admin, lock
from apps.accounts.models import Role, User
from apps.accounts.parts import Work


def deactivate(actor: User, person: User) -> list[Work]:
    """Take a person's access away: their sessions and streams end, what they wrote stays.

    Their open invitations to admins' and staff's roles end too.

    Returns what they were in charge of, for others to take over. Somebody without access keeps being without. Raises
    PermissionDenied, ValidationError (the only admin left).
    """
    with transaction.atomic():
        actor, person, admins = lock(actor, person)
        if not policies.can_deactivate(actor, person):
            raise PermissionDenied("You can't deactivate this person.")
        work = parts.open_work(person)
        if person.is_active:
            keep_an_admin(person, admins)
            person.is_active = False
            person.save(update_fields=["is_active"])
            ended = end_sessions(person)
            invitations.withdraw(actor, person)
            parts.stand_down(person)
            audit.record(actor, "user.deactivated", person, sessions=ended, open_work=len(work))
    return work


def reactivate(actor: User, person: User) -> None:
    """Give a person's access back; raises PermissionDenied, ValidationError (the account was closed)."""
    with transaction.atomic():
        actor, person, _ = lock(actor, person)
        if not policies.can_deactivate(actor, person):
            raise PermissionDenied("You can't reactivate this person.")
        if person.closed:
            raise ValidationError("This account was closed for good. Invite them again for a new one.")
        if not person.is_active:
            person.is_active = True
            person.save(update_fields=["is_active"])
            # Whoever was just signing in when access ended may have a session since.
            end_sessions(person)
            audit.record(actor, "user.reactivated", person)


def change_role(actor: User, person: User, role: str) -> None:
    """Give a person another role; what they have open shows them what the new one may see.

    One that asks for a second factor starts with a new sign-in. Raises PermissionDenied, ValidationError (no such
    role, the only admin left, or an app needs them in the role they have).
    """
    if role not in Role.values:
        raise ValidationError("Choose one of the roles.")
    with transaction.atomic():
        actor, person, admins = lock(actor, person)
        if not policies.can_change_role(actor, person):
            raise PermissionDenied("You can't change this person's role.")
        before = person.role
        if role == before:
            return
        if reasons := parts.against_role(person, role):
            raise ValidationError(reasons)
        keep_an_admin(person, admins)
        person.role = role
        person.save(update_fields=["role"])
        parts.stand_down(person)
        audit.record(actor, "user.role-changed", person, before=before, after=role)
        if role in settings.SECOND_FACTOR and before not in settings.SECOND_FACTOR:
            end_sessions(person)
        if before == Role.ADMIN:
            invitations.withdraw(actor, person)


def end_sessions(person: User) -> int:
    """End all that this person has open, in whatever process; returns how many sessions of theirs were known.

    Their rows go, and what has none (a session made anew, a browser that was trusted) is of an era that is over.
    """
    with transaction.atomic():
        ended = sessions.end_all(person)
        User.objects.filter(pk=person.pk).update(era=F("era") + 1)
    return ended
