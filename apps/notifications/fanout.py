"""From one event to the people whom it concerns, in batches that a killed process leaves whole or not begun.

Each batch is one transaction: the notifications, their deliveries, and the event's `reached`, which moves only from
where this process found it. Of two processes with the same event one moves it and the other's batch is rolled back. A
process that was killed left `reached` at the last whole batch; `go_on` finds its event once nobody has touched it for
ABANDONED seconds. The unique constraints of the ledger hold all of that together.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import User
from apps.core.jobs import enqueue
from apps.notifications import events, live, notification_types, preferences
from apps.notifications.models import Delivery, Event, Notification, Schedule, State, Way, as_row, moments_ago
from apps.notifications.notification_types import Found, NotificationType

BATCH = 500
ABANDONED = 60
# Notifications are kept for half a year, events as long as something might tell of them again.
KEPT_DAYS = 180
EVENT_KEPT_DAYS = 30


class Overtaken(Exception):  # noqa: N818 - no error: somebody else does it
    """Another process has told this batch."""


def tell(key: str) -> None:
    """Tell all whom an event concerns and who haven't been told; of an event that is over, nobody."""
    event = Event.objects.filter(key=key, done=None).select_related("actor").first()
    if event is None or not notification_types.known(event.kind):
        return
    kind = notification_types.get(event.kind)
    try:
        while (found := kind.show(event)) and (batch := _next_people(kind, event)):
            _tell(kind, event, batch, found)
            if len(batch) < BATCH:
                break
    except Overtaken:
        return
    _finish(kind, event)


def go_on() -> int:
    """Take up the events that nobody works on any more; how many."""
    left = Event.objects.filter(done=None, touched__lt=moments_ago(ABANDONED)).order_by("pk")
    keys = list(left.values_list("key", flat=True)[:200])
    for key in keys:
        tell(key)
    return len(keys)


def forget_old() -> None:
    """Delete what has been kept for long enough."""
    Event.objects.filter(done__lt=timezone.now() - timedelta(days=EVENT_KEPT_DAYS)).delete()
    old = Notification.objects.filter(created__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    newest = old.aggregate(newest=Max("pk"))["newest"] or 0
    while ids := list(old.filter(pk__lte=newest).values_list("pk", flat=True)[:BATCH]):
        Notification.objects.filter(pk__in=ids).delete()


def _next_people(kind: NotificationType, event: Event) -> Sequence[int]:
    if event.people is not None:
        return [pk for pk in event.people if pk > event.reached][:BATCH]
    assert kind.recipients
    return kind.recipients(event, event.reached, BATCH)


def _tell(kind: NotificationType, event: Event, batch: Sequence[int], found: Found) -> None:
    users = list(User.objects.filter(pk__in=batch, is_active=True).exclude(pk=event.actor_id or 0).order_by("pk"))
    if kind.readers and event.people is not None:
        may = set(kind.readers(event, [user.pk for user in users]))
        users = [user for user in users if user.pk in may]
    ways = preferences.ways_of(kind, [user.pk for user in users])
    seen = set(kind.seen(event, [user.pk for user in users])) if kind.seen else set()
    told = [user for user in users if ways[user.pk] and user.pk not in seen]
    schedules = preferences.schedules(told)
    now = timezone.now()
    with transaction.atomic():
        moved = Event.objects.filter(pk=event.pk, reached=event.reached, done=None)
        if not moved.update(reached=batch[-1], touched=now):
            raise Overtaken
        rows = [as_row(event, user.pk, url=found.url, on_page=Way.PAGE in ways[user.pk]) for user in told]
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        made = {row.recipient_id: row for row in Notification.objects.filter(event=event.key, recipient__in=told)}
        by_mail = [
            _delivery(kind, made[user.pk], user, way, schedules)
            for user in told
            for way in (Way.EMAIL, Way.DIGEST)
            if way in ways[user.pk]
        ]
        Delivery.objects.bulk_create(by_mail, ignore_conflicts=True)
    event.reached = batch[-1]
    on_page = [user for user in told if Way.PAGE in ways[user.pk]]
    if kind.urgent:
        html = live.toast_of(kind, event, found)
        for user in on_page:
            if not preferences.quiet_until(schedules[user.pk], user, now):
                live.toast(user.pk, html)
    live.counts_changed((user.pk for user in users), event.about)
    if by_mail and not kind.delay:
        enqueue("core.send_emails")


def _delivery(
    kind: NotificationType, row: Notification, user: User, way: Way, schedules: dict[int, Schedule]
) -> Delivery:
    now = timezone.now()
    schedule = schedules[user.pk]
    if way == Way.DIGEST:
        due, bundle = preferences.digest_after(schedule, user, now), "digest"
    else:
        due, bundle = now + kind.delay, f"{row.about or row.event}"
        if kind.delay:
            due = preferences.quiet_until(schedule, user, due) or due
    return Delivery(notification=row, recipient=user, way=way, bundle=bundle, due=due, state=State.WAITING)


def _finish(kind: NotificationType, event: Event) -> None:
    """The event is over. What happened while its people were told is made good first.

    Whoever deletes the thing, or reads it, commits that and then looks for notifications (events.py). Either they
    found those that were written here, or what they did was committed before this looks.
    """
    if not kind.show(event):
        events.withdraw_now([event.key])
    elif kind.seen:
        unread = Notification.objects.filter(event=event.key, read_at=None)
        ids = list(unread.values_list("recipient", flat=True)) if event.reached else []
        for start in range(0, len(ids), BATCH):
            have = list(kind.seen(event, ids[start : start + BATCH]))
            if have and unread.filter(recipient__in=have).update(read_at=timezone.now()):
                live.counts_changed(have, event.about)
    Event.objects.filter(pk=event.pk).update(done=timezone.now(), data={})
