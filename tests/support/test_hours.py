"""When support is open: days, nights, holidays, and the two nights on which the clock changes."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.support import hours
from apps.support.hours import OpeningHours
from tests import factories

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NINE, FIVE = 9 * 60, 17 * 60
OFFICE = {day: [(NINE, FIVE)] for day in range(5)}
EASTER = {date(2027, 3, 26): [], date(2027, 3, 29): []}
CHRISTMAS = {date(2026, 12, day): [] for day in (25, 26)}
HALF = CHRISTMAS | {date(2026, 12, day): [(NINE, 12 * 60)] for day in (24, 31)}
WHOLE = {day: [(0, 1440)] for day in range(7)}
CALENDARS = {
    "B": OpeningHours(OFFICE, EASTER | CHRISTMAS, zone=BERLIN),
    "B half": OpeningHours(OFFICE, EASTER | HALF, zone=BERLIN),
    "B none": OpeningHours(OFFICE, zone=BERLIN),
    "N": OpeningHours(
        {day: [(NINE, 750), (810, 18 * 60)] for day in range(5)}, {date(2026, 11, 26): []}, zone=NEW_YORK
    ),
    "K": OpeningHours(
        {day: [(600, 19 * 60)] for day in range(6)}, {date(2026, 11, 9): []}, zone=ZoneInfo("Asia/Kolkata")
    ),
    "A": OpeningHours(WHOLE, zone=BERLIN),
    "W": OpeningHours({day: [(0, 360), (22 * 60, 1440)] for day in range(7)}, zone=BERLIN),
    "S": OpeningHours({day: [(60, 240)] for day in range(7)}, zone=BERLIN),
}
OPENINGS = [
    ("B", "2026-11-18T17:00+01:00", "2026-11-19T09:00+01:00"),
    ("B", "2026-11-20T18:00+01:00", "2026-11-23T09:00+01:00"),
    ("B", "2027-03-25T17:30+01:00", "2027-03-30T09:00+02:00"),
    ("B half", "2026-12-24T12:00+01:00", "2026-12-28T09:00+01:00"),
    ("K", "2026-11-18T14:00+00:00", "2026-11-19T04:30+00:00"),
    ("N", "2026-11-18T13:00-05:00", "2026-11-18T13:30-05:00"),
    ("W", "2026-11-18T12:00+01:00", "2026-11-18T22:00+01:00"),
]
CLOSINGS = [
    ("B", "2026-11-18T16:59+01:00", "2026-11-18T17:00+01:00"),
    ("N", "2026-11-18T12:00-05:00", "2026-11-18T12:30-05:00"),
    ("W", "2026-11-18T23:00+01:00", "2026-11-19T06:00+01:00"),
    ("S", "2027-03-28T01:30+01:00", "2027-03-28T04:00+02:00"),
    ("A", "2026-11-18T23:59+01:00", None),
]
# Open minutes from one moment to another.
ELAPSED = [
    ("B", "2026-11-20T16:30+01:00", "2026-11-23T09:30+01:00", 60),
    ("B", "2027-03-26T09:00+01:00", "2027-03-30T09:30+02:00", 30),
    ("B none", "2027-03-26T16:00+01:00", "2027-03-29T09:45+02:00", 105),
    ("N", "2026-11-25T17:00-05:00", "2026-11-27T09:15-05:00", 75),
    ("A", "2027-03-28T00:00+01:00", "2027-03-29T00:00+02:00", 1380),
    ("A", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", 1500),
    ("B", "2026-11-21T10:00+01:00", "2026-11-22T20:00+01:00", 0),
    ("A", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", 60),
    ("S", "2027-03-28T00:00+01:00", "2027-03-29T00:00+02:00", 120),
    ("S", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", 240),
]
# Due dates: written, minutes of open time, due.
DUES = [
    ("B", "2026-11-18T10:00+01:00", 120, "2026-11-18T12:00+01:00"),
    ("B", "2026-11-18T07:00+01:00", 120, "2026-11-18T11:00+01:00"),
    ("B", "2026-11-20T16:30+01:00", 60, "2026-11-23T09:30+01:00"),
    ("B", "2026-11-20T16:00+01:00", 60, "2026-11-20T17:00+01:00"),
    ("B", "2026-11-21T11:00+01:00", 480, "2026-11-23T17:00+01:00"),
    ("B", "2026-11-20T17:00+01:00", 1, "2026-11-23T09:01+01:00"),
    ("B none", "2027-03-26T16:00+01:00", 120, "2027-03-29T10:00+02:00"),
    ("N", "2026-11-18T12:00-05:00", 60, "2026-11-18T14:00-05:00"),
    ("N", "2026-11-18T13:00-05:00", 30, "2026-11-18T14:00-05:00"),
    ("N", "2026-11-25T17:00-05:00", 480, "2026-11-27T17:00-05:00"),
    ("A", "2027-03-27T12:00+01:00", 1440, "2027-03-28T13:00+02:00"),
    ("A", "2026-10-24T12:00+02:00", 1440, "2026-10-25T11:00+01:00"),
    ("S", "2027-03-28T00:30+01:00", 150, "2027-03-29T01:30+02:00"),
    ("S", "2026-10-25T00:30+02:00", 225, "2026-10-25T03:45+01:00"),
    ("A", "2026-11-18T23:00+01:00", 120, "2026-11-19T01:00+01:00"),
    ("B", "2026-11-20T16:59+01:00", 2, "2026-11-23T09:01+01:00"),
]
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kolkata",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Apia",
]
CHANGES = [date(2026, 3, 8), date(2026, 3, 28), date(2026, 4, 4), date(2026, 4, 23), date(2026, 10, 3)]
CHANGES += [date(2026, 10, 24), date(2026, 10, 29), date(2026, 10, 31), date(2026, 7, 1)]


def elapsed(calendar: OpeningHours, start: datetime, end: datetime) -> int:
    total = timedelta()
    while (start := calendar.next_opening(start) or end) < end:
        closing = min(calendar.closes_at(start) or end, end)
        total += closing - start
        start = closing
    return int(total.total_seconds() // 60)


@pytest.mark.parametrize(("name", "at", "expected"), OPENINGS)
def test_closed_support_opens_again_at_the_next_opening(name, at, expected):
    assert not CALENDARS[name].is_open(datetime.fromisoformat(at))
    assert CALENDARS[name].next_opening(datetime.fromisoformat(at)) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(("name", "at", "expected"), CLOSINGS)
def test_open_support_closes_at_the_end_of_its_interval(name, at, expected):
    assert CALENDARS[name].is_open(datetime.fromisoformat(at))
    assert CALENDARS[name].closes_at(datetime.fromisoformat(at)) == (expected and datetime.fromisoformat(expected))


@pytest.mark.parametrize(("name", "start", "end", "minutes"), ELAPSED)
def test_open_time_is_counted_in_real_minutes(name, start, end, minutes):
    found = elapsed(CALENDARS[name], datetime.fromisoformat(start), datetime.fromisoformat(end))
    assert found == minutes


@pytest.mark.parametrize(("name", "written", "minutes", "due"), DUES)
def test_what_is_due_after_open_time_is_due_as_the_vectors_say(name, written, minutes, due):
    found = CALENDARS[name].after_open(datetime.fromisoformat(written), timedelta(minutes=minutes))
    assert found == datetime.fromisoformat(due)


def test_nothing_is_due_in_hours_that_never_come():
    never = OpeningHours({0: [(NINE, FIVE)]}, {date(2026, 11, 16) + timedelta(weeks=n): [] for n in range(80)})
    assert never.after_open(datetime(2026, 11, 18, tzinfo=UTC), timedelta(minutes=15)) is None


def random_calendar(rng: random.Random) -> OpeningHours:
    def intervals() -> list[tuple[int, int]]:
        edges = sorted(rng.sample([*range(0, 1440, 15), 1440], 2 * rng.randrange(3)))
        return list(zip(edges[::2], edges[1::2], strict=True))

    days = {rng.choice(CHANGES) + timedelta(days=rng.randrange(3)): intervals() for _ in range(2)}
    return OpeningHours({day: intervals() for day in range(7)}, days, zone=ZoneInfo(rng.choice(ZONES)))


@pytest.mark.parametrize("seed", range(60))
def test_openings_and_closings_equal_those_of_a_minute_by_minute_look(seed):
    rng = random.Random(seed)
    calendar = random_calendar(rng)
    at = datetime.combine(rng.choice(CHANGES), datetime.min.time(), UTC) + timedelta(minutes=rng.randrange(2880))
    for found, wanted in ((calendar.next_opening(at), True), (calendar.closes_at(at), False)):
        minutes = (at + timedelta(minutes=count) for count in range(9 * 1440))
        assert found == next((m for m in minutes if calendar.is_open(m) == wanted), found)
        assert found is None or calendar.is_open(found) == wanted


def test_support_without_hours_is_always_open_but_on_days_of_their_own(db):
    at = datetime(2026, 11, 18, 3, tzinfo=UTC)
    assert hours.is_open(at)
    assert hours.closes_at(at) is None
    factories.special_day(date=date(2026, 11, 18), name="Founders' Day")
    assert not hours.is_open(at)
    assert hours.opening_hours().closed_for(at) == "Founders' Day"


def test_the_hours_of_a_special_day_replace_those_of_its_weekday(db, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    factories.business_hours(weekday=2, opens=NINE, closes=FIVE)
    noon = datetime(2026, 11, 18, 12, tzinfo=BERLIN)
    assert hours.is_open(noon)
    day = factories.special_day(date=noon.date())
    assert not hours.is_open(noon)
    factories.business_hours(weekday=None, day=day, opens=13 * 60, closes=1440)
    assert hours.next_opening(noon) == noon.replace(hour=13)
    assert hours.closes_at(noon.replace(hour=14)) == datetime(2026, 11, 19, tzinfo=BERLIN)


def test_hours_that_never_come_have_no_opening():
    never = OpeningHours({0: [(0, 0)]}, zone=BERLIN)
    assert never.next_opening(datetime(2026, 11, 18, tzinfo=UTC)) is None
