"""One day of a repeated event, or it and those that follow: changed, left out, and told to subscribers' calendars."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
import vobject
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.scheduling import actions
from apps.scheduling.actions import Happening, Scope, Which
from apps.scheduling.models import OwnEvent
from apps.scheduling.own_events import blocks_of
from apps.scheduling.part import SchedulingPart
from apps.scheduling.recurrence import Pattern, Rule

TITLE = "Canary and dentist"


@pytest.fixture
def first():
    return timezone.now().date() + timedelta(days=3)


@pytest.fixture
def event(cast, first):
    return actions.add_event(cast.amina_user, weekly(first))


def weekly(first, **more):
    own = {"at": time(10), "zone": "UTC", "minutes": 60, "notes": "Teeth"}
    return Happening(TITLE, first, **own | {"rule": Rule(Pattern.WEEKLY, first)} | more)


def once(day, **more):
    return weekly(day, rule=None, **more)


def day_of(first, number):
    return first + timedelta(weeks=number)


def shown(user, first, weeks=5):
    days = [first + timedelta(days=number) for number in range(7 * weeks)]
    return [(block.first, block.start.hour) for block in blocks_of(user, [user.pk], days, "UTC")]


def told(client, secret):
    """The events of a feed by UID: each stands there once."""
    events = vobject.readOne(client.get(f"/feeds/{secret}.ics").content.decode()).contents.get("vevent", [])
    found = {event.uid.value: event for event in events}
    assert len(found) == len(events)
    return found


@pytest.fixture
def subscriber(cast, client):
    """A calendar elsewhere: its feed read again and again, in which no UID vanishes and no SEQUENCE falls."""

    class Subscriber:
        secret = actions.create_feed(cast.amina_user)[1]
        seen: dict = {}

        def read(self):
            new = told(client, self.secret)
            now = timezone.now()
            near = now + timedelta(days=300)
            for uid, event in self.seen.items():
                start = event.dtstart.value
                if isinstance(start, datetime) and start < near:
                    assert uid in new, "it vanished"
                    changed = (event.dtstart.value, event.status.value) != (
                        new[uid].dtstart.value,
                        new[uid].status.value,
                    )
                    assert int(new[uid].sequence.value) >= int(event.sequence.value) + changed
            self.seen = new
            return sorted(event.dtstart.value for event in new.values() if event.status.value == "CONFIRMED")

    return Subscriber()


def at(day, hour=10):
    return datetime.combine(day, time(hour), tzinfo=UTC)


def test_only_this_day_is_changed_and_keeps_its_uid(cast, event, first, subscriber, client):
    subscriber.read()
    uid = next(uid for uid, each in subscriber.seen.items() if each.dtstart.value == at(day_of(first, 1)))
    moved = day_of(first, 1) + timedelta(days=1)
    change = once(moved, at=time(15))
    apart = actions.change_event(cast.amina_user, event, change, Which(Scope.DAY, day_of(first, 1)))
    assert shown(cast.amina_user, first)[:3] == [(first, 10), (moved, 15), (day_of(first, 2), 10)]
    assert subscriber.read()[:3] == [at(first), at(moved, 15), at(day_of(first, 2))]
    assert subscriber.seen[uid].dtstart.value == at(moved, 15)
    actions.change_event(cast.amina_user, apart, once(moved, at=time(16)))
    assert subscriber.read()[1] == at(moved, 16)
    assert subscriber.seen[uid].dtstart.value == at(moved, 16)


def test_only_this_day_is_left_out_and_told_as_cancelled(cast, event, first, subscriber, client):
    subscriber.read()
    actions.delete_event(cast.amina_user, event, Which(Scope.DAY, day_of(first, 1)))
    assert [day for day, _ in shown(cast.amina_user, first)][:2] == [first, day_of(first, 2)]
    assert subscriber.read()[:2] == [at(first), at(day_of(first, 2))]
    (off,) = (each for each in subscriber.seen.values() if each.status.value == "CANCELLED")
    assert off.dtstart.value == at(day_of(first, 1))
    with pytest.raises(ValidationError, match="no longer on this day"):
        actions.delete_event(cast.amina_user, event, Which(Scope.DAY, day_of(first, 1)))
    with time_machine.travel(timezone.now() + timedelta(days=63), tick=False):
        actions.forget_deleted_events()
        assert not any(each.status.value == "CANCELLED" for each in told(client, subscriber.secret).values())
        assert day_of(first, 1) not in [day for day, _ in shown(cast.amina_user, first)]


def test_this_and_the_following_are_changed(cast, event, first, subscriber):
    subscriber.read()
    actions.change_event(
        cast.amina_user, event, once(day_of(first, 3), at=time(12)), Which(Scope.DAY, day_of(first, 3))
    )
    changed = weekly(day_of(first, 2), at=time(8))
    new = actions.change_event(cast.amina_user, event, changed, Which(Scope.FOLLOWING, day_of(first, 2)))
    expected = [(first, 10), (day_of(first, 1), 10), (day_of(first, 2), 8), (day_of(first, 3), 12)]
    assert shown(cast.amina_user, first)[:5] == [*expected, (day_of(first, 4), 8)]
    assert subscriber.read()[:5] == [at(day, hour) for day, hour in [*expected, (day_of(first, 4), 8)]]
    assert new != event
    tomorrow = weekly(day_of(first, 4) + timedelta(days=1))
    actions.change_event(cast.amina_user, new, tomorrow, Which(Scope.FOLLOWING, day_of(first, 4)))
    assert subscriber.read()[4:6] == [at(tomorrow.first), at(tomorrow.first + timedelta(weeks=1))]


def test_this_and_the_following_are_deleted(cast, event, first, subscriber):
    actions.change_event(cast.amina_user, event, once(day_of(first, 3)), Which(Scope.DAY, day_of(first, 3)))
    subscriber.read()
    actions.delete_event(cast.amina_user, event, Which(Scope.FOLLOWING, day_of(first, 2)))
    assert shown(cast.amina_user, first) == [(first, 10), (day_of(first, 1), 10)]
    assert subscriber.read() == [at(first), at(day_of(first, 1))]
    actions.delete_event(cast.amina_user, event, Which(Scope.FOLLOWING, first))
    assert subscriber.read() == []


def test_all_days_are_changed_from_one_of_them(cast, event, first, subscriber):
    """The series moves by as much as its day was moved; days that were changed or left out by themselves stay so."""
    actions.delete_event(cast.amina_user, event, Which(Scope.DAY, day_of(first, 1)))
    actions.change_event(
        cast.amina_user, event, once(day_of(first, 2), at=time(18)), Which(Scope.DAY, day_of(first, 2))
    )
    subscriber.read()
    changed = weekly(day_of(first, 3), at=time(9))
    actions.change_event(cast.amina_user, event, changed, Which(Scope.ALL, day_of(first, 3)))
    assert shown(cast.amina_user, first)[:3] == [(first, 9), (day_of(first, 2), 18), (day_of(first, 3), 9)]
    assert subscriber.read()[:2] == [at(first, 9), at(day_of(first, 2), 18)]
    later = day_of(first, 3) + timedelta(days=2)
    actions.change_event(cast.amina_user, event, weekly(later), Which(Scope.ALL, day_of(first, 3)))
    moved = [(day_of(first, number) + timedelta(days=2), 10) for number in (0, 3, 4)]
    assert shown(cast.amina_user, first) == [moved[0], (day_of(first, 2), 18), *moved[1:]]
    assert subscriber.read()[:3] == [at(first + timedelta(days=2)), at(day_of(first, 2), 18), at(*moved[1])]


def test_a_deleted_event_is_cancelled_for_two_months_and_keeps_no_words(cast, client, first, subscriber):
    event = actions.add_event(cast.amina_user, once(first + timedelta(days=80)))
    subscriber.read()
    actions.delete_event(cast.amina_user, event)
    assert subscriber.read() == []
    text = client.get(f"/feeds/{subscriber.secret}.ics").content.decode()
    assert "STATUS:CANCELLED" in text
    assert "Canary" not in text
    assert TITLE not in str(OwnEvent.objects.values())
    assert "Teeth" not in str(OwnEvent.objects.values())
    assert not OwnEvent.objects.visible_to(cast.amina_user).exists()
    assert SchedulingPart().own_data(cast.amina_user)["own_events"] == []
    assert actions.forget_deleted_events() == 0
    with time_machine.travel(timezone.now() + timedelta(days=63), tick=False):
        assert told(client, subscriber.secret) == {}
        assert actions.forget_deleted_events() == 1
    assert not OwnEvent.objects.exists()


def test_one_that_is_free_now_vanishes_from_the_busy_times(cast, client, first):
    event = actions.add_event(cast.amina_user, once(first))
    secret = actions.create_feed(cast.amina_user, busy_only=True)[1]
    actions.change_event(cast.amina_user, event, once(first, is_busy=False))
    (only,) = told(client, secret).values()
    assert (only.status.value, only.summary.value) == ("CANCELLED", "Busy")
    actions.change_event(cast.amina_user, event, once(first))
    (only,) = told(client, secret).values()
    assert only.status.value == "CONFIRMED"


def test_one_day_that_is_free_now_is_cancelled_in_the_busy_times(cast, client, event, first):
    secret = actions.create_feed(cast.amina_user, busy_only=True)[1]
    day = day_of(first, 1)
    (uid,) = (uid for uid, each in told(client, secret).items() if each.dtstart.value == at(day))
    apart = actions.change_event(cast.amina_user, event, once(day, is_busy=False), Which(Scope.DAY, day))
    off = told(client, secret)[uid]
    assert (off.status.value, off.summary.value) == ("CANCELLED", "Busy")
    actions.change_event(cast.amina_user, apart, once(day))
    again = told(client, secret)[uid]
    assert (again.status.value, int(again.sequence.value) > int(off.sequence.value)) == ("CONFIRMED", True)


def test_a_busy_day_of_a_free_event_is_cancelled_where_it_was_when_all_move(cast, client, first):
    event = actions.add_event(cast.amina_user, weekly(first, is_busy=False))
    day = day_of(first, 1)
    actions.change_event(cast.amina_user, event, once(day), Which(Scope.DAY, day))
    secret = actions.create_feed(cast.amina_user, busy_only=True)[1]
    (uid,) = told(client, secret)
    later = weekly(first + timedelta(days=1), is_busy=False)
    actions.change_event(cast.amina_user, event, later, Which(Scope.ALL, first))
    assert sorted(each.status.value for each in told(client, secret).values()) == ["CANCELLED", "CONFIRMED"]
    assert told(client, secret)[uid].status.value == "CANCELLED"


def test_moved_to_another_day_a_single_one_keeps_its_uid(cast, first, subscriber):
    event = actions.add_event(cast.amina_user, once(first))
    subscriber.read()
    actions.change_event(cast.amina_user, event, once(first + timedelta(days=1)))
    assert subscriber.read() == [at(first + timedelta(days=1))]
    assert len(subscriber.seen) == 1


def test_it_takes_as_many_queries_for_many_exceptions(cast, client, event, first, query_count, subscriber):
    days = [first + timedelta(days=number) for number in range(35)]

    def look():
        return blocks_of(cast.amina_user, [cast.amina_user.pk], days, "UTC")

    few, feed = query_count(look), query_count(lambda: told(client, subscriber.secret))
    for number in (1, 2):
        actions.delete_event(cast.amina_user, event, Which(Scope.DAY, day_of(first, number)))
        other = actions.add_event(cast.amina_user, weekly(first))
        actions.change_event(cast.amina_user, other, once(first), Which(Scope.DAY, first))
    assert query_count(look) == few <= 2
    assert query_count(lambda: told(client, subscriber.secret)) == feed


def test_the_page_asks_which_days_and_says_when_one_is_gone(cast, client_for, event, first):
    student = client_for(cast.amina_user)
    second, third = day_of(first, 1), day_of(first, 2)
    page = f"/calendar/events/{event.pk}/?day={second.isoformat()}"
    assert page in student.get(f"/calendar/?day={second.isoformat()}").content.decode()
    form = student.get(page).content.decode()
    assert f'value="{second.isoformat()}"' in form
    assert [label in form for label in ("Only this day", "This and the following", "All days")] == [True] * 3
    sent = {"title": "Moved", "first": second.isoformat(), "at": "15:00", "minutes": 60, "zone": "UTC"}
    sent |= {"shows": "busy", "pattern": "weekly", "interval": 1}
    nothing = student.post(page, sent)
    assert (nothing.status_code, "Choose which days" in nothing.content.decode()) == (422, True)
    assert student.post(page, sent | {"scope": "day"}).status_code == 302
    apart = OwnEvent.objects.get(title="Moved")
    assert (apart.series, apart.instead_of, apart.repeats) == (event, second, False)
    assert "Repeats" not in student.get(apart.get_absolute_url()).content.decode()
    gone = student.post(page, sent | {"scope": "day"})
    assert gone.status_code == 422
    assert "no longer on this day" in gone.content.decode()
    deletion = f"/calendar/events/{event.pk}/deletion/?day={third.isoformat()}"
    assert f'action="{deletion}"' in student.get(page.replace(second.isoformat(), third.isoformat())).content.decode()
    assert student.post(deletion, {"scope": "day"}).status_code == 302
    assert student.post(deletion, {"scope": "day"}, follow=True).status_code == 200
    assert [day for day, _ in shown(cast.amina_user, first)][2:] == [day_of(first, 3), day_of(first, 4)]
    student.post(f"/calendar/events/{event.pk}/deletion/?day={day_of(first, 3).isoformat()}", {"scope": "following"})
    assert shown(cast.amina_user, first) == [(first, 10), (second, 15)]
