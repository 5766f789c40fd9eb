"""Who is about to lose access, or a role, is locked together with all admins: one of them is always left."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q

from apps.accounts.models import Role, User


def lock(actor: User, person: User) -> tuple[User, User, list[User]]:
    """Both, and all admins who can sign in, as they are now and stay until the commit; locked in one order.

    Their keys aren't locked: who writes a message, with its conversation locked, waits for nobody here.
    """
    wanted = Q(role=Role.ADMIN) | Q(pk__in=[actor.pk, person.pk])
    rows = {row.pk: row for row in User.objects.select_for_update(no_key=True).filter(wanted).order_by("pk")}
    if person.pk not in rows:
        raise ValidationError("This account is gone.")
    if actor.pk not in rows or not rows[actor.pk].is_active:
        raise PermissionDenied("Your own access has ended.")
    return rows[actor.pk], rows[person.pk], [row for row in rows.values() if row.role == Role.ADMIN and row.is_active]


def keep_an_admin(person: User, admins: list[User]) -> None:
    """Raise ValidationError where nobody would be left who may do all."""
    if admins == [person]:
        raise ValidationError("This is the only admin. Make somebody else an admin first.")
