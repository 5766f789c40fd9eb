"""Canned answers: texts that staff insert, with variables that are filled in for the person who reads them."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.conversations.models import MAX_BODY
from apps.core.models import Timestamped


class CannedAnswerQuerySet(models.QuerySet["CannedAnswer"]):
    """Canned answers, found through who may use them."""

    def visible_to(self, user: User) -> Self:
        """The shared ones and one's own, for those who answer tickets."""
        return self.filter(Q(owner=None) | Q(owner=user)) if user.sees_all else self.none()


class CannedAnswer(Timestamped):
    """A text to insert; one without an owner is shared by everyone who answers tickets."""

    title = models.CharField(max_length=80)
    folder = models.CharField(max_length=40, blank=True, help_text="Answers of one folder stand together.")
    body = models.TextField("text", max_length=MAX_BODY)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="canned_answers"
    )

    # How often it was inserted, counted by the database.
    used = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager["CannedAnswer"]] = CannedAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["folder", "title", "pk"]

    def __str__(self) -> str:
        return self.title
