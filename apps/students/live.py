"""Which page hears of which change."""

from collections.abc import Iterable

from apps.realtime.publish import signal


def record_changed(student_ids: Iterable[int]) -> None:
    """Have every open page that shows one of these records read it again; the event carries nothing of it."""
    for pk in student_ids:
        signal(f"student-{pk}")
