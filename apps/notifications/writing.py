"""What a letter says: looked up when it is written, for its reader, on their clock and in their language."""

import json
from collections.abc import Sequence
from datetime import timedelta
from html import unescape
from typing import Any

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import strip_tags

from apps.accounts.models import User
from apps.accounts.region import clock_and_language
from apps.accounts.sealing import emails
from apps.core.smtp import Email
from apps.notifications import live, notification_types, preferences
from apps.notifications.models import Notification, State, Way
from apps.notifications.notification_types import Found, NotificationType

SALT = "homeroom.unsubscribe"
# How long a link in an email turns off what that was about.
LASTS = timedelta(days=365)
# A longer digest is read by nobody; the page has the rest.
MOST_LINES = 40


class Letter(Email):
    """A mail, and the ids of the notifications that it tells of."""

    told: list[int]


def write(user: User, way: Way, notices: Sequence[Notification]) -> Letter | None:
    """The letter about those of these notifications that are still worth one; None if none is.

    Not what was read meanwhile, is gone, or isn't theirs to see any more; not of a conversation that they muted, nor of
    a kind that they no longer want by this way. A digest leaves out what a mail has told.
    """
    chosen = preferences.table(user)
    wanted = [
        notice
        for notice in notices
        if notification_types.known(notice.kind)
        and way in chosen[notice.kind]
        and (notice.read_at is None or way in notification_types.get(notice.kind).always)
    ]
    if way == Way.DIGEST:
        wanted = _untold(wanted)
    with clock_and_language(user, ""):
        found = {pk: about for pk, about in find(user, wanted).items() if not about.muted}
        wanted = [notice for notice in wanted if notice.pk in found]
        if not wanted:
            return None
        ready = next((notice for notice in wanted if "letter" in notice.data), None)
        letter = _ready(user, ready) if ready else _written(user, way, wanted, found)
    letter.told = [notice.pk for notice in wanted]
    return letter


def find(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    """What these are about, as this person may see it now, in the order they have; a few queries for each kind."""
    found: dict[int, Found] = {}
    for kind in notification_types.registered():
        if mine := [notice for notice in notices if notice.kind == kind.name]:
            found |= kind.find(user, mine)
    return found


def _untold(notices: Sequence[Notification]) -> list[Notification]:
    mailed = Notification.objects.filter(
        pk__in=[notice.pk for notice in notices], deliveries__way=Way.EMAIL, deliveries__state=State.SENT
    )
    told = set(mailed.values_list("pk", flat=True))
    return [notice for notice in notices if notice.pk not in told]


def _ready(user: User, notice: Notification) -> Letter:
    """One that its kind has written already: it goes to the address that it was written for."""
    ready = json.loads(emails.unseal(notice.data["letter"]))
    return Letter(ready["subject"], ready["text"], to=[ready.get("to") or user.email])


def _written(user: User, way: Way, notices: Sequence[Notification], found: dict[int, Found]) -> Letter:
    lines = [_line(notice, found[notice.pk]) for notice in notices[-MOST_LINES:]]
    kind = notification_types.get(notices[-1].kind)
    context: dict[str, Any] = {
        "user": user,
        "academy_name": settings.ACADEMY_NAME,
        "lines": lines,
        "more": len(notices) - len(lines),
        "digest": way == Way.DIGEST,
        "kind": kind,
        "kinds": _kinds_of(notices),
        "all_url": link("notifications:notification_list"),
        "preferences_url": link("notifications:preferences"),
    }
    context["subject"] = _subject(notices, found, lines, digest=way == Way.DIGEST)
    # A letter of several kinds stops all of them by this way.
    stop = link("notifications:unsubscribe", token_for(user, way, sorted({notice.kind for notice in notices})))
    context["stop_url"] = stop
    letter = Letter(
        context["subject"],
        render_to_string("notifications/email/letter.txt", context).strip() + "\n",
        to=[user.email],
        headers={
            # One click in the mail program (RFC 8058), without a page between.
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            # A machine wrote it: no out-of-office answers (RFC 3834).
            "Auto-Submitted": "auto-generated",
        },
    )
    letter.attach_alternative(render_to_string("notifications/email/letter.html", context), "text/html")
    return letter


def _line(notice: Notification, found: Found) -> dict[str, Any]:
    kind = notification_types.get(notice.kind)
    html = live.line(kind, notice, found)
    return {
        "html": html,
        "text": as_text(html),
        "excerpt": found.text.replace("\n", "\n  "),
        "at": notice.created,
        "url": link("notifications:notification_detail", notice.pk),
        "reply": kind.reply,
    }


def _subject(
    notices: Sequence[Notification],
    found: dict[int, Found],
    lines: Sequence[dict[str, Any]],
    *,
    digest: bool,
) -> str:
    last = notices[-1]
    if digest:
        count = len(notices)
        text = f"{count} thing{'' if count == 1 else 's'} you missed at {settings.ACADEMY_NAME}"
    else:
        same = sum(notice.kind == last.kind for notice in notices)
        text = as_text(live.line(notification_types.get(last.kind), last, found[last.pk], same))
    # A line break would be another header.
    return " ".join(text.split())


def _kinds_of(notices: Sequence[Notification]) -> list[NotificationType]:
    names = {notice.kind for notice in notices}
    return [kind for kind in notification_types.registered() if kind.name in names]


def as_text(html: str) -> str:
    """A line of HTML as text: what its template says, without the marks."""
    return " ".join(unescape(strip_tags(html)).split())


def link(name: str, *arguments: Any) -> str:
    """The whole address of a page, for where there is no page it could be relative to."""
    return settings.SITE_URL + reverse(name, args=arguments)


def token_for(user: User, way: str, names: Sequence[str]) -> str:
    """What stands in a link that turns these kinds off by this way; for a year, as an email may be old."""
    return signing.dumps([user.pk, way, *names], salt=SALT, compress=True)


def read_token(token: str) -> tuple[int, str, list[str]]:
    """Whose, which way, and which kinds; raises signing.BadSignature."""
    pk, way, *names = signing.loads(token, salt=SALT, max_age=LASTS)
    return pk, way, names
