"""The kinds of lessons. Rooms above add theirs (a quiz is a lesson, too); courses know only their names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from apps.accounts.models import User
    from apps.courses.models import Lesson


def _no_context(lesson: "Lesson", user: Any) -> Mapping[str, Any]:
    return {}


def _nothing_wrong(lesson: "Lesson") -> list[str]:
    return []


def _as_it_is(response: "HttpResponseBase", lesson: "Lesson") -> None:
    """Leave the headers of the page as they are everywhere."""


@dataclass(frozen=True)
class LessonKind:
    """A kind of lesson.

    `template` shows its content in the lesson's page, with what `context(lesson, user)` adds; `fields` are those of the
    lesson that its author fills in beside the title, and `rules` the completion rules to choose from. `problems` says,
    in sentences, why a lesson can't be published yet. `widen` adds to the page's headers what this kind needs.
    """

    name: str
    label: str
    icon: str
    template: str
    fields: tuple[str, ...] = ("body",)
    rules: tuple[str, ...] = ("button",)
    context: "Callable[[Lesson, User | Any], Mapping[str, Any]]" = _no_context
    problems: "Callable[[Lesson], list[str]]" = _nothing_wrong
    widen: "Callable[[HttpResponseBase, Lesson], None]" = field(default=_as_it_is)


_kinds: dict[str, LessonKind] = {}


def register(*kinds: LessonKind) -> None:
    """Add kinds; called by the owning app when it is ready."""
    _kinds.update({kind.name: kind for kind in kinds})


def find(name: str) -> LessonKind:
    """The kind of a name; text for one that nobody registered any more."""
    return _kinds.get(name) or _kinds["text"]


def kinds() -> list[LessonKind]:
    """All of them, in the order in which they were registered."""
    return list(_kinds.values())


def _text_problems(lesson: "Lesson") -> list[str]:
    return [] if lesson.body.strip() else ["It has no text yet."]


def _link_problems(lesson: "Lesson") -> list[str]:
    return [] if lesson.url else ["It has no link yet."]


TEXT = LessonKind("text", "Text", "file-text", "courses/kinds/_text.html", problems=_text_problems)
LINK = LessonKind(
    *("link", "Link", "external-link", "courses/kinds/_link.html"),
    fields=("url", "body"),
    rules=("opened", "button"),
    problems=_link_problems,
)
