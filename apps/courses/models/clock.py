"""How far open pages have been told of what begins and ends by the clock alone."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone


class ClockMark(models.Model):
    """One row: whoever moves it on, under its lock, tells of what lies between, and nobody else does."""

    told_until = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["ClockMark"]]

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="there_is_one_clock_mark")]

    def __str__(self) -> str:
        return f"told until {self.told_until:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def move_on(cls, to: datetime) -> datetime | None:
        """The moment until which was told, which is now `to`; None where somebody has told as much already.

        Called in a transaction, which holds the row from here on. The first call ever tells of nothing past.
        """
        mark, made = cls.objects.select_for_update().get_or_create(pk=1, defaults={"told_until": to})
        if made or mark.told_until >= to:
            return None
        since, mark.told_until = mark.told_until, to
        mark.save(update_fields=["told_until"])
        return since
