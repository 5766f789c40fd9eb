"""What waits, and what didn't work: jobs, events, letters; for the page in the admin that shows it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from huey import signals
from huey.contrib.djhuey import HUEY
from redis import RedisError

from apps.accounts.models import OutgoingEmail
from apps.core import health, metrics
from apps.core.email_delivery import oldest_due
from apps.core.models import EmailAttempts, State
from apps.notifications.models import Delivery, Event

NEWEST = 20
FAILED = {signals.SIGNAL_ERROR, signals.SIGNAL_TIMEOUT}


@dataclass
class Jobs:
    """The queue of jobs: how many wait, since when the oldest has. While Redis is away nobody knows either."""

    known: bool = True
    lives: bool = False
    waiting: int = 0
    oldest: datetime | None = None
    failed: list[tuple[str, int]] = field(default_factory=list)


def jobs() -> Jobs:
    """What can be said of the queue now, within about a second."""
    found = Jobs(failed=failed_jobs())
    try:
        found.waiting, seconds = HUEY.waiting()
    except RedisError:
        found.known = False
        return found
    found.lives = health.worker_lives()
    found.oldest = timezone.now() - timedelta(seconds=seconds) if found.waiting else None
    return found


def failed_jobs() -> list[tuple[str, int]]:
    """Which jobs of this machine ended with an error, or took too long, and how often since it began to count."""
    families = metrics.folder.collect() if metrics.folder else metrics.jobs.collect()
    counts: dict[str, int] = {}
    for sample in (sample for family in families for sample in family.samples):
        if sample.name == "homeroom_jobs_total" and sample.labels["outcome"] in FAILED and sample.value:
            name = sample.labels["job"]
            counts[name] = counts.get(name, 0) + int(sample.value)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


class Telling:
    """Events of which people are yet to be told."""

    def __init__(self) -> None:
        found = Event.objects.filter(done=None).order_by().aggregate(count=Count("pk"), oldest=Min("created"))
        self.count: int = found["count"]
        self.oldest: datetime | None = found["oldest"]


class Mails:
    """Emails of one table that wait for their time or for the mail server, and those that were given up."""

    def __init__(self, model: type[EmailAttempts], title: str, element: str) -> None:
        self.title, self.element, self._model = title, element, model
        counted = model._default_manager.order_by().filter(state__in=[State.WAITING, State.SENDING, State.FAILED])
        counts = dict(counted.values_list("state").annotate(count=Count("pk")))
        self.waiting = counts.get(State.WAITING, 0)
        self.sending = counts.get(State.SENDING, 0)
        self.failed = counts.get(State.FAILED, 0)
        self.oldest_due = oldest_due(model)

    @property
    def url(self) -> str:
        """Their list in the admin."""
        return reverse(f"admin:{self._model._meta.app_label}_{self._model._meta.model_name}_changelist")

    @cached_property
    def newest_failed(self) -> list[EmailAttempts]:
        """The newest of those that were given up, each with its reason."""
        rows = self._model._default_manager.filter(state=State.FAILED)
        if with_it := self._model.SHOWN_WITH:
            rows = rows.select_related(*with_it)
        return list(rows.order_by("-pk")[:NEWEST])


def mails() -> list[Mails]:
    """Both kinds: of notifications, and of accounts."""
    return [
        Mails(Delivery, "Mails about notifications", "mails"),
        Mails(OutgoingEmail, "Mails of accounts: codes, links, invitations", "account-mails"),
    ]
