"""What each person is told as they chose it: marks, reminders, and what several series of a batch have become."""

from datetime import time, timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.notifications import fanout
from apps.notifications.models import Event, Notification, Preference
from apps.notifications.notification_types import get
from apps.scheduling import actions, notices
from apps.scheduling.models import SeriesChange
from tests import factories


@pytest.fixture
def booked(cast):
    day = (timezone.now() + timedelta(days=30)).date()
    own = {"teacher": cast.teacher, "students": (cast.amina, cast.bruno), "zone": "UTC", "minutes": 60}
    booking = actions.book(cast.staff, actions.Lesson("Algebra", day=day, at=time(15), **own))
    Event.objects.all().delete()
    return booking


def turn_off(user, *kinds):
    """Nothing of these kinds comes to this person."""
    for kind in kinds:
        for way in get(kind).offered:
            Preference.objects.create(user=user, kind=kind, way=way, wanted=False)


def told(user):
    for key in Event.objects.values_list("key", flat=True):
        fanout.tell(key)
    return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True))


def test_a_mark_is_told_to_students_who_want_to_know(cast, booked):
    turn_off(cast.bruno_user, "attendance")
    turn_off(cast.amina_user, "lesson_moved")
    with time_machine.travel(booked.start + timedelta(minutes=5), tick=False):
        for student in (cast.amina, cast.bruno):
            actions.mark(cast.teacher, booked, student, "absent")
        assert told(cast.amina_user) == ["attendance"]
        assert told(cast.bruno_user) == []


def test_only_the_kind_that_was_turned_off_stays_away(cast, booked):
    turn_off(cast.amina_user, "lesson_moved")
    actions.move(cast.staff, booked, booked.day, time(17), "UTC", 60)
    assert (told(cast.amina_user), told(cast.bruno_user)) == ([], ["lesson_moved"])
    actions.call_off(cast.staff, booked, "Ill")
    assert "lesson_off" in told(cast.amina_user)


def test_who_chose_one_reminder_gets_that_one(cast, booked):
    turn_off(cast.amina_user, "reminder_day", "reminder_half")
    with time_machine.travel(booked.start - timedelta(hours=24), tick=False) as clock:
        for before in (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=30)):
            clock.move_to(booked.start - before)
            assert notices.remind() == 1
        assert told(cast.amina_user) == ["reminder_hour"]
        # Half an hour before comes by no way unless one chooses it.
        assert told(cast.bruno_user) == ["reminder_day", "reminder_hour"]


def test_a_moved_lesson_sends_no_reminder_for_its_old_hour(cast, booked):
    was = booked.start
    moved = actions.move(cast.staff, booked, booked.day + timedelta(days=3), booked.at, "UTC", 60)
    with time_machine.travel(was - timedelta(hours=24), tick=False) as clock:
        for before in (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=30)):
            clock.move_to(was - before + timedelta(minutes=1))
            assert notices.remind() == 0
        clock.move_to(moved.start - timedelta(hours=24))
        assert notices.remind() == 1


def test_what_everyone_is_shown_of_a_batch_counts_no_lessons(cast):
    """One who gives some of them would read of more than theirs."""
    series = [factories.series(batch=cast.batch, teacher=teacher) for teacher in (cast.teacher, cast.teacher2)]
    changes = [SeriesChange.objects.create(series=each, kind="resumed") for each in series]
    own = {"changes": {str(change.pk): 3 for change in changes}, "first": "2026-10-13"}
    event = Event(key="series-1", kind="lesson_series", thing=changes[0].pk, data=own)
    shown = get("lesson_series").show(event)
    assert shown.more["batch"] == cast.batch.name
    assert "lessons" not in shown.more


def test_a_days_list_has_its_lessons_also_of_days_that_passed(cast, client_for, booked):
    with time_machine.travel(booked.end + timedelta(days=2)):
        client = client_for(cast.teacher)
        assert f'data-booking="{booked.pk}"' in client.get(f"/calendar/?view=list&day={booked.day}").text
        later = booked.day + timedelta(days=1)
        assert f'data-booking="{booked.pk}"' not in client.get(f"/calendar/?view=list&day={later}").text
