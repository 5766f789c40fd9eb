"""Who of those who answer tickets is here at this moment."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import sessions
from apps.accounts.models import User
from apps.support.models import SupportAgent, answerers

# A page in the background says less often that it is open; who signs out is gone at once, with their session.
PRESENT_FOR = timedelta(minutes=5)


def present() -> QuerySet[User]:
    """Admins and staff who had a page open in the last minutes and haven't said that they are away."""
    lately = UserSession.objects.filter(user=OuterRef("pk"), last_seen_at__gte=timezone.now() - PRESENT_FOR)
    return on_duty().filter(Exists(lately))


def shown() -> QuerySet[User]:
    """Those of them whose names the person who asks may read: who hides being here is not among them."""
    return present().filter(hides_presence=False)


def on_duty() -> QuerySet[User]:
    """Admins and staff who haven't said that they are away, here or not."""
    away = SupportAgent.objects.filter(user=OuterRef("pk"), away=True)
    return answerers().filter(~Exists(away))


def mark_here(request: HttpRequest) -> None:
    """Keep that whoever asks is here; for pages that are open without a conversation, which says so by itself."""
    sessions.mark_seen(request.session.session_key)


def is_away(user: User) -> bool:
    """Has this person said that they are away?"""
    return SupportAgent.objects.filter(user=user, away=True).exists()
