"""The free times offered after a clash can be typed into the form: never the second of an hour that is twice."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from apps.scheduling import actions
from apps.scheduling.actions import Lesson, Terms, WallTime, Wish
from apps.scheduling.wall_time import moment

# A zone, the night on which its clocks go back, and the hour that is taken from then on until they have gone back.
NIGHTS = {
    "by an hour": ("Europe/Berlin", date(2027, 10, 31), time(2)),
    "by half an hour": ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 30)),
}


@pytest.fixture(params=NIGHTS)
def night(request, cast):
    zone, day, at = NIGHTS[request.param]
    offsets = [datetime.combine(day, time(hour), ZoneInfo(zone)).utcoffset() for hour in (0, 12)]
    own = {"zone": zone, "minutes": int((offsets[0] - offsets[1]).total_seconds() // 60)}
    with time_machine.travel(datetime(2026, 11, 30, 12, tzinfo=UTC), tick=False):
        actions.book(cast.staff, Lesson("Taken", cast.teacher, day, at, students=(cast.bruno,), **own))
        yield zone, day, at


def asked(cast, zone, day, at):
    wish = Wish(cast.amina, cast.teacher, "Algebra", 15, WallTime(day, at, zone))
    actions.ask(cast.amina_user, wish)


def booked(cast, zone, day, at):
    actions.book(cast.staff, Lesson("Algebra", cast.teacher, day, at, zone, 15, students=(cast.amina,)))


def proposed(cast, zone, day, at):
    later = Lesson("Algebra", cast.teacher, day + timedelta(days=9), time(15), zone, 15, students=(cast.amina,))
    lesson = actions.book(cast.staff, later)
    actions.propose(cast.amina_user, lesson, Terms([WallTime(day, at, zone)]))


@pytest.mark.parametrize("way", [asked, booked, proposed])
def test_each_offered_time_is_what_its_wall_time_means(cast, night, way):
    zone, day, at = night
    with pytest.raises(actions.Clash) as clash:
        way(cast, zone, day, at)
    assert len(clash.value.nearest) == 3
    for start in clash.value.nearest:
        wall = start.astimezone(ZoneInfo(zone))
        assert moment(wall.date(), wall.time(), zone).at == start
