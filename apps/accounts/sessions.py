"""Where a person is signed in, and ending it there. allauth keeps a row for each session; Django's own is the truth."""

import time
from collections import OrderedDict
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.people import SEEN_SECONDS
from apps.realtime.publish import access_changed

# When this process last wrote that a session was active, by the session's key: so that most requests write nothing.
_seen: OrderedDict[str, float] = OrderedDict()
MOST_SEEN = 10_000


def of(request: HttpRequest, user: User) -> list[UserSession]:
    """The sessions that are open, this one first, then by when they were last active."""
    if not UserSession.objects.filter(session_key=request.session.session_key).exists():
        # Opened without allauth: by a test, or before sessions were kept.
        UserSession.objects.create_from_request(request)
    open_keys = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows = UserSession.objects.filter(user=user, session_key__in=open_keys).order_by("-last_seen_at", "-pk")
    return sorted(rows, key=lambda row: row.session_key != request.session.session_key)


@transaction.atomic
def end(user: User, session: UserSession) -> None:
    """End one session of one's own: its streams close within a second, its next request is asked to sign in."""
    Session.objects.filter(session_key=session.session_key).delete()
    session.delete()
    audit.record(user, "session.ended", user, sessions=1)
    access_changed(user.pk)


@transaction.atomic
def end_others(request: HttpRequest, user: User) -> int:
    """End all sessions of one's own but this one, also those that no row tells of; returns how many were known."""
    ended = end_all(user, but=request.session.session_key)
    User.objects.filter(pk=user.pk).update(era=F("era") + 1)
    user.refresh_from_db(fields=["era"])
    before = request.session.session_key
    update_session_auth_hash(request, user)
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    audit.record(user, "session.ended", user, sessions=ended)
    return ended


def end_all(user: User, *, but: str | None = None) -> int:
    """End the sessions of a person but the one of this key; returns how many there were."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=but or "")
    ended, _ = Session.objects.filter(session_key__in=list(rows.values_list("session_key", flat=True))).delete()
    rows.delete()
    access_changed(user.pk)
    return ended


def forget(key: str | None) -> None:
    """The session of this key is over."""
    UserSession.objects.filter(session_key=key or "").delete()


def mark_seen(key: str | None) -> None:
    """Keep that the session of this key is used now; asked and written once in SEEN_SECONDS at most."""
    now = time.monotonic()
    if not key or now - _seen.get(key, -SEEN_SECONDS) < SEEN_SECONDS:
        return
    _seen[key] = now
    _seen.move_to_end(key)
    if len(_seen) > MOST_SEEN:
        _seen.popitem(last=False)
    moment = timezone.now()
    stale = UserSession.objects.filter(session_key=key, last_seen_at__lte=moment - timedelta(seconds=SEEN_SECONDS))
    # Another process may have written it: reading first keeps SQLite's one writer free.
    if stale.exists():
        stale.update(last_seen_at=moment)


def note_end(sender: object, request: HttpRequest | None, **_: object) -> None:
    """Have the answer to whoever signs out, by whatever way, clear what the browser keeps (HeadersMiddleware)."""
    if request is not None:
        request.signs_out = True  # type: ignore[attr-defined]
