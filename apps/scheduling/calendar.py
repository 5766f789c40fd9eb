"""The calendar: what a reader sees in a day, a week, a month, or as a list, on their own clock."""

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db.models import Count, Prefetch, QuerySet, prefetch_related_objects
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.scheduling.grid import MOST_LANES, Grid, grid
from apps.scheduling.live import CALENDAR, LESSONS
from apps.scheduling.models import Booking, Room
from apps.scheduling.models.bookings import BookingQuerySet
from apps.scheduling.own_events import Block, blocks_of, held_blocks
from apps.scheduling.wall_time import day_begins, local_day
from apps.students.models import Student

VIEWS = {"day": "Day", "week": "Week", "month": "Month", "list": "List"}
# A week of more lessons than this is shown as numbers: nobody reads a wall of them.
MOST_IN_GRID, MOST_IN_LIST = 250, 100
# Who can be asked for, by the name in the address.
FILTERS = ("teacher", "student", "room")


@dataclass
class Day:
    """One day of a month or of a list."""

    day: date
    bookings: list[Booking | Block] = field(default_factory=list)
    outside: bool = False
    count: int = 0
    url: str = ""


class Calendar:
    """What one reader asked to see; `?view=`, `?week=2026-W43`, `?month=2026-10`, `?day=2026-10-27`, and filters.

    What can't be read is left out, as if it had not been asked for.
    """

    def __init__(self, user: User, asked: QueryDict) -> None:
        self.user, self.zone = user, timezone.get_current_timezone_name()
        self.today = local_day(timezone.now(), self.zone)
        self.view, self.day = self._asked_day(asked)
        self.off = asked.get("off") == "1"
        self.filters = {name: int(text) for name in FILTERS if _is_number(text := asked.get(name, ""))}

    def _asked_day(self, asked: QueryDict) -> tuple[str, date]:
        view = asked.get("view", "")
        for name, form in (("week", "%G-W%V-%u"), ("month", "%Y-%m-%d"), ("day", "%Y-%m-%d")):
            text = asked.get(name, "")
            whole = {"week": f"{text}-1", "month": f"{text}-01", "day": text}[name]
            try:
                day = datetime.strptime(whole, form).date()
            except ValueError:
                continue
            if 1970 <= day.year <= 2200:
                return view if view in VIEWS else name, day
        return view if view in VIEWS else "week", self.today

    @cached_property
    def days(self) -> list[date]:
        """The days that are shown, in order."""
        if self.view == "day":
            return [self.day]
        if self.view == "week":
            first = self.day - timedelta(days=self.day.weekday())
            return [first + timedelta(days=number) for number in range(7)]
        if self.view == "month":
            return list(months.Calendar().itermonthdates(self.day.year, self.day.month))
        return [self.day + timedelta(days=number) for number in range(28)]

    @cached_property
    def span(self) -> tuple[datetime, datetime]:
        """When the first of these days begins, and the last ends."""
        return day_begins(self.days[0], self.zone), day_begins(self.days[-1] + timedelta(days=1), self.zone)

    @cached_property
    def bookings(self) -> QuerySet[Booking]:
        """What happens on these days and may be seen, without what was called off unless asked for."""
        rows = self._asked_for.between(*self.span)
        rows = rows if self.off else rows.on()
        return rows.select_related("teacher", "room", "batch").order_by("start", "pk")

    @property
    def _asked_for(self) -> BookingQuerySet:
        """The lessons that may be seen, on any day, by the filters."""
        rows = Booking.objects.visible_to(self.user)
        for name, pk in self.filters.items():
            if name == "student":
                rows = rows.taught_to(Student.objects.visible_to(self.user).filter(pk=pk))
            else:
                rows = rows.filter(**{name: pk})
        if not self.filters and self.user.role == Role.TEACHER:
            rows = rows.filter(teacher=self.user)
        return rows

    @cached_property
    def shown(self) -> list[Booking]:
        """The lessons themselves, those that are for a few with the students whom the reader may see."""
        most = MOST_IN_LIST if self.view == "list" else MOST_IN_GRID
        rows = list(self.bookings[: most + 1])
        seen = Prefetch("students", Student.objects.visible_to(self.user), to_attr="shown_students")
        prefetch_related_objects([row for row in rows if row.batch_id is None], seen)
        return rows

    @property
    def is_crowded(self) -> bool:
        """Are there too many lessons, or too many at one time, to draw each?"""
        if len(self.shown) > (MOST_IN_LIST if self.view == "list" else MOST_IN_GRID):
            return True
        return self.view in {"day", "week"} and self.grid.lanes > MOST_LANES

    @property
    def is_cut(self) -> bool:
        """Are there more than are shown?"""
        return len(self.shown) > MOST_IN_GRID

    @cached_property
    def grid(self) -> Grid:
        """The days beside each other, hour by hour."""
        timed = [block for block in self.events if not block.all_day]
        return grid(self.days, self.zone, [*self.shown, *timed])

    @cached_property
    def events(self) -> list[Block]:
        """What there is besides lessons.

        Own events on these days: the reader's, or those of whose calendar they ask for, if they may see it; and times
        that are held for lessons which may move there.
        """
        owners = [self.user.pk]
        if "student" in self.filters:
            owners = [self.student.user_id] if self.student and self.student.user_id else []
        elif "teacher" in self.filters:
            owners = [self.filters["teacher"]] if self.user.sees_all else []
        if "room" in self.filters:
            owners = []
        own = blocks_of(self.user, owners, self.days, self.zone)
        return own + held_blocks(self._asked_for.on(), *self.span, self.zone)

    @property
    def all_day(self) -> list[tuple[date, list[Block]]]:
        """The events on whole days, day by day; empty where there are none."""
        whole = [block for block in self.events if block.all_day]
        return [(day, [block for block in whole if block.covers(day)]) for day in self.days] if whole else []

    @cached_property
    def by_day(self) -> list[Day]:
        """The days one after the other, each with its lessons, or with how many it has where there are too many."""
        found = {day: Day(day, outside=self.view == "month" and day.month != self.day.month) for day in self.days}
        if self.is_crowded and self.view != "day":
            starts = self.bookings.order_by().values_list("start").annotate(count=Count("pk"))
            for start, count in starts:
                if each := found.get(local_day(start, self.zone)):
                    each.count += count
        else:
            for booking in self.shown:
                if each := found.get(local_day(booking.start, self.zone)):
                    each.bookings.append(booking)
                    each.count += 1
            for day, each in found.items():
                each.bookings += [block for block in self.events if block.covers(day)]
                each.bookings.sort(key=lambda row: (not getattr(row, "all_day", False), row.start, row.pk))
                each.count = len(each.bookings)
        for day, each in found.items():
            each.url = self.url(day, "day")
        return list(found.values())

    @property
    def weeks(self) -> Iterable[list[Day]]:
        """The days of a month by week."""
        days = self.by_day
        return (days[first : first + 7] for first in range(0, len(days), 7))

    @property
    def is_empty(self) -> bool:
        """Is there nothing at all?"""
        return not self.shown and not self.events

    def url(self, day: date | None = None, view: str = "", **changes: object) -> str:
        """The address of this calendar at another day, in another view, with other filters."""
        view, day = view or self.view, day or self.day
        year, week, _ = day.isocalendar()
        own = {"day": f"{day:%Y-%m-%d}", "week": f"{year}-W{week:02}", "month": f"{day:%Y-%m}"}
        asked: dict[str, object] = {"view": "list"} if view == "list" else {}
        asked |= {view if view in own else "day": own.get(view, own["day"])}
        asked |= {"off": 1} if self.off else {}
        asked |= self.filters | changes
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{reverse('scheduling:calendar_detail')}?{query}"

    def step(self, forth: int) -> str:
        """The address of the span before (-1) or after (1) this one."""
        if self.view == "month":
            first = self.day.replace(day=1)
            other = first + timedelta(days=31) if forth > 0 else first - timedelta(days=1)
            return self.url(other.replace(day=1))
        return self.url(self.day + forth * timedelta(days={"day": 1, "week": 7}.get(self.view, 28)))

    @property
    def own_url(self) -> str:
        """Where this very calendar is asked for."""
        return self.url()

    @property
    def back(self) -> str:
        """The span before."""
        return self.step(-1)

    @property
    def forth(self) -> str:
        """The span after."""
        return self.step(1)

    @property
    def now(self) -> str:
        """The span that today is in."""
        return self.url(self.today)

    @property
    def views(self) -> list[tuple[str, str, bool]]:
        """The other views of these days: label, address, and whether it is this one."""
        return [(label, self.url(view=view), view == self.view) for view, label in VIEWS.items()]

    @property
    def last_day(self) -> date:
        """The last day that is shown."""
        return self.days[-1]

    @property
    def city(self) -> str:
        """Whose clock the times are on."""
        return self.zone.rpartition("/")[2].replace("_", " ")

    @property
    def fixed(self) -> list[tuple[str, str]]:
        """What a form that asks for another teacher or room sends along."""
        asked = dict(parse_qsl(urlsplit(self.url()).query))
        return [(name, value) for name, value in asked.items() if name not in FILTERS]

    @property
    def everybody(self) -> str:
        """The same without a filter."""
        return self.url(teacher=None, student=None, room=None)

    @property
    def toggle_off(self) -> str:
        """The same with, or without, what was called off."""
        return self.url(off=None if self.off else 1)

    @property
    def channel(self) -> str:
        """What tells that it changed: everybody's lessons for staff, one's own for others."""
        return CALENDAR if self.user.sees_all else ""

    @property
    def event(self) -> str:
        """The same on one's own channel."""
        return "" if self.user.sees_all else LESSONS

    @cached_property
    def teachers(self) -> QuerySet[User]:
        """Whose calendars staff may choose."""
        teachers = User.objects.filter(role=Role.TEACHER, is_active=True)
        return teachers.order_by("given_name", "family_name", "pk") if self.user.sees_all else User.objects.none()

    @cached_property
    def rooms(self) -> QuerySet[Room]:
        """Which rooms' calendars staff may choose."""
        return Room.objects.visible_to(self.user)

    @cached_property
    def student(self) -> Student | None:
        """Whose lessons are asked for, where that is one student."""
        return Student.objects.visible_to(self.user).filter(pk=self.filters.get("student", 0)).first()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18
