"""Scheduling: lessons of the calendar, requests for them, who and what is taken when, and who was there."""

from apps.scheduling.models.attendance import Attendance, Presence
from apps.scheduling.models.bookings import (
    Attendee,
    Booking,
    BookingMove,
    BookingState,
    Claim,
    overlapping,
    placed_in,
    resources,
)
from apps.scheduling.models.events import OwnEvent
from apps.scheduling.models.feeds import Feed
from apps.scheduling.models.requests import (
    LessonRequest,
    Proposal,
    ProposedTime,
    RequestState,
    RequestTime,
    Side,
    expiry,
)
from apps.scheduling.models.rooms import Room
from apps.scheduling.models.series import Repeated, Series, SeriesChange, SkippedDay, rule_fields

__all__ = [
    "Attendance",
    "Attendee",
    "Booking",
    "BookingMove",
    "BookingState",
    "Claim",
    "Feed",
    "LessonRequest",
    "OwnEvent",
    "Presence",
    "Proposal",
    "ProposedTime",
    "Repeated",
    "RequestState",
    "RequestTime",
    "Room",
    "Series",
    "SeriesChange",
    "Side",
    "SkippedDay",
    "expiry",
    "overlapping",
    "placed_in",
    "resources",
    "rule_fields",
]
