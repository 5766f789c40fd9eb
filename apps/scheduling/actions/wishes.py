"""Values of requests and their answers: a time on somebody's clock, a lesson, a room."""

import uuid
from dataclasses import dataclass
from datetime import date, time
from enum import Enum

from apps.accounts.models import User
from apps.scheduling.models import Room
from apps.scheduling.recurrence import Rule
from apps.students.models import Student


class AsAsked(Enum):
    """Sentinel: the answer names no room, so the request's own stays."""

    AS_ASKED = "as asked"


AS_ASKED = AsAsked.AS_ASKED
type InRoom = Room | AsAsked | None


@dataclass(frozen=True)
class WallTime:
    """A wall time: a day and a time of day in a zone."""

    day: date
    at: time
    zone: str


@dataclass(frozen=True)
class Wish:
    """A requested lesson."""

    student: Student
    teacher: User
    subject: str
    minutes: int
    time: WallTime
    place: str = ""
    note: str = ""
    # Set for a series.
    rule: Rule | None = None
    client_key: uuid.UUID | None = None
