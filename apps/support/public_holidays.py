"""Public holidays of the academy's country, proposed by the library `holidays`; staff take those that close it."""

from datetime import date, timedelta
from typing import NamedTuple

from django.conf import settings

from apps.core.academy_calendar import academy_today
from apps.support.models import SpecialDay

AHEAD = timedelta(days=365)
MAX_NAME = 80


class Holiday(NamedTuple):
    """A day of the country's calendar and what it is called there, in English where the library knows."""

    date: date
    name: str


def proposed() -> list[Holiday]:
    """The public holidays of the coming year that aren't special days yet; none without HOMEROOM_COUNTRY."""
    if not settings.COUNTRY:
        return []
    import holidays

    country, _, region = settings.COUNTRY.partition("-")
    subdiv, today = region or None, academy_today()
    languages = holidays.country_holidays(country, subdiv).supported_languages
    english = next((language for language in ("en_US", "en_GB", "en") if language in languages), None)
    days = holidays.country_holidays(country, subdiv, years=[today.year, today.year + 1], language=english)
    known = set(SpecialDay.objects.filter(date__gte=today).values_list("date", flat=True))
    coming = sorted(day for day in days if today <= day < today + AHEAD and day not in known)
    return [Holiday(day, days[day][:MAX_NAME]) for day in coming]
