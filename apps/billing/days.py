"""The academy's calendar."""

from datetime import date, datetime

from django.utils import timezone


def academy_now() -> datetime:
    """Now, on the academy's clock (settings.TIME_ZONE)."""
    return timezone.localtime(timezone=timezone.get_default_timezone())


def academy_today() -> date:
    """Today's date where the academy is (settings.TIME_ZONE).

    Not the reader's: a fee falls due on a day of the academy's calendar, and two people who look at the same list from
    two continents must see the same debts, equally old.
    """
    return academy_now().date()
