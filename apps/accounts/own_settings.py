"""What people change about themselves."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User

# No other field of an account is its owner's to change here: not the role, not the address they sign in with.
OWN = {
    *("given_name", "family_name", "phone", "time_zone", "locale", "theme", "hides_presence", "hides_reading"),
}


def change_settings(actor: User, **fields: Any) -> None:
    """Change some of one's own settings, given as forms clean them; raises PermissionDenied for any other field.

    Only what differs is written, and an entry only where something was.
    """
    if fields.keys() - OWN:
        raise PermissionDenied("This can't be changed here.")
    with transaction.atomic():
        stored = User.objects.select_for_update().get(pk=actor.pk)
        changed = sorted(name for name, value in fields.items() if getattr(stored, name) != value)
        for name in fields:
            setattr(stored, name, fields[name])
            setattr(actor, name, fields[name])
        if changed:
            stored.save(update_fields=changed)
            audit.record(actor, "settings.changed", actor, fields=changed)
