"""The kinds that are about accounts, which lie below and know of no notifications: they tell their parts (part.py)."""

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse

from apps.accounts.models import Invitation, Role, User
from apps.notifications.models import Event, Notification, Way
from apps.notifications.notification_types import Found, NotificationType


def _accepted(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    rows = Invitation.objects.visible_to(user).in_bulk([notice.thing for notice in notices])
    return {notice.pk: _invitation(rows[notice.thing]) for notice in notices if notice.thing in rows}


def _shown(event: Event) -> Found | None:
    invitation = Invitation.objects.filter(pk=event.thing).first()
    return _invitation(invitation) if invitation else None


def _invitation(invitation: Invitation) -> Found:
    return Found(f"{reverse('accounts:invitation_list')}?state=accepted", more={"email": invitation.email})


INVITATION = NotificationType(
    name="invitation",
    order=90,
    label="Invitations",
    about="Somebody whom you invited has made their account.",
    why="You invited them.",
    icon="user-plus",
    template="notifications/kinds/invitation.html",
    find=_accepted,
    show=_shown,
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
