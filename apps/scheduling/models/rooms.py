"""Rooms that lessons are given in."""

from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.core.models import Timestamped

ROOM_TAKEN = "There is a room of this name already."


class RoomQuerySet(models.QuerySet["Room"]):
    """Rooms, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """All for admins and staff; others see a room's name on the lessons that they see, and no list."""
        return self if user.sees_all else self.none()

    def offered_to(self, user: User) -> Self:
        """Those that this person may choose for a series: the open ones, for staff and teachers."""
        return self.none() if user.role == Role.STUDENT else self.open()

    def open(self) -> Self:
        """Those that lessons can be given in now."""
        return self.filter(is_open=True)


class Room(Timestamped):
    """A room. One that closed takes no new lessons; those that it has stay."""

    name = models.CharField(max_length=80, unique=True, error_messages={"unique": ROOM_TAKEN})
    seats = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Leave empty if it doesn't matter."
    )
    is_open = models.BooleanField("in use", default=True)

    objects: ClassVar[models.Manager["Room"]] = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="room_has_a_name"),
            models.CheckConstraint(condition=Q(seats=None) | Q(seats__gte=1), name="room_has_a_seat"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def seats_in_words(self) -> str:
        """The seats, such as `9 seats`; empty if unknown."""
        return f"{self.seats} seat{'' if self.seats == 1 else 's'}" if self.seats else ""

    def get_absolute_url(self) -> str:
        """The page where it is changed."""
        return reverse("scheduling:room_edit", args=[self.pk])
