"""When support is open: half-open intervals of each weekday, and days of their own."""

from django.db import models
from django.db.models import F, Q

from apps.core.models import Timestamped

MINUTES = 24 * 60


class Weekday(models.IntegerChoices):
    """As `date.weekday()` counts."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class SpecialDay(Timestamped):
    """A date whose hours replace its weekday's: a half day, or, without hours, a closure."""

    date = models.DateField(unique=True)
    name = models.CharField(max_length=80, help_text="New Year's Day; people read it while support is closed.")

    class Meta:
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.name}, {self.date:%Y-%m-%d}"


class BusinessHours(models.Model):
    """One interval `[opens, closes)` in minutes after midnight on the academy's clock; 1440 is midnight at the end.

    Of a weekday, or of a special day. A night is two intervals.
    """

    weekday = models.PositiveSmallIntegerField(null=True, blank=True, choices=Weekday)
    day = models.ForeignKey(SpecialDay, null=True, blank=True, on_delete=models.CASCADE, related_name="hours")
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "business hours"
        ordering = ["weekday", "day", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes"), closes__lte=MINUTES), name="business_hours_end_after_they_begin"
            ),
            models.CheckConstraint(
                condition=Q(weekday__isnull=False, day=None) | Q(weekday=None, day__isnull=False),
                name="business_hours_of_a_weekday_or_a_day",
            ),
            models.UniqueConstraint(fields=["weekday", "opens"], name="one_opening_of_a_weekday"),
            models.UniqueConstraint(fields=["day", "opens"], name="one_opening_of_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.opens // 60:02}:{self.opens % 60:02}–{self.closes // 60:02}:{self.closes % 60:02}"
