"""The kinds that are about accounts, which lie below and know of no notifications: they tell their parts (part.py)."""

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse

from apps.accounts.models import Invitation, Role, User
from apps.notifications.models import Event, Notification, Way
from apps.notifications.notification_types import Found, NotificationType, looked_up


def _invitations(user: User | None, ids: list[int]) -> dict[int, Invitation]:
    rows = Invitation.objects.visible_to(user) if user else Invitation.objects.all()
    return rows.in_bulk(ids)


def _invitation(invitation: Invitation, _: User | None) -> Found:
    return Found(f"{reverse('accounts:invitation_list')}?state=accepted", more={"email": invitation.email})


_find_invitations, _show_invitation = looked_up(_invitations, _invitation)

INVITATION = NotificationType(
    name="invitation",
    order=90,
    label="Invitations",
    about="Somebody whom you invited has made their account.",
    why="You invited them.",
    icon="user-plus",
    template="notifications/kinds/invitation.html",
    find=_find_invitations,
    show=_show_invitation,
    ways=frozenset({Way.PAGE}),
    roles=frozenset({Role.ADMIN, Role.STAFF, Role.TEACHER}),
)


def _to_settings(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    return {notice.pk: _security(notice) for notice in notices}


def _security(notice: Notification | Event) -> Found:
    return Found(f"{reverse('accounts:settings')}#security")


SECURITY = NotificationType(
    name="security",
    order=90,
    label="Account security",
    about="A sign-in from a new place, another password, address or second factor.",
    why="It concerns the safety of your account.",
    icon="shield-check",
    template="notifications/kinds/security.html",
    find=_to_settings,
    show=_security,
    offered=frozenset({Way.PAGE, Way.EMAIL}),
    always=frozenset({Way.PAGE, Way.EMAIL}),
    urgent=True,
    delay=timedelta(0),
)
