"""What the tables of scheduling hold whatever writes, and after a job was killed; run by race.py on each database."""

import os
import signal
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.notifications.models import Event
from apps.scheduling import notices
from apps.scheduling.models import Booking, Claim
from tests import factories

DAY = datetime(2030, 5, 6, tzinfo=UTC)


def at(hour, minute=0):
    return DAY.replace(hour=hour, minute=minute)


def refused(sql, *values):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except IntegrityError:
        return True
    return False


INSERT = 'INSERT INTO scheduling_claim (resource, "start", "end", booking_id) VALUES '


def raw_sql(booking):
    """V29: half-open, per resource, whole statements, whatever writes."""
    booking.claims.all().delete()

    def row(resource, start, end):
        values = (resource, *(each.replace(tzinfo=None).isoformat(" ") for each in (start, end)), booking.pk)
        return not refused(f"{INSERT} (%s, %s, %s, %s)", *values)

    assert row("user-0", at(15), at(16))
    assert row("user-0", at(16), at(17))
    assert not row("user-0", at(15, 30), at(15, 45))
    assert not row("user-0", at(14), at(18))
    assert not row("user-0", at(14), at(15, 1))
    assert row("room-0", at(15, 30), at(15, 45))
    assert not row("room-1", at(15), at(15))
    assert not row("room-1", at(15), at(15) + timedelta(days=1, minutes=1))
    double = (at(20), at(21), booking.pk), (at(20, 30), at(21, 30), booking.pk)
    values = [value for each in double for value in ("user-9", *each)]
    values = [each.replace(tzinfo=None).isoformat(" ") if isinstance(each, datetime) else each for each in values]
    assert refused(f"{INSERT} (%s, %s, %s, %s), (%s, %s, %s, %s)", *values)
    assert not Claim.objects.filter(resource="user-9").exists()
    assert refused('UPDATE scheduling_claim SET "end" = "start" WHERE resource = %s', "room-0")
    assert refused("UPDATE scheduling_claim SET resource = %s WHERE resource = %s", "user-0", "room-0")
    try:
        with transaction.atomic():
            Claim.objects.bulk_create(
                [Claim(resource="user-0", start=at(15), end=at(15, 5), booking=booking)], ignore_conflicts=True
            )
    except IntegrityError:
        pass
    assert Claim.objects.filter(resource="user-0").count() == 2


def stays_quick(booking):
    """SQLite's trigger looks at the hours around alone: among 20,000 rows of one teacher as few steps as among 200."""
    if connection.vendor != "sqlite":
        return

    def steps(hours):
        """How often the machine of SQLite makes ten steps, for one row after so many."""
        resource, first = f"user-{9_000_000 + hours}", datetime(2030, 1, 1, tzinfo=UTC)
        spans = [(first + timedelta(hours=n), first + timedelta(hours=n, minutes=50)) for n in range(hours + 1)]
        rows = [Claim(resource=resource, start=start, end=end, booking=booking) for start, end in spans]
        Claim.objects.bulk_create(rows[:-1], batch_size=100)
        done = []
        connection.connection.set_progress_handler(lambda: done.append(1), 10)
        rows[-1].save()
        connection.connection.set_progress_handler(None, 10)
        assert refused(f"{INSERT} (%s, %s, %s, %s)", resource, *(f"{each:%F %T}" for each in spans[-1]), booking.pk)
        return len(done)

    few, many = steps(200), steps(20_000)
    assert 0 < many <= 2 * few, (few, many)


def killed_between_two_reminders():
    """The next run reminds of what is left, and of nothing twice."""
    soon = timezone.now() + timedelta(minutes=50)
    for _ in range(3):
        row = factories.booking(
            teacher=factories.user(Role.TEACHER), day=soon.date(), at=soon.time().replace(second=0, microsecond=0)
        )
        Booking.objects.filter(pk=row.pk).update(timed_at=timezone.now() - timedelta(days=9))
    connection.close()
    if not (child := os.fork()):
        tell, told = notices.notify_all, []

        def killed_at_the_second(rows):
            tell(rows)
            told.extend(rows)
            if len(told) == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        notices.notify_all = killed_at_the_second
        notices.remind()
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    reminders = Event.objects.filter(kind="reminder_hour")
    assert reminders.count() == 1
    assert [notices.remind(), notices.remind()] == [2, 0]
    assert reminders.values("thing").distinct().count() == reminders.count() == 3
