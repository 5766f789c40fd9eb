"""The lessons of one day of the academy to be marked, and earlier ones that nobody has marked."""

from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.core.academy_calendar import academy_midnight, academy_today
from apps.scheduling.live import CALENDAR, LESSONS
from apps.scheduling.models import Attendance, Attendee, Booking

# How many lessons a page lists, and how far back unmarked ones are looked for.
MOST, MOST_PAGES, BACK = 100, 20, timedelta(days=60)
# Days further away than this are none that anybody marks.
FAR = timedelta(days=3660)


class AttendanceDay:
    """What a teacher marks (their own lessons), or staff (all), on a day of the academy's calendar."""

    def __init__(self, user: User, asked: str, pages: str = "") -> None:
        self.user, self.today = user, academy_today()
        # A long day comes in parts, each longer than the last, so that the region that follows it stays one.
        number = int(pages) if pages.isascii() and pages.isdecimal() and len(pages) < 3 else 1
        self.most = MOST * min(max(number, 1), MOST_PAGES)
        try:
            self.day = date.fromisoformat(asked)
        except ValueError:
            self.day = self.today
        if not self.today - FAR <= self.day <= self.today + FAR:
            self.day = self.today

    @property
    def _own(self) -> QuerySet[Booking]:
        rows = Booking.objects.on().select_related("teacher", "batch", "room")
        return rows if self.user.sees_all else rows.filter(teacher=self.user)

    @cached_property
    def bookings(self) -> list[Booking]:
        """The day's lessons, each with `marked` and `due`: how many are marked, of how many."""
        start, end = academy_midnight(self.day), academy_midnight(self.day + timedelta(days=1))
        rows = list(self._own.filter(start__gte=start, start__lt=end).order_by("start", "pk")[: self.most + 1])
        self.is_cut = len(rows) > self.most
        return with_counts(rows[: self.most])

    @property
    def more(self) -> int:
        """How many parts the page has with the next one; 0 if this is all."""
        return self.most // MOST + 1 if self.bookings and self.is_cut else 0

    @property
    def query(self) -> str:
        """What this very page was asked with."""
        return f"?day={self.iso}" + (f"&pages={self.most // MOST}" if self.most > MOST else "")

    @cached_property
    def unmarked(self) -> list[Booking]:
        """Earlier lessons with students whom nobody has marked, newest first."""
        before = min(academy_midnight(self.day), timezone.now())
        rows = self._own.filter(start__lt=before, start__gte=before - BACK)
        return with_counts(list(unmarked(rows).order_by("-start", "-pk")[:MOST]))

    @property
    def iso(self) -> str:
        """The day as an address names it."""
        return self.day.isoformat()

    @property
    def before(self) -> date:
        """The day before."""
        return self.day - timedelta(days=1)

    @property
    def after(self) -> date:
        """The day after."""
        return self.day + timedelta(days=1)

    @property
    def channel(self) -> str:
        """What tells that it changed."""
        return CALENDAR if self.user.sees_all else ""

    @property
    def event(self) -> str:
        """The same on one's own channel."""
        return "" if self.user.sees_all else LESSONS


def unmarked(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Those of these lessons that have begun and have a student without a mark."""
    marks = Attendance.objects.filter(booking=OuterRef("booking"), student=OuterRef("student"))
    open_ones = Attendee.objects.filter(~Exists(marks), booking=OuterRef("pk"))
    return bookings.filter(Exists(open_ones), start__lte=timezone.now())


def with_counts(bookings: list[Booking]) -> list[Booking]:
    """Each with `marked` and `due`, in two queries."""
    ids = [booking.pk for booking in bookings]
    marks = Attendance.objects.filter(booking__in=ids).order_by().values_list("booking").annotate(n=Count("pk"))
    due = Attendee.objects.filter(booking__in=ids).order_by().values_list("booking").annotate(n=Count("pk"))
    marked, expected = dict(marks), dict(due)
    for booking in bookings:
        booking.marked = marked.get(booking.pk, 0)
        booking.due = expected.get(booking.pk, 0)
    return bookings
