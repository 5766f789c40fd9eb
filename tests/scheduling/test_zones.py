"""A release of the zone data changes the law of a place: lessons to come follow their wall time (vectors V9, V10)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from apps.notifications.models import Event
from apps.scheduling import actions
from apps.scheduling.models import Booking, Claim
from apps.scheduling.wall_time import release
from tests import factories

OLD = "2025.2"
CASABLANCA = "Africa/Casablanca"


@pytest.fixture(autouse=True)
def autumn():
    """After Morocco went to UTC for good, and before the lessons."""
    with time_machine.travel(datetime(2026, 11, 2, tzinfo=UTC), tick=False):
        yield


def stored_before(cast, hour, utc_hour, zone=CASABLANCA, teacher=None, minutes=60):
    """A lesson on 1 December as the data of 2025 understood it, with the time it takes."""
    teacher = teacher or cast.teacher
    row = factories.booking(
        teacher=teacher, students=[cast.amina], day=date(2026, 12, 1), at=time(hour), zone=zone, minutes=minutes
    )
    start = datetime(2026, 12, 1, utc_hour, tzinfo=UTC)
    Booking.objects.filter(pk=row.pk).update(start=start, end=start + timedelta(minutes=minutes), zone_release=OLD)
    row.refresh_from_db()
    for resource in row.resources():
        Claim.objects.create(resource=resource, start=row.start, end=row.end, booking=row)
    return row


def at_six(day):
    """Six in the evening in Casablanca, as the data of 2025 understood it."""
    start = datetime.combine(day, time(17), UTC)
    wall = {"zone": CASABLANCA, "day": day, "at": time(18), "zone_release": OLD}
    return wall | {"start": start, "end": start + timedelta(hours=1)}


def taken(teacher):
    rows = Claim.objects.filter(resource=f"user-{teacher.pk}").order_by("start")
    return [(start.hour, end.hour) for start, end in rows.values_list("start", "end")]


def test_a_lesson_keeps_its_wall_time_and_everyone_is_told(cast):
    lesson = stored_before(cast, 18, 17)
    assert actions.follow_zone_data() == 1
    lesson.refresh_from_db()
    assert (lesson.at, lesson.start.hour, lesson.end.hour, lesson.sequence) == (time(18), 18, 19, 1)
    assert lesson.zone_release == release()
    assert taken(cast.teacher) == [(18, 19)]
    move = lesson.moves.get()
    assert (move.was_start.hour, move.by, "rules of Africa/Casablanca" in move.why) == (17, None, True)
    assert set(Event.objects.get(kind="lesson_moved").people) == {cast.teacher.pk, cast.amina_user.pk}
    assert actions.follow_zone_data() == 0
    assert lesson.moves.count() == 1


def test_lessons_one_after_another_give_way_to_each_other(cast):
    for hour in (15, 16, 17, 18):
        stored_before(cast, hour, hour - 1)
    assert actions.follow_zone_data() == 4
    assert taken(cast.teacher) == [(15, 16), (16, 17), (17, 18), (18, 19)]


def test_a_lesson_whose_new_hour_is_taken_stays_and_is_told_once_until_it_can_follow(cast):
    lesson = stored_before(cast, 18, 17)
    other = stored_before(cast, 18, 18, zone="UTC")
    for _ in range(2):
        assert actions.follow_zone_data() == 0
    lesson.refresh_from_db()
    assert (lesson.start.hour, lesson.zone_release) == (17, OLD)
    assert taken(cast.teacher) == [(17, 18), (18, 19)]
    assert Event.objects.get(kind="lesson_stays").thing == lesson.pk
    actions.call_off(cast.staff, other, "Ill")
    assert actions.follow_zone_data() == 1
    assert taken(cast.teacher) == [(18, 19)]


def test_the_past_and_what_the_new_rules_do_not_touch_stays(cast):
    past = stored_before(cast, 18, 17)
    berlin = stored_before(cast, 10, 9, zone="Europe/Berlin")
    with time_machine.travel(datetime(2026, 12, 1, 17, 30, tzinfo=UTC), tick=False):
        assert actions.follow_zone_data() == 0
    past.refresh_from_db()
    assert (past.start.hour, past.zone_release) == (17, OLD)
    assert actions.follow_zone_data() == 1
    berlin.refresh_from_db()
    assert (berlin.start.hour, berlin.zone_release, berlin.sequence) == (9, release(), 0)


def test_requests_and_proposals_of_other_moments(cast):
    asked = factories.lesson_request(student=cast.amina, teacher=cast.teacher)
    wish = factories.request_time(request=asked)
    type(wish).objects.filter(pk=wish.pk).update(**at_six(date(2026, 12, 1)))
    lesson = stored_before(cast, 9, 9, zone="UTC")
    times = [actions.WallTime(date(2026, 12, 2), time(18), CASABLANCA)]
    proposal = actions.propose(cast.amina_user, lesson, actions.Terms(times))
    offered = proposal.times.get()
    assert taken(cast.teacher) == [(9, 10), (18, 19)]
    type(offered).objects.filter(pk=offered.pk).update(**at_six(date(2026, 12, 2)))
    actions.follow_zone_data()
    wish.refresh_from_db()
    proposal.refresh_from_db()
    assert (wish.start.hour, wish.zone_release) == (18, release())
    assert proposal.state == "withdrawn"
    assert taken(cast.teacher) == [(9, 10)]
