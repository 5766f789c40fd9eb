"""When an enrollment holds a place, and when it opens its course: conditions for queries of any model."""

from datetime import datetime

from django.db.models import Q

from apps.core.academy_calendar import academy_day


def not_ended(at: datetime, prefix: str = "") -> Q:
    """Enrollments that hold a place at a moment: neither withdrawn nor run out. They may begin later.

    `prefix` leads from another model to the enrollment, as in `enrollments__`. A batch whose end ends the access does
    so at the end of its last day on the academy's calendar.
    """
    open_end = Q(**{f"{prefix}expires_at": None}) | Q(**{f"{prefix}expires_at__gt": at})
    batch = f"{prefix}batch"
    outlived = (
        Q(**{batch: None})
        | Q(**{f"{batch}__end_ends_access": False})
        | Q(**{f"{batch}__end": None})
        | Q(**{f"{batch}__end__gte": academy_day(at)})
    )
    return Q(**{f"{prefix}is_active": True}) & open_end & outlived


def valid(at: datetime, prefix: str = "") -> Q:
    """Enrollments that open their course at a moment."""
    return not_ended(at, prefix) & Q(**{f"{prefix}enrolled_at__lte": at})
