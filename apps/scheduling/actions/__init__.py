"""The verbs of scheduling. Each takes the actor, checks the policy, and writes in one transaction."""

from apps.scheduling.actions.attendance import mark, mark_rest, roll_begun
from apps.scheduling.actions.bookings import Lesson, book, call_off, move
from apps.scheduling.actions.claims import Clash
from apps.scheduling.actions.rooms import save_room

__all__ = ["Clash", "Lesson", "book", "call_off", "mark", "mark_rest", "move", "roll_begun", "save_room"]
