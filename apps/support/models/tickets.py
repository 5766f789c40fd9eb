"""Tickets: one person's question to the academy, from the first word to the last."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.conversations.models import Conversation
from apps.realtime.access import AccessQuerySet, decides_access
from apps.support.models.labels import Label, Topic
from apps.support.states import Status

# The conversation type's name.
CONVERSATION_KIND = "support"
# A closed ticket reopens when its person writes within this time; after it, a new one begins.
REOPENS_FOR = timedelta(days=7)


class Priority(models.IntegerChoices):
    """How urgent staff find it."""

    LOW = 1, "Low"
    NORMAL = 2, "Normal"
    HIGH = 3, "High"
    URGENT = 4, "Urgent"


def answerers() -> models.QuerySet[User]:
    """Who answers tickets: active admins and staff."""
    return User.objects.filter(is_active=True, role__in=[Role.ADMIN, Role.STAFF])


class TicketQuerySet(AccessQuerySet["Ticket"]):
    """Tickets, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """All for admins and staff; for everybody else their own."""
        return self if user.sees_all else self.filter(person=user)

    def active(self) -> Self:
        """Those that are not closed."""
        return self.exclude(status=Status.CLOSED)

    def unassigned(self) -> Self:
        """Those in the queue: not closed, and nobody's who is active and may answer."""
        owners = answerers().filter(pk=OuterRef("conversation__assignee"))
        return self.active().filter(~Exists(owners))

    def unanswered(self) -> Self:
        """Those in which the person wrote last, or waits for an answer since."""
        return self.active().filter(unanswered_since__isnull=False)

    def reopenable(self, at: datetime | None = None) -> Self:
        """Those that were closed so recently that their person goes on in them."""
        return self.filter(status=Status.CLOSED, closed_at__gt=(at or timezone.now()) - REOPENS_FOR)


@decides_access("person", "conversation", of=["person"])
class Ticket(models.Model):
    """A support conversation of one person, and where it stands. Its owner is the conversation's assignee.

    All its fields change under the conversation's row lock.
    """

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="ticket")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tickets")
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets")
    labels = models.ManyToManyField(Label, blank=True, related_name="tickets")
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    # Since when the person has been waiting for an answer; empty once staff answered, or closed it.
    unanswered_since = models.DateTimeField(null=True, blank=True, editable=False)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When those on duty were told that nobody has taken it: once.
    called_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Ticket"]] = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=~Q(status=Status.CLOSED), name="one_active_ticket_per_person"
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="ticket_has_a_known_status"),
            models.CheckConstraint(
                condition=Q(status=Status.SNOOZED, snoozed_until__isnull=False)
                | (~Q(status=Status.SNOOZED) & Q(snoozed_until=None)),
                name="snoozed_tickets_have_an_end",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.CLOSED, closed_at__isnull=False)
                | (~Q(status=Status.CLOSED) & Q(closed_at=None)),
                name="closed_tickets_have_a_date",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "unanswered_since"], name="tickets_by_status"),
            models.Index(fields=["snoozed_until"], condition=Q(status=Status.SNOOZED), name="snoozed_tickets"),
            models.Index(fields=["person", "-opened_at"], name="tickets_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"Ticket {self.pk}"

    def get_absolute_url(self) -> str:
        """Where staff work on it."""
        return reverse("support:ticket_detail", args=[self.pk])

    @property
    def is_active(self) -> bool:
        """Is it not closed?"""
        return self.status != Status.CLOSED

    @property
    def owner(self) -> User | None:
        """Whose it is to answer."""
        return self.conversation.assignee

    @property
    def may_reopen(self) -> bool:
        """Does its person still go on in it by writing?"""
        return self.closed_at is not None and timezone.now() - self.closed_at < REOPENS_FOR


class TicketLog(models.Model):
    """One thing that happened to a ticket, in order; `detail` holds ids and values, no names or texts."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    event = models.CharField(max_length=20)
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["ticket", "pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.event}"
