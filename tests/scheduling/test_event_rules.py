"""What a change of a repeated event does to its rule and to days changed before; how many rows one person has."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.scheduling import actions
from apps.scheduling.actions import Happening, Scope, Which, events
from apps.scheduling.models import OwnEvent
from apps.scheduling.recurrence import Pattern, Rule

ALL, FOLLOWING = Scope.ALL, Scope.FOLLOWING
TUESDAY = date(2026, 1, 6)
OCTOBER = date(2026, 10, 13)


def repeated(first, rule=None, title="Choir", **more):
    return Happening(title, first, at=time(10), zone="UTC", minutes=60, rule=rule, **more)


def weekly(first, *weekdays, **more):
    return repeated(first, Rule(Pattern.WEEKLY, first, weekdays=frozenset(weekdays), **more))


def change(event, day, happening, scope):
    return actions.change_event(event.owner, event, happening, Which(scope, day))


def days(event, first, last):
    fresh = OwnEvent.objects.get(pk=event.pk)
    return [f"{day:%b %-d}" for day in fresh.dates(date.fromisoformat(first), date.fromisoformat(last))]


def test_all_days_without_a_repeat_are_the_day_that_was_opened(cast):
    event = actions.add_event(cast.teacher, weekly(TUESDAY))
    once = change(event, OCTOBER, repeated(OCTOBER), ALL)
    assert (once.first, once.repeats) == (OCTOBER, False)


@pytest.mark.parametrize("scope", [FOLLOWING, ALL])
@pytest.mark.parametrize(
    ("pattern", "interval", "found"),
    [
        (Pattern.MONTH_DAY, 1, ["Feb 28", "Mar 31", "Apr 30", "May 31"]),
        (Pattern.MONTH_WEEKDAY, 1, ["Feb 28", "Mar 28", "Apr 25", "May 30"]),
        (Pattern.WEEKLY, 4, ["Feb 28", "Mar 28", "Apr 25", "May 23"]),
    ],
)
def test_a_new_title_changes_no_dates(cast, scope, pattern, interval, found):
    """31 January 2026 is a fifth Saturday."""
    rule = Rule(pattern, date(2026, 1, 31), interval)
    event = actions.add_event(cast.teacher, repeated(rule.first, rule))
    day = date(2026, 2, 28)
    named = repeated(day, replace(rule, first=day), title="Orchestra")
    changed = change(event, day, named, scope)
    assert changed.title == "Orchestra"
    assert days(changed, "2026-02-01", "2026-05-31") == found
    whole = repeated(changed.first, replace(rule, first=changed.first), title="Band")
    again = actions.change_event(cast.teacher, changed, whole)
    assert days(again, "2026-02-01", "2026-05-31") == found


@pytest.mark.parametrize("scope", [FOLLOWING, ALL])
def test_weekdays_and_the_end_move_along_with_the_day(cast, scope):
    event = actions.add_event(cast.teacher, weekly(TUESDAY, 1, 3, until=date(2026, 10, 22)))
    moved = weekly(OCTOBER + timedelta(days=1), 1, 3, until=date(2026, 10, 22))
    changed = change(event, OCTOBER, moved, scope)
    assert days(changed, "2026-10-12", "2026-12-31") == ["Oct 14", "Oct 16", "Oct 21", "Oct 23"]
    assert changed.first == (TUESDAY + timedelta(days=1) if scope == ALL else date(2026, 10, 14))


@pytest.mark.parametrize("scope", [FOLLOWING, ALL])
@pytest.mark.parametrize("by", range(1, 7))
def test_every_second_week_stays_the_same_across_a_sunday(cast, scope, by):
    """On Sundays and Mondays, each day moves by as much, and a new title afterwards moves none."""
    sunday, monday, found = date(2026, 10, 4), date(2026, 10, 12), []
    rule = Rule(Pattern.WEEKLY, sunday, 2, frozenset({0, 6}))
    event = actions.add_event(cast.teacher, repeated(sunday, rule))
    old = [date(2026, 10, 18), date(2026, 10, 26), date(2026, 11, 1), date(2026, 11, 9), date(2026, 11, 15)]
    assert list(event.dates(date(2026, 10, 13), date(2026, 11, 15))) == old
    moved = monday + timedelta(days=by)
    changed = change(event, monday, repeated(moved, replace(rule, first=moved)), scope)
    for _ in range(2):
        found = list(changed.dates(moved, date(2026, 11, 15) + timedelta(days=by)))
        assert found == [moved, *(day + timedelta(days=by) for day in old)]
        day = found[1]
        changed = change(changed, day, repeated(day, replace(changed.rule, first=day), title="Band"), ALL)


@pytest.mark.parametrize("scope", [FOLLOWING, ALL])
def test_weekdays_that_were_chosen_hold_the_day(cast, scope):
    event = actions.add_event(cast.teacher, weekly(TUESDAY, 1))
    with pytest.raises(ValidationError) as error:
        change(event, OCTOBER, weekly(OCTOBER, 2), scope)
    assert list(error.value.message_dict) == ["first"]
    changed = change(event, OCTOBER, weekly(OCTOBER + timedelta(days=1), 2), scope)
    assert days(changed, "2026-10-12", "2026-10-25") == ["Oct 14", "Oct 21"]


@pytest.mark.parametrize(
    ("old", "day", "new", "found"),
    [
        # In April the second Wednesday comes before the second Tuesday.
        (
            Rule("month_weekday", date(2026, 1, 13)),
            OCTOBER,
            Rule("month_weekday", date(2026, 10, 14)),
            "Jan 14, Feb 11",
        ),
        (Rule("month_weekday", date(2026, 4, 14)), OCTOBER, Rule("month_weekday", date(2026, 10, 14)), "Apr 8, May 13"),
        (Rule("month_day", date(2026, 1, 31)), date(2026, 2, 28), Rule("month_day", date(2026, 3, 1)), "Feb 1, Mar 1"),
        # Every second week from now on, this one among them.
        (Rule("weekly", TUESDAY), date(2026, 1, 13), Rule("weekly", date(2026, 1, 13), 2), "Jan 13, Jan 27"),
        (Rule("weekly", TUESDAY), OCTOBER, Rule("month_day", OCTOBER), "Jan 13, Feb 13"),
    ],
)
def test_all_days_follow_the_one_that_was_changed(cast, old, day, new, found):
    event = actions.add_event(cast.teacher, repeated(old.first, old))
    changed = change(event, day, repeated(new.first, new), ALL)
    assert ", ".join(days(changed, "2026-01-01", "2026-12-31")[:2]) == found
    assert new.first in changed.dates(new.first, new.first)


@pytest.mark.parametrize("scope", [FOLLOWING, ALL])
def test_days_changed_by_themselves_stay_when_all_move(cast, scope):
    event = actions.add_event(cast.teacher, weekly(TUESDAY, 1, 2))
    apart = change(event, date(2026, 10, 20), repeated(date(2026, 10, 22), title="Concert", notes="Bus"), Scope.DAY)
    actions.delete_event(cast.teacher, event, Which(Scope.DAY, date(2026, 10, 21)))
    changed = change(event, OCTOBER, weekly(OCTOBER + timedelta(days=1), 1, 2), scope)
    assert days(changed, "2026-10-12", "2026-10-31") == ["Oct 14", "Oct 15", "Oct 28", "Oct 29"]
    apart.refresh_from_db()
    assert (apart.first, apart.title, apart.notes) == (date(2026, 10, 22), "Concert", "Bus")
    assert (apart.series, apart.instead_of) == (changed, date(2026, 10, 21))


def test_a_changed_day_that_the_event_lacks_now_is_an_event_of_its_own(cast):
    event = actions.add_event(cast.teacher, weekly(TUESDAY))
    kept, left_out = TUESDAY + timedelta(weeks=1), TUESDAY + timedelta(weeks=3)
    apart = change(event, kept, repeated(kept, title="Concert"), Scope.DAY)
    actions.delete_event(cast.teacher, event, Which(Scope.DAY, left_out))
    rare = replace(weekly(TUESDAY), rule=Rule(Pattern.WEEKLY, TUESDAY, 2))
    changed = change(event, TUESDAY, rare, ALL)
    apart.refresh_from_db()
    assert (apart.title, apart.series, apart.deleted_at) == ("Concert", None, None)
    changed = change(changed, TUESDAY, weekly(TUESDAY), ALL)
    assert days(changed, "2026-01-01", "2026-02-05") == ["Jan 6", "Jan 13", "Jan 20", "Feb 3"]
    change(changed, TUESDAY, repeated(TUESDAY), ALL)
    assert OwnEvent.objects.kept().count() == 2


def test_a_change_takes_as_many_queries_for_many_exceptions(cast):
    counts = []
    for number in (1, 12):
        event = actions.add_event(cast.teacher, weekly(TUESDAY))
        for week in range(1, number + 1):
            day = TUESDAY + timedelta(weeks=2 * week)
            change(event, day, repeated(day), Scope.DAY)
            actions.delete_event(cast.teacher, event, Which(Scope.DAY, day + timedelta(weeks=1)))
        moved = weekly(TUESDAY + timedelta(days=1))
        with CaptureQueriesContext(connection) as queries:
            change(event, TUESDAY, moved, ALL)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_person_has_a_limited_number_of_rows_and_can_always_delete(cast, monkeypatch):
    monkeypatch.setattr(events, "MOST_ROWS", 4)
    event = actions.add_event(cast.teacher, weekly(TUESDAY))
    for week in (1, 2, 3):
        actions.delete_event(cast.teacher, event, Which(Scope.DAY, TUESDAY + timedelta(weeks=week)))
    next_day = Which(Scope.DAY, TUESDAY + timedelta(weeks=4))
    with pytest.raises(ValidationError, match="deleted days at most"):
        actions.delete_event(cast.teacher, event, next_day)
    with pytest.raises(ValidationError, match="deleted days at most"):
        actions.change_event(cast.teacher, event, repeated(next_day.day), next_day)
    with pytest.raises(ValidationError, match="deleted days at most"):
        change(event, TUESDAY, weekly(TUESDAY + timedelta(days=1)), ALL)
    with pytest.raises(ValidationError, match="deleted days at most"):
        actions.add_event(cast.teacher, repeated(OCTOBER))
    actions.delete_event(cast.teacher, event)
    assert not OwnEvent.objects.kept().exists()


def test_an_end_that_nobody_changed_may_lie_before_the_day_it_moves_with(cast, client_for):
    event = actions.add_event(cast.teacher, weekly(TUESDAY, 1, until=OCTOBER))
    sent = {"title": "Choir", "first": "2026-10-14", "at": "10:00", "minutes": 60, "zone": "UTC", "shows": "busy"}
    sent |= {"pattern": "weekly", "interval": 1, "weekdays": ["1"], "until": "2026-10-13", "scope": "following"}
    client, page = client_for(cast.teacher), f"{event.get_absolute_url()}?day=2026-10-13"
    wrong = client.post(page, sent | {"weekdays": ["0"], "until": "2026-10-30"})
    assert (wrong.status_code, "wouldn’t repeat on this day" in wrong.text) == (422, True)
    assert "This is before the first day" in client.post(page, sent | {"until": "2026-10-12"}).text
    assert client.post(page, sent).status_code == 302
    new = OwnEvent.objects.kept().latest("pk")
    assert (new.first, new.until) == (date(2026, 10, 14), date(2026, 10, 14))


def test_an_older_calendars_day_says_what_became_of_it(cast, client_for):
    event = actions.add_event(cast.teacher, weekly(TUESDAY))
    apart = change(event, OCTOBER, repeated(OCTOBER), Scope.DAY)
    actions.delete_event(cast.teacher, event, Which(Scope.DAY, OCTOBER + timedelta(weeks=1)))
    client, page = client_for(cast.teacher), event.get_absolute_url()
    changed = client.get(f"{page}?day=2026-10-13").text
    assert "You changed this event on" in changed
    assert f'href="{apart.get_absolute_url()}"' in changed
    assert "You deleted this event on" in client.get(f"{page}?day=2026-10-20").text
    gone = client.get(f"{page}?day=2026-10-14").text
    assert "This event is no longer on" in gone
    assert 'href="/calendar/?week=2026-W42"' in gone
    for text in (changed, gone):
        assert 'method="post" novalidate' not in text
    assert 'name="scope"' in client.get(f"{page}?day=2026-10-27").text
