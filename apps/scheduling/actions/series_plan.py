"""A series to be, and a plan of its dates: what each would be, and what is in its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.courses.models import Batch
from apps.scheduling.models import Booking, Room
from apps.scheduling.recurrence import Rule
from apps.scheduling.wall_time import Clock
from apps.students.models import Student


@dataclass(frozen=True)
class NewSeries:
    """A series to be: what and who, and when on whose clock. For `students` or for a `batch`, with which it ends."""

    subject: str
    teacher: User
    rule: Rule
    at: time
    zone: str
    minutes: int
    students: tuple[Student, ...] = ()
    batch: Batch | None = None
    room: Room | None = None
    place: str = ""
    client_key: Any = None


@dataclass(frozen=True)
class Choice:
    """What somebody chose for one date: to skip it, or another time (on the series' clock) than the rule's."""

    skip: bool = False
    day: date | None = None
    at: time | None = None


KEEP = Choice()
Choices = Mapping[date, Choice]


@dataclass
class Planned:
    """One date of a series: `day` is the rule's, `row` the lesson as it would be."""

    day: date
    row: Booking
    skip: bool = False
    moved: bool = False
    # Why there can't be a lesson then, and which students have another one.
    taken: str = ""
    busy: str = ""
    # Only the room is taken.
    needs_room: bool = False
    # The lesson that is there now, where a series changes.
    old: Booking | None = None
    # The date on which the rule had it before, and what makes it an exception.
    was: date | None = None
    exception: bool = False
    # An exception that stays as it is.
    kept: bool = False

    @property
    def clock(self) -> Clock:
        """What a change of clocks does to it."""
        return self.row.clock

    @property
    def value(self) -> str:
        """Its wall time as a browser's own field has it."""
        return f"{self.row.day:%Y-%m-%d}T{self.row.at:%H:%M}"

    @property
    def is_new(self) -> bool:
        """Does it make a lesson that isn't there yet?"""
        return self.old is None and not self.skip and not self.kept

    @property
    def holds(self) -> bool:
        """Will there be a lesson that this series places?"""
        return not self.skip and not self.kept

    @property
    def stops(self) -> bool:
        """Must it be skipped or moved before the series can be saved?"""
        return self.holds and bool(self.taken)


@dataclass
class Plan:
    """All dates of a series, with the lessons that would be called off by a change of one."""

    dates: list[Planned]
    off: list[Booking] = field(default_factory=list)
    # Exceptions that have no date in the new rule: they stay as they are.
    left: list[Booking] = field(default_factory=list)
    students: list[Student] = field(default_factory=list)
    # Who of them is new in a series that changes, and who takes part in it no longer.
    joining: list[Student] = field(default_factory=list)
    leaving: list[Student] = field(default_factory=list)
    # Of the exceptions in `left`, those at which one who joins has another lesson.
    left_busy: list[Planned] = field(default_factory=list)
    # If a room is taken, others that are free on all dates.
    rooms: list[Room] = field(default_factory=list)
    # Lessons that wait for a later end of the batch, by id, and dates after its end that are occupied
    # (series_waiting.py).
    waiting: dict[int, dict[str, Any]] = field(default_factory=dict)
    beyond: list[Planned] = field(default_factory=list)

    @property
    def olds(self) -> list[Booking]:
        """Lessons that move to the changed series."""
        return [each.old for each in (*self.dates, *self.beyond) if each.old]

    @property
    def staying(self) -> list[Booking]:
        """The lessons that are there already and will take place, here or as exceptions."""
        kept = [each.old for each in self.dates if each.old and (each.holds or (each.kept and each.old.is_on))]
        return kept + [row for row in self.left if row.is_on]

    @property
    def rows(self) -> list[Booking]:
        """The lessons that it places."""
        return [each.row for each in self.dates if each.holds]

    @property
    def stopped(self) -> list[Planned]:
        """What must be settled first."""
        return [each for each in self.dates if each.stops]

    @property
    def busy(self) -> list[Planned]:
        """Those at which a student has another lesson."""
        return [each for each in self.dates if (each.holds or each.kept) and each.busy] + self.left_busy

    @property
    def turned(self) -> list[Planned]:
        """Those whose time doesn't exist, or exists twice."""
        return [each for each in self.dates if each.holds and each.clock]


class Unsettled(ValidationError):  # noqa: N818 - no error: whoever saves it is asked
    """Some dates are impossible or need a decision; `plan` says which.

    If only the room is taken, the code is "room" and `rooms` are free alternatives.
    """

    def __init__(self, message: str, plan: Plan, clashing: Sequence[Planned] = (), code: str = "unsettled") -> None:
        super().__init__(message, code=code)
        self.plan, self.rooms = plan, plan.rooms
        # Dates to leave out so that the rest can take place.
        self.days = [each.day for each in clashing]
