"""What support keeps: tickets, what they are sorted by, canned answers, and when support is open."""

from apps.support.models.agents import SupportAgent
from apps.support.models.canned import CannedAnswer
from apps.support.models.hours import BusinessHours, SpecialDay, Weekday
from apps.support.models.labels import Label, Tone, Topic
from apps.support.models.tickets import (
    CONVERSATION_KIND,
    REOPENS_FOR,
    Priority,
    Ticket,
    TicketLog,
    TicketQuerySet,
    answerers,
)

__all__ = [
    "CONVERSATION_KIND",
    "REOPENS_FOR",
    "BusinessHours",
    "CannedAnswer",
    "Label",
    "Priority",
    "SpecialDay",
    "SupportAgent",
    "Ticket",
    "TicketLog",
    "TicketQuerySet",
    "Tone",
    "Topic",
    "Weekday",
    "answerers",
]
