"""Closing an account for good: what is personal goes, what others need to understand stays without a name.

The row stays too, emptied, so that each text still has an author, and each payment somebody who recorded it.
"""

from functools import partial

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from apps.accounts import audit, invitations, outgoing_email, parts, policies
from apps.accounts.guard import keep_an_admin, lock
from apps.accounts.models import User
from apps.accounts.parts import Work
from apps.accounts.people_actions import end_sessions

FORMER = {"given_name": "Former", "family_name": "member"}
# What else a profile says of a person, and what it says once nobody is behind it.
EMPTY = {
    "phone": "",
    "photo": "",
    "locale": "",
    "theme": "",
    "time_zone": "",
    "last_seen": None,
    "last_login": None,
    "hides_presence": True,
    "hides_reading": True,
    "password_only": False,
}


def placeholder(person: User) -> str:
    """The address of a closed account: unique, and nobody's (RFC 2606, section 2)."""
    return f"closed-{person.pk}@account.invalid"


def close_account(actor: User, person: User) -> list[Work]:
    """Close a person's account, at their own wish or, by who may, at their request; it can't be undone.

    Returns what they were in charge of. An account that is closed stays closed. Raises PermissionDenied,
    ValidationError (the only admin left).
    """
    with transaction.atomic():
        actor, person, admins = lock(actor, person)
        if not policies.can_close(actor, person):
            raise PermissionDenied("You can't close this account.")
        if person.closed:
            return []
        keep_an_admin(person, admins)
        work = parts.open_work(person)
        _say_goodbye(person, own=actor.pk == person.pk)
        ended = end_sessions(person)
        invitations.withdraw(actor, person)
        audit.record(actor, "user.closed", person, role=person.role, sessions=ended, open_work=len(work))
        _forget(person)
    return work


def _forget(person: User) -> None:
    """Names first, then what the apps know, the address last.

    Since it is a key, changing it waits for everybody who refers to the row just now, such as a message on its way
    into a conversation: by then this holds every conversation that it needs, and no two can wait for each other.
    """
    old_name, old_email, photo = person.full_name, person.email, person.photo.name
    for name, value in (FORMER | EMPTY | {"is_active": False, "closed": timezone.now()}).items():
        setattr(person, name, value)
    person.save(update_fields=[*FORMER, *EMPTY, "is_active", "closed"])
    person.groups.clear()
    person.user_permissions.clear()
    person.email, person.password = placeholder(person), make_password(None)
    parts.stand_down(person)
    for part in parts.parts():
        part.forget(person)
    LogEntry.objects.filter(_tells_of(person, old_name, old_email)).update(object_repr=person.full_name)
    # Not through save(), which would make an address to send mail to.
    User.objects.filter(pk=person.pk).update(email=person.email, password=person.password)
    if photo:
        storage = User._meta.get_field("photo").storage
        transaction.on_commit(partial(storage.delete, photo), robust=True)


def _tells_of(person: User, name: str, email: str) -> Q:
    """The lines of the admin's own log that call the person by name."""
    own = Q(content_type__app_label="accounts", content_type__model="user", object_id=str(person.pk))
    by_name = Q(object_repr=name) | Q(object_repr__startswith=f"{name}: ") | Q(object_repr__startswith=f"{name} in ")
    return own | by_name | Q(object_repr__contains=email)


def _say_goodbye(person: User, *, own: bool) -> None:
    """Confirm it to the address that the account had; the mail leaves after the commit."""
    context = {"name": person.given_name, "academy_name": settings.ACADEMY_NAME, "own": own}
    text = render_to_string("accounts/email/closed.txt", context).strip()
    # What else was to go there, a code or a link, is of no use now.
    outgoing_email.withdraw(person.email)
    goodbye = outgoing_email.email(person.email, "Account closed", subject="Your account is closed", text=text)
    outgoing_email.send([goodbye])
