"""Where a person is: their clock, and the language they write dates and numbers in."""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from babel import Locale
from babel.core import get_global
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from apps.accounts.models import User
from apps.core import formats
from apps.core.text import one_line

# What lies in these is a place; the rest of the IANA database are other names, offsets and history.
CONTINENTS = {
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"),
}


class Zone(NamedTuple):
    """A time zone (IANA), its city, and its country in English; no country for UTC and the like."""

    name: str
    city: str
    country: str

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.city, self.country)))


@contextmanager
def clock_and_language(user: User | AnonymousUser, accepted: str) -> Iterator[None]:
    """Write for this person while the block runs; `accepted` are the languages that their browser asks for."""
    name = getattr(user, "time_zone", "") or settings.TIME_ZONE
    locale = getattr(user, "locale", "") or formats.preferred(accepted)
    with timezone.override(zoneinfo.ZoneInfo(name)), formats.reading(locale):
        yield


@cache
def zones() -> tuple[Zone, ...]:
    """Those that people are offered, by name."""
    countries = get_global("zone_territories")
    names = Locale("en").territories
    found = [Zone("UTC", "Universal time", "")]
    for name in sorted(zoneinfo.available_timezones()):
        continent, _, city = name.partition("/")
        # Another name of a zone has no country of its own.
        if continent in CONTINENTS and name in countries:
            found.append(Zone(name, city.rpartition("/")[2].replace("_", " "), names.get(countries[name], "")))
    return tuple(found)


def find_zone(text: str) -> str:
    """The zone that was typed: its name in any case, or that of one city alone; empty where there is no such zone."""
    typed = one_line(text).replace(" ", "_").casefold()
    for name in zoneinfo.available_timezones():
        if name.casefold() == typed:
            return name
    cities = [zone.name for zone in zones() if zone.city.replace(" ", "_").casefold() == typed]
    return cities[0] if len(cities) == 1 else ""
