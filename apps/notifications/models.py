"""What people are told of, once each, and by which way.

An `Event` is written in the transaction of what happened; from it, in the background, each person gets one
`Notification`, and for each way that leaves the page a `Delivery`. Together they are the ledger: whatever runs twice,
or is killed in between, finds what is there already.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.core.models import EmailAttempts
from apps.core.models import State as State
from apps.notifications.closing import closed_to


class Way(models.TextChoices):
    """How a person is told. Whatever isn't on the page is a delivery."""

    PAGE = "page", "On the page"
    EMAIL = "email", "E-mail"
    DIGEST = "digest", "Digest"


class Event(models.Model):
    """Something that happened, of which people are yet to be told.

    `thing` is the row of its kind's own table that it is about, `about` what it is grouped by (`conversation-12`), and
    `position` where in that it is: who has come so far has seen it. `people` are the ids of whom to tell where the
    event says so itself; else its kind finds them. `reached` is the last of those, in the order of ids, who was told.
    """

    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=30)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    thing = models.PositiveBigIntegerField(default=0)
    about = models.CharField(max_length=60, blank=True)
    position = models.PositiveBigIntegerField(default=0)
    title = models.CharField(max_length=250)
    data = models.JSONField(default=dict)
    people = models.JSONField(null=True)
    reached = models.PositiveBigIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now)
    touched = models.DateTimeField(default=timezone.now)
    done = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["touched"], condition=Q(done=None), name="events_under_way"),
            models.Index(fields=["done"], name="events_that_are_over"),
        ]

    def __str__(self) -> str:
        return self.key


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications, found through whose they are."""

    def visible_to(self, user: User) -> Self:
        """One's own, as far as they are for the page and open to them; none for an admin who looks as somebody."""
        return self.own(user).filter(~closed_to(user))

    def own(self, user: User) -> Self:
        """Like `visible_to`, but including notifications that are closed to `user` now."""
        return self.none() if user.looked_as else self.filter(recipient=user, on_page=True)

    def unread(self) -> Self:
        """Those not yet read."""
        return self.filter(read_at=None)


class Notification(models.Model):
    """One person told of one event. What it says is looked up when it is shown: as it is then, if they may see it."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    event = models.CharField(max_length=100)
    kind = models.CharField(max_length=30)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    thing = models.PositiveBigIntegerField(default=0)
    about = models.CharField(max_length=60, blank=True)
    position = models.PositiveBigIntegerField(default=0)
    title = models.CharField(max_length=250)
    url = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)
    on_page = models.BooleanField(default=True)
    created = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Notification"]] = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["recipient", "event"], name="one_notification_of_an_event")]
        indexes = [
            models.Index(fields=["recipient", "about"], condition=Q(read_at=None), name="unread_notifications"),
            models.Index(fields=["recipient", "-id"], name="notifications_of_a_person"),
            models.Index(fields=["event"], name="notifications_of_an_event"),
            models.Index(fields=["created"], name="notifications_by_age"),
        ]

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """Where a person wants another way than a kind has by itself."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=30)
    way = models.CharField(max_length=10, choices=Way)
    wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "way"], name="one_preference_a_kind_and_way"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="preference_of_a_known_way"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.way}: {self.wanted}"


class Rhythm(models.TextChoices):
    """How often a digest comes."""

    DAILY = "daily", "Every day"
    WEEKLY = "weekly", "Once a week"


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Schedule(models.Model):
    """When a person wants to be told; hours are on their own clock. Who has no row has what is usual."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="schedule")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    digest = models.CharField(max_length=10, choices=Rhythm, default=Rhythm.DAILY)
    digest_day = models.PositiveSmallIntegerField(default=0, choices=list(enumerate(DAYS)))
    digest_hour = models.PositiveSmallIntegerField(default=7)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            ),
            models.CheckConstraint(condition=Q(digest__in=Rhythm.values), name="digest_of_a_known_rhythm"),
            models.CheckConstraint(condition=Q(digest_hour__lte=23, digest_day__lte=6), name="digest_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.digest} at {self.digest_hour}"


class Delivery(EmailAttempts):
    """A notification on its way by e-mail or in a digest."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=10, choices=Way)
    # What goes into one letter: a conversation's messages, all of a digest.
    bundle = models.CharField(max_length=100)

    SHOWN_WITH = ("recipient", "notification")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["notification", "way"], name="one_delivery_by_each_way"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="delivery_in_a_known_state"),
        ]
        indexes = [
            models.Index(
                fields=["due"], condition=Q(state__in=[State.WAITING, State.SENDING]), name="deliveries_that_are_due"
            ),
            models.Index(fields=["recipient", "bundle"], name="deliveries_of_a_bundle"),
            models.Index(fields=["state", "-id"], name="deliveries_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} by {self.way}: {self.state}"

    @property
    def sent_to(self) -> str:
        """The recipient."""
        return str(self.recipient)

    @property
    def told_of(self) -> str:
        """The notification."""
        return str(self.notification)


def usual_schedule(user: User) -> Schedule:
    """What holds for whoever has chosen nothing: a digest in the morning, no quiet hours. Not saved."""
    return Schedule(user=user)


def as_row(event: Event, user_id: int, **more: Any) -> Notification:
    """One person's notification of an event; not saved."""
    same = ("kind", "actor_id", "thing", "about", "position", "title", "data", "created")
    return Notification(recipient_id=user_id, event=event.key, **{name: getattr(event, name) for name in same}, **more)


def moments_ago(seconds: float) -> datetime:
    """So many seconds before now."""
    return timezone.now() - timedelta(seconds=seconds)
