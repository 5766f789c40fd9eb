"""The verbs of support."""

from apps.support.actions.agents import assign_to_least_busy, return_mine, set_away
from apps.support.actions.clock import call_for_help, return_orphans, run_clock, wake_due
from apps.support.actions.handing import return_all, take
from apps.support.actions.settings import close_on, count_use, remove, save_answer, save_day, save_sorting, set_hours
from apps.support.actions.sorting import set_labels, set_priority, set_topic
from apps.support.actions.standing import undo_lines
from apps.support.actions.states import close, reopen, snooze, wake
from apps.support.actions.transcripts import send_transcript
from apps.support.actions.undoing import undo
from apps.support.actions.working import end_snooze, hand_over
from apps.support.actions.writing import ask, current

__all__ = [
    "ask",
    "assign_to_least_busy",
    "call_for_help",
    "close",
    "close_on",
    "count_use",
    "current",
    "end_snooze",
    "hand_over",
    "remove",
    "reopen",
    "return_all",
    "return_mine",
    "return_orphans",
    "run_clock",
    "save_answer",
    "save_day",
    "save_sorting",
    "send_transcript",
    "set_away",
    "set_hours",
    "set_labels",
    "set_priority",
    "set_topic",
    "snooze",
    "take",
    "undo",
    "undo_lines",
    "wake",
    "wake_due",
]
