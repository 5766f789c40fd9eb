"""Who asks."""

import zoneinfo
from contextlib import AbstractContextManager
from datetime import timedelta

from django.conf import settings
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


def on_the_clock_of(user: User) -> AbstractContextManager[None]:
    """Write times as this person has them, while the block runs: for what they get by mail."""
    return timezone.override(zoneinfo.ZoneInfo(user.time_zone or settings.TIME_ZONE))


def mark_seen(user: User) -> None:
    """Keep that this person is here now, unless they hide it; written once in SEEN_SECONDS at most."""
    now = timezone.now()
    before = now - timedelta(seconds=SEEN_SECONDS)
    if user.hides_presence or (user.last_seen and user.last_seen > before):
        return
    stale = Q(last_seen=None) | Q(last_seen__lte=before)
    User.objects.filter(stale, pk=user.pk, hides_presence=False).update(last_seen=now)
