"""Mail: about what is still unread when its time has come, one letter for each bundle, tried again until it arrives.

A bundle is claimed by moving its deliveries from waiting to sending, in one transaction under their rows' locks: of
two workers one gets it. A claim holds for LEASE; whoever died with it is taken to have failed, and the letter is tried
again. So a crash between the moment a mail server accepted a letter and the mark that it was sent repeats that one
letter, which no sender can rule out (RFC 5321, 4.5.4.1). Nothing else is sent twice.
"""

import logging
import smtplib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.core.mail import mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.notifications.models import Delivery, Notification, State, Way
from apps.notifications.writing import Letter, write

LEASE = timedelta(minutes=10)
# After the first failure, and twice as long after each further one, up to the longest.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)
GIVE_UP = timedelta(days=1)
# A mail server takes so many in one connection without a complaint, as a rule.
AT_ONCE = 100

log = logging.getLogger("homeroom.mail")


class Hopeless(Exception):  # noqa: N818 - what it says
    """The mail server will never take this letter: the address is wrong."""


def send_due() -> int:
    """Send each bundle whose time has come; how many letters left. One that fails holds up no other."""
    sent = 0
    post = Post()
    try:
        while bundle := _claim():
            try:
                sent += _send(bundle, post)
            except Exception as error:  # the outermost loop: a letter that can't be written stops no other
                log.exception("A letter can't be written")
                _try_again(bundle, error)
    finally:
        post.close()
    return sent


class Post:
    """One connection to the mail server for several letters; a new one after a failure."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None
        self._sent = 0

    def send(self, letter: Letter) -> None:
        """Hand over a letter; raises Hopeless, SMTPException, OSError."""
        if self._backend is None or self._sent >= AT_ONCE:
            self.close()
            self._backend = mailers.create_connection("default")
        try:
            self._backend.open()
            self._backend.send_messages([letter])
            self._sent += 1
        except smtplib.SMTPRecipientsRefused as error:
            self.close()
            codes = [code for code, _ in error.recipients.values()]
            if codes and all(500 <= code < 600 for code in codes):
                raise Hopeless(f"{codes[0]}: refused by the mail server") from None
            raise
        except ValueError as error:
            # An address that no mail can be addressed to.
            raise Hopeless(type(error).__name__) from None
        except (smtplib.SMTPException, OSError):
            self.close()
            raise

    def close(self) -> None:
        """Say goodbye, if the other side still listens."""
        backend, self._backend, self._sent = self._backend, None, 0
        if backend:
            with suppress(smtplib.SMTPException, OSError):
                backend.close()


def _claim() -> list[Delivery]:
    """The next bundle that is due, now ours; empty if there is none."""
    now = timezone.now()
    open_ones = Delivery.objects.filter(state__in=[State.WAITING, State.SENDING])
    with transaction.atomic():
        due = open_ones.filter(due__lte=now).order_by("due", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        first = due.first()
        if first is None:
            return []
        # Of a bundle all that waits goes along, whether its own time has come or not; a claim of somebody else doesn't.
        same = Q(state=State.WAITING) | Q(due__lte=now)
        bundle = open_ones.filter(same, recipient=first.recipient_id, way=first.way, bundle=first.bundle)
        rows = list(bundle.select_for_update().order_by("pk"))
        for row in rows:
            row.state, row.due, row.tries = State.SENDING, now + LEASE, row.tries + 1
            row.first_tried = row.first_tried or now
        Delivery.objects.bulk_update(rows, ["state", "due", "tries", "first_tried"], batch_size=500)
    return rows


def _send(bundle: Sequence[Delivery], post: Post) -> int:
    user = User.objects.get(pk=bundle[0].recipient_id)
    ids = [row.notification_id for row in bundle]
    notices = list(Notification.objects.filter(pk__in=ids).select_related("actor").order_by("pk"))
    letter = write(user, Way(bundle[0].way), notices) if user.is_active else None
    if letter is None:
        _end(bundle, State.SKIPPED)
        return 0
    try:
        post.send(letter)
    except Hopeless as error:
        _end(bundle, State.FAILED, str(error))
    except (smtplib.SMTPException, OSError) as error:
        _try_again(bundle, error)
    else:
        told = set(letter.told)
        _end([row for row in bundle if row.notification_id in told], State.SENT)
        _end([row for row in bundle if row.notification_id not in told], State.SKIPPED)
        return 1
    return 0


def _try_again(bundle: Sequence[Delivery], error: Exception) -> None:
    now = timezone.now()
    # The text of an error may have the address in it, and the log is no place for that; its code tells enough.
    code = getattr(error, "smtp_code", "")
    reason = f"{type(error).__name__}{f' {code}' if code else ''}"
    begun = min(row.first_tried or now for row in bundle)
    if now - begun >= GIVE_UP:
        _end(bundle, State.FAILED, f"Given up after a day: {reason}")
        return
    pause = min(FIRST_PAUSE * 2 ** min(max(row.tries for row in bundle) - 1, 12), LONGEST_PAUSE)
    due = min(now + pause, begun + GIVE_UP)
    log.warning("A letter waits for the mail server: %s", reason)
    mine = Delivery.objects.filter(pk__in=[row.pk for row in bundle], state=State.SENDING)
    mine.update(state=State.WAITING, due=due, error=reason[:250])


def _end(rows: Sequence[Delivery], state: State, error: str = "") -> None:
    if state == State.FAILED:
        log.error("A letter can't be delivered: %s", error)
    mine = Delivery.objects.filter(pk__in=[row.pk for row in rows], state=State.SENDING)
    mine.update(state=state, ended=timezone.now(), error=error[:250])
    # What a letter had to say beyond its notification is kept no longer than it takes to say it; one that was given up
    # may be tried again.
    if state != State.FAILED:
        told = Notification.objects.filter(pk__in=[row.notification_id for row in rows])
        told.filter(data__has_key="letter").update(data={})


def oldest_due() -> datetime | None:
    """Since when the letter that waits longest has been due; None where none is."""
    due = Delivery.objects.filter(state=State.WAITING, due__lte=timezone.now()).order_by("due")
    return due.values_list("due", flat=True).first()
