"""Element ids: made here alone, so that templates, fragments and tests agree."""

from django.db.models import Model


def element_id(thing: Model | str, part: str = "") -> str:
    """The id of the element that shows `thing`: `message-12`, or `student-12-row` for its part `row`."""
    base = thing if isinstance(thing, str) else f"{thing._meta.model_name}-{thing.pk}"
    return f"{base}-{part}" if part else base
