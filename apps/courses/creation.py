"""What belongs to every course, made with it however it is created: by a form, in the admin, or many at once."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.courses.models import Course

type Maker = Callable[[Sequence["Course"]], None]

_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """Have new courses, in the transaction that creates them, given to `maker`; called once, when an app is ready."""
    _makers.append(maker)


def created(courses: Sequence["Course"]) -> None:
    """These were just created."""
    for maker in _makers:
        maker(courses)
