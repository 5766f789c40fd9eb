"""The emails that accounts send: codes, invitations, links to choose a password, notices of what was done.

A row is written in the transaction of what it tells of, and sent right after the commit; then as every email
(apps.core.email_delivery). What takes a look at the database, such as whether anybody has an address, is composed when
it is sent: so the page takes as long for an address that nobody has, and a link is never kept.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from apps.accounts import audit, password_reset, policies, strangers
from apps.accounts.models import OutgoingEmail, User
from apps.accounts.sealing import emails
from apps.core.email_addresses import comparable
from apps.core.email_delivery import GIVE_UP, EmailQueue, mine, reopen
from apps.core.jobs import enqueue, enqueue_after_commit, enqueue_at
from apps.core.models import EmailAttempts, State
from apps.core.smtp import Email, RefusedError

# How long one that was given up is shown to admins.
KEEP = timedelta(days=30)


class AccountEmails(EmailQueue[OutgoingEmail]):
    """Each row is one email; what a person waits for goes first."""

    model = OutgoingEmail
    order = ("-urgent", "due", "pk")
    first_pause = timedelta(seconds=15)

    def compose(self, rows: Sequence[OutgoingEmail]) -> Email | None:
        """The email of this row; None if nobody needs it any more, RefusedError if it is too late to be of use."""
        (row,) = rows
        if row.expires <= timezone.now():
            raise RefusedError(f"Too late to be of use. {row.error}".strip())
        content = json.loads(emails.unseal(row.content))
        asked_from = content.pop("asked_from", "")
        # Counted once, however often it is tried.
        if asked_from and row.tries == 1 and strangers.is_stranger(row.to) and not strangers.take(asked_from):
            return None
        return COMPOSERS[row.composer](row.to, **content)

    def deadline(self, row: OutgoingEmail) -> datetime:
        """A day after the first try, or when what it says is of no use any more."""
        return min(super().deadline(row), row.expires)

    def end(self, rows: Sequence[OutgoingEmail], state: State, error: str = "") -> None:
        """Keep those alone that were given up, and what they say only while it is of use."""
        if state != State.FAILED:
            mine(rows, OutgoingEmail).delete()
            return
        super().end(rows, state, error)
        OutgoingEmail.objects.filter(pk__in=[row.pk for row in rows], expires__lte=timezone.now()).update(content="")


def email(
    to: str,
    about: str,
    composer: str = "ready",
    *,
    urgent: bool = False,
    lasts: timedelta = GIVE_UP,
    **content: str,
) -> OutgoingEmail:
    """A row for `send`; `about` names it for admins and holds nothing secret, `lasts` is how long it is of use.

    `asked_from` in its content is who had it sent to an address that may be a stranger's (limits.house).
    """
    now = timezone.now()
    sealed = emails.seal(json.dumps(content))
    return OutgoingEmail(
        to=comparable(to),
        about=about[:60],
        composer=composer,
        content=sealed,
        urgent=urgent,
        due=now,
        expires=now + lasts,
    )


def send(rows: Iterable[OutgoingEmail]) -> None:
    """Have these sent as soon as this transaction is committed, and those that wait when they are due."""
    made = OutgoingEmail.objects.bulk_create(rows)
    due = max((row.due for row in made), default=timezone.now())
    if due > timezone.now():
        enqueue_at("core.send_emails", due)
    else:
        enqueue("core.send_emails")


def _ready(to: str, *, subject: str, text: str, html: str = "") -> Email:
    email = Email(subject, text, to=[to])
    if html:
        email.attach_alternative(html, "text/html")
    return email


def _password_reset(to: str, *, origin: str) -> Email:
    subject, text = password_reset.letter(to, origin)
    return Email(subject, text, to=[to])


def _locked(to: str, *, reset: str) -> Email | None:
    """Tell the person with this address that their account is locked; `reset` is a link."""
    user = User.objects.filter(email=to, is_active=True).first()
    if user is None:
        return None
    context = {"user": user, "reset_url": reset, "academy_name": settings.ACADEMY_NAME}
    text = render_to_string("account/email/locked_message.txt", context).strip()
    return Email("Too many wrong tries to sign in as you", text, to=[user.email])


COMPOSERS: dict[str, Callable[..., Email | None]] = {
    "ready": _ready,
    "password-reset": _password_reset,
    "locked": _locked,
}


def withdraw(address: str) -> None:
    """Send nothing more to this address, and keep nothing that was to be sent there."""
    OutgoingEmail.objects.filter(to=comparable(address)).delete()


def forget_old() -> None:
    """Empty what is of no use any more; delete what was given up long ago."""
    now = timezone.now()
    failed = OutgoingEmail.objects.filter(state=State.FAILED)
    failed.filter(expires__lte=now).exclude(content="").update(content="")
    failed.filter(ended__lte=now - KEEP).delete()


@transaction.atomic
def try_again(actor: User, rows: QuerySet[EmailAttempts]) -> int:
    """Have those of these that were given up sent at once, with a new day to arrive in; returns how many.

    What is gone or of no use meanwhile is found out when the email is composed. Raises PermissionDenied.
    """
    if not policies.can_send_again(actor):
        raise PermissionDenied("Only admins can have emails sent again.")
    count = reopen(rows)
    if count:
        audit.record(actor, "delivery.retried", None, count=count)
        enqueue_after_commit("core.send_emails")
    return count
