"""What accounts themselves keep of a person."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.core.files import File
from django.db.models import Q

from apps.accounts import invitations
from apps.accounts.models import AuditEntry, Invitation, Upload, User
from apps.accounts.parts import Part

BATCH = 500
PROFILE = (
    *("given_name", "family_name", "email", "phone", "role", "time_zone", "locale", "theme"),
    *("hides_presence", "hides_reading", "last_seen", "last_login", "date_joined"),
)


class AccountsPart(Part):
    """The profile, the ways to sign in, and what the audit says of it."""

    name = "account"

    def own_data(self, user: User) -> dict[str, Any]:
        """All of it but secrets; `history` is what they did, and what others did with their account."""
        from allauth.account.models import EmailAddress
        from allauth.mfa.models import Authenticator
        from allauth.usersessions.models import UserSession

        sessions = UserSession.objects.filter(user=user).order_by("pk")
        return {
            "profile": {"id": user.pk} | {name: getattr(user, name) for name in PROFILE},
            "addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
            "second_factors": list(
                Authenticator.objects.filter(user=user).order_by("pk").values("type", "created_at", "last_used_at")
            ),
            "sessions": list(sessions.values("created_at", "last_seen_at", "ip", "user_agent")),
            "invitations": list(
                Invitation.objects.filter(user=user).values("email", "role", "given_name", "family_name", "sent")
            ),
            "invitations_sent": list(user.sent_invitations.order_by("pk").values("id", "role", "sent", "accepted")),
            "uploads": list(Upload.objects.filter(user=user).order_by("pk").values("at", "size")),
            "history": _history(user),
        }

    def own_files(self, user: User) -> Iterator[tuple[str, File[Any]]]:
        """The photo."""
        if user.photo:
            yield f"photo{_ending(user.photo.name or '')}", user.photo

    def forget(self, user: User) -> None:
        """Addresses, second factors and names in invitations go; which role was given when, and by whom, stays.

        An invitation to their address that nobody has accepted ends: it goes to nobody any more.
        """
        from allauth.account.models import EmailAddress
        from allauth.mfa.models import Authenticator

        addresses = EmailAddress.objects.filter(user=user)
        own = list(addresses.filter(verified=True).values_list("email", flat=True))
        received = Invitation.objects.filter(Q(user=user) | Q(email__in=own))
        invitations.revoke_all(None, received.filter(accepted=None, revoked=None).values_list("pk", flat=True))
        received.update(email=user.email, given_name="", family_name="")
        addresses.delete()
        Authenticator.objects.filter(user=user).delete()
        Upload.objects.filter(user=user).delete()


def _history(user: User) -> Iterator[dict[str, Any]]:
    """Oldest first. Where others acted, their addresses are theirs; a failed sign-in was by nobody that is known."""
    about = Q(thing_type__app_label="accounts", thing_type__model="user", thing_id=user.pk)
    ids = list(AuditEntry.objects.filter(Q(actor=user) | about).order_by("pk").values_list("pk", flat=True))
    for some in batched(ids, BATCH):
        for entry in AuditEntry.objects.filter(pk__in=some).order_by("pk").select_related("thing_type"):
            own = entry.actor_id in {None, user.pk}
            yield {
                "at": entry.at,
                "what": entry.verb,
                "by": "you" if entry.actor_id == user.pk else "nobody known" if own else "the academy",
                "about": {"kind": entry.thing_type.model, "id": entry.thing_id} if entry.thing_type else None,
                "address": entry.address if own else None,
            }


def _ending(name: str) -> str:
    return f".{name.rpartition('.')[2]}" if "." in name.rpartition("/")[2] else ""
