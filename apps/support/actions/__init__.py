"""The verbs of support."""

from apps.support.actions.handing import return_all, take
from apps.support.actions.sorting import set_labels, set_priority, set_topic
from apps.support.actions.states import close, reopen, snooze, wake
from apps.support.actions.writing import ask, current

__all__ = [
    "ask",
    "close",
    "current",
    "reopen",
    "return_all",
    "set_labels",
    "set_priority",
    "set_topic",
    "snooze",
    "take",
    "wake",
]
