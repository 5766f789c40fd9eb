"""Email delivery: claimed, sent, and tried again until it arrives, the same way for every email.

Each app that sends email has a table of its own for what waits, and registers an `EmailQueue` that says what a row
becomes. Rows are claimed by moving them from waiting to sending, in one transaction under their locks: of two workers
one gets them. A claim holds for LEASE; whoever died with it is taken to have failed, and the email is tried again. So a
crash between the moment a mail server accepted an email and the mark that it was sent repeats that one email, which no
sender can rule out (RFC 5321, 4.5.4.1). Nothing else is sent twice.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.core.jobs import enqueue_at
from apps.core.models import EmailAttempts, State
from apps.core.smtp import TRANSIENT, Email, RefusedError, SmtpConnection

LEASE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(hours=4)
GIVE_UP = timedelta(days=1)

log = logging.getLogger("homeroom.mail")


class EmailQueue[M: EmailAttempts]:
    """The emails that one table holds."""

    model: type[M]
    # Which row is the next of those that are due.
    order: tuple[str, ...] = ("due", "pk")
    # After the first failure, and twice as long after each further one, up to LONGEST_PAUSE.
    first_pause = timedelta(minutes=1)

    def with_it(self, row: M) -> Q:
        """Which rows leave in the same email."""
        return Q(pk=row.pk)

    def compose(self, rows: Sequence[M]) -> Email | None:
        """The email that these rows are; None if it is not needed any more, RefusedError if it comes too late."""
        raise NotImplementedError

    def deadline(self, row: M) -> datetime:
        """When this row is given up."""
        return (row.first_tried or timezone.now()) + GIVE_UP

    def sent(self, rows: Sequence[M], email: Email) -> None:
        """Mark what was sent."""
        self.end(rows, State.SENT)

    def end(self, rows: Sequence[M], state: State, error: str = "") -> None:
        """Mark how it ended, as far as the claim is still this worker's."""
        mine(rows, self.model).update(state=state, ended=timezone.now(), error=error[:250])


def mine[M: EmailAttempts](rows: Sequence[M], model: type[M]) -> QuerySet[M]:
    """Those of these rows whose claim still holds."""
    return model._default_manager.filter(pk__in=[row.pk for row in rows], state=State.SENDING)


_queues: list[EmailQueue[Any]] = []


def register(queue: EmailQueue[Any]) -> None:
    """Add an app's queue; the queue of a lower app goes first, and its email before the next one of any other."""
    _queues.append(queue)


def send_due() -> int:
    """Send whatever is due; returns how many emails left. One that fails holds up no other."""
    sent = 0
    connection = SmtpConnection()
    try:
        while claimed := _claim_next():
            queue, rows = claimed
            try:
                sent += _send(queue, rows, connection)
            except Exception as error:  # the outermost loop: an email that can't be composed stops no other
                log.exception("An email can't be composed")
                _try_again(queue, rows, error)
    finally:
        connection.close()
    return sent


def _claim_next() -> tuple[EmailQueue[Any], list[Any]] | None:
    """What is due first, now claimed; each queue is asked anew, so that a code never waits for a row of digests."""
    return next(((queue, rows) for queue in _queues if (rows := claim(queue))), None)


def claim[M: EmailAttempts](queue: EmailQueue[M]) -> list[M]:
    """The rows of the next email that is due, now this worker's; empty if there is none."""
    now = timezone.now()
    open_rows = queue.model._default_manager.filter(state__in=[State.WAITING, State.SENDING])
    with transaction.atomic():
        due = open_rows.filter(due__lte=now).order_by(*queue.order)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        first = due.first()
        if first is None:
            return []
        # All that waits goes along, whether its own time has come or not; what another worker has claimed doesn't.
        free = Q(state=State.WAITING) | Q(due__lte=now)
        rows = list(open_rows.filter(free, queue.with_it(first)).select_for_update().order_by("pk"))
        for row in rows:
            row.state, row.due, row.tries = State.SENDING, now + LEASE, row.tries + 1
            row.first_tried = row.first_tried or now
        queue.model._default_manager.bulk_update(rows, ["state", "due", "tries", "first_tried"], batch_size=500)
    return rows


def _send[M: EmailAttempts](queue: EmailQueue[M], rows: Sequence[M], connection: SmtpConnection) -> int:
    try:
        email = queue.compose(rows)
        if email is None:
            queue.end(rows, State.SKIPPED)
            return 0
        connection.send(email)
    except RefusedError as error:
        _give_up(queue, rows, str(error))
    except TRANSIENT as error:
        _try_again(queue, rows, error)
    else:
        queue.sent(rows, email)
        return 1
    return 0


def _try_again[M: EmailAttempts](queue: EmailQueue[M], rows: Sequence[M], error: Exception) -> None:
    now = timezone.now()
    # The text of an error may have the address in it, and the log is no place for that; its code tells enough.
    code = getattr(error, "smtp_code", "")
    reason = f"{type(error).__name__}{f' {code}' if code else ''}"
    deadline = min(queue.deadline(row) for row in rows)
    if now >= deadline:
        _give_up(queue, rows, f"Given up, as the mail server took it in no try: {reason}")
        return
    pause = min(queue.first_pause * 2 ** min(max(row.tries for row in rows) - 1, 12), LONGEST_PAUSE)
    due = min(now + pause, deadline)
    log.warning("An email waits for the mail server: %s", reason)
    mine(rows, queue.model).update(state=State.WAITING, due=due, error=reason[:250])
    if due - now < timedelta(minutes=1):
        # Sooner than the job of the next minute.
        enqueue_at("core.send_emails", due)


def _give_up[M: EmailAttempts](queue: EmailQueue[M], rows: Sequence[M], reason: str) -> None:
    log.error("An email can't be delivered: %s", reason)
    queue.end(rows, State.FAILED, reason)


def reopen(rows: QuerySet[Any]) -> int:
    """Have those of these rows that were given up sent at once, with a new day to arrive in; returns how many.

    Whether they are still needed is found out when they are composed.
    """
    # By their ids: what comes from a list is ordered and joined with what was searched for.
    failed = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"), state=State.FAILED)
    fresh = {"due": timezone.now(), "tries": 0, "first_tried": None, "ended": None, "error": ""}
    count: int = failed.update(state=State.WAITING, **fresh)
    return count


def oldest_due(model: type[EmailAttempts]) -> datetime | None:
    """Since when the row that waits longest has been due; None where none is."""
    due = model._default_manager.filter(state=State.WAITING, due__lte=timezone.now()).order_by("due")
    return due.values_list("due", flat=True).first()
