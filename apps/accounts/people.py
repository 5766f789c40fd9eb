"""Who asks."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import User

SEEN_SECONDS = 60


def signed_in(request: HttpRequest) -> User:
    """The person who asks; the middleware lets nobody else reach a view."""
    assert not isinstance(request.user, AnonymousUser)
    return request.user


def mark_seen(user: User) -> None:
    """Keep that this person is here now, unless they hide it; written once in SEEN_SECONDS at most."""
    now = timezone.now()
    before = now - timedelta(seconds=SEEN_SECONDS)
    if user.hides_presence or (user.last_seen and user.last_seen > before):
        return
    stale = Q(last_seen=None) | Q(last_seen__lte=before)
    User.objects.filter(stale, pk=user.pk, hides_presence=False).update(last_seen=now)
