"""The verbs of scheduling. Each takes the actor, checks the policy, and writes in one transaction."""

from apps.scheduling.actions.attendance import mark, mark_rest, roll_begun
from apps.scheduling.actions.bookings import Lesson, book, call_off, move
from apps.scheduling.actions.claims import Clash
from apps.scheduling.actions.events import Happening, add_event, change_event, delete_event
from apps.scheduling.actions.feeds import create_feed, end_feed, replace_feed
from apps.scheduling.actions.proposals import Terms, accept, follow_proposals, propose, refuse, take_back
from apps.scheduling.actions.requests import (
    WallTime,
    Wish,
    approve,
    ask,
    decline,
    follow_requests,
    offer_times,
    withdraw_request,
)
from apps.scheduling.actions.rooms import save_room

__all__ = [
    "Clash",
    "Happening",
    "Lesson",
    "Terms",
    "WallTime",
    "Wish",
    "accept",
    "add_event",
    "approve",
    "ask",
    "book",
    "call_off",
    "change_event",
    "create_feed",
    "decline",
    "delete_event",
    "end_feed",
    "follow_proposals",
    "follow_requests",
    "mark",
    "mark_rest",
    "move",
    "offer_times",
    "propose",
    "refuse",
    "replace_feed",
    "roll_begun",
    "save_room",
    "take_back",
    "withdraw_request",
]
