"""The academy's calendar: due, overdue, running, ended and enrolled are facts about its days, not about a reader's.

A fee falls due on a day of the academy's calendar, and two people who look at the same list from two continents must
see the same debts, equally old, and the same batches running. The times of what people did (messages, sign-ins) are
the reader's: `core.formats` shows those.
"""

from datetime import date, datetime, time

from django.utils import timezone


def academy_now() -> datetime:
    """Now, on the academy's clock (settings.TIME_ZONE)."""
    return timezone.localtime(timezone=timezone.get_default_timezone())


def academy_today() -> date:
    """Today's date where the academy is."""
    return academy_now().date()


def academy_day(moment: datetime) -> date:
    """The date of a moment where the academy is."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def academy_midnight(day: date) -> datetime:
    """The moment when a day begins where the academy is."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())
