"""What stands below a lesson on its page, registered by the app that owns it when it is ready.

It is fetched from its own address after the lesson, which knows nothing else of it; without script it is a link.
"""

from collections.abc import Callable
from typing import NamedTuple

from apps.courses.access import Access
from apps.courses.models import Lesson


class Below(NamedTuple):
    """A region: its element's id, the words of the link to it, and its address, whose fragment has that id."""

    name: str
    label: str
    url: str


# Takes a reader's access and a lesson that is open to them; returns None where there is nothing for them.
Maker = Callable[[Access, Lesson], Below | None]

_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """Add a region; called once, when the owning app is ready."""
    _makers.append(maker)


def regions(access: Access, lesson: Lesson) -> list[Below]:
    """What stands below this lesson for this reader."""
    return [each for make in _makers if (each := make(access, lesson))]
