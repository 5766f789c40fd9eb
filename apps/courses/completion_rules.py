"""When a lesson is done. Rooms above add rules of their own (a quiz passed); courses know only their names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.courses.models import Lesson, LessonProgress


@dataclass(frozen=True)
class CompletionRule:
    """A rule by which a lesson is done.

    `sentence` tells the student what is asked. With `by_hand` the student says so with a button, and can take it back;
    of the others `is_met` decides. `problem` says why a lesson can't have this rule ("" if it can).
    """

    name: str
    label: str
    sentence: str
    by_hand: bool = False
    is_met: Callable[["LessonProgress"], bool] = lambda _: False
    problem: Callable[["Lesson"], str] = lambda _: ""


_rules: dict[str, CompletionRule] = {}


def register(*rules: CompletionRule) -> None:
    """Add rules; called by the owning app when it is ready."""
    _rules.update({rule.name: rule for rule in rules})


def find(name: str) -> CompletionRule:
    """The rule of a name; that of the button for one that nobody registered any more."""
    return _rules.get(name) or _rules["button"]


def choices(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names and labels, for a form."""
    return [(name, _rules[name].label) for name in names if name in _rules]


BUTTON = CompletionRule("button", "The student marks it as done", "Mark it as done when you are ready.", by_hand=True)
OPENED = CompletionRule("opened", "The student opens it", "Done as soon as you open it.")
WATCHED = CompletionRule("watched", "The student watches 90 % of it", "Done once you have watched 90 % of the video.")
OURS = (BUTTON, OPENED, WATCHED)
