"""What people ask for and answer with: a time on somebody's clock, a lesson, a room."""

import uuid
from dataclasses import dataclass
from datetime import date, time
from enum import Enum

from apps.accounts.models import User
from apps.scheduling.models import Room
from apps.scheduling.recurrence import Rule
from apps.students.models import Student


class AsAsked(Enum):
    """Whoever answers has chosen no room: it stays the one that the request has, if any."""

    AS_ASKED = "as asked"


AS_ASKED = AsAsked.AS_ASKED
type InRoom = Room | AsAsked | None


@dataclass(frozen=True)
class WallTime:
    """A day and a time of day on the clock of a zone."""

    day: date
    at: time
    zone: str


@dataclass(frozen=True)
class Wish:
    """A lesson that somebody asks for."""

    student: Student
    teacher: User
    subject: str
    minutes: int
    time: WallTime
    place: str = ""
    note: str = ""
    # For a series.
    rule: Rule | None = None
    client_key: uuid.UUID | None = None
