"""The verbs of scheduling. Each takes the actor, checks the policy, and writes in one transaction."""

from apps.scheduling.actions.attendance import mark, mark_rest, roll_begun
from apps.scheduling.actions.bookings import Lesson, book, call_off, move
from apps.scheduling.actions.claims import Clash
from apps.scheduling.actions.events import (
    Scope,
    Which,
    add_event,
    change_event,
    delete_event,
    forget_deleted_events,
)
from apps.scheduling.actions.feeds import create_feed, end_feed, replace_feed
from apps.scheduling.actions.happenings import Happening
from apps.scheduling.actions.proposals import Terms, accept, follow_proposals, propose, refuse, take_back
from apps.scheduling.actions.requests import (
    approve,
    ask,
    decline,
    follow_requests,
    offer_times,
    withdraw_request,
)
from apps.scheduling.actions.rooms import save_room
from apps.scheduling.actions.series import end_series, start_series
from apps.scheduling.actions.series_change import SeriesEdit, change_series, plan_change, rule_from
from apps.scheduling.actions.series_dates import plan_series
from apps.scheduling.actions.series_fill import fill_series
from apps.scheduling.actions.series_plan import Choice, NewSeries, Plan, Unsettled
from apps.scheduling.actions.series_undo import undo_series
from apps.scheduling.actions.wishes import AS_ASKED, InRoom, WallTime, Wish
from apps.scheduling.actions.zones import follow_zone_data

__all__ = [
    "AS_ASKED",
    "Choice",
    "Clash",
    "Happening",
    "InRoom",
    "Lesson",
    "NewSeries",
    "Plan",
    "Scope",
    "SeriesEdit",
    "Terms",
    "Unsettled",
    "WallTime",
    "Which",
    "Wish",
    "accept",
    "add_event",
    "approve",
    "ask",
    "book",
    "call_off",
    "change_event",
    "change_series",
    "create_feed",
    "decline",
    "delete_event",
    "end_feed",
    "end_series",
    "fill_series",
    "follow_proposals",
    "follow_requests",
    "follow_zone_data",
    "forget_deleted_events",
    "mark",
    "mark_rest",
    "move",
    "offer_times",
    "plan_change",
    "plan_series",
    "propose",
    "refuse",
    "replace_feed",
    "roll_begun",
    "rule_from",
    "save_room",
    "start_series",
    "take_back",
    "undo_series",
    "withdraw_request",
]
