"""Snoozes and calls for help go by the hours of support, special days included; without hours by the clock."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import Role
from apps.support import actions
from apps.support.models import BusinessHours, SpecialDay, Ticket
from apps.support.snoozing import choices, until
from apps.support.states import Status
from tests import factories
from tests.support.test_states import in_state

NINE, FIVE = 9 * 60, 17 * 60


@pytest.fixture
def office(db, settings):
    """Monday to Friday in Berlin; the 23rd of November is a half day from one, the 24th is closed."""
    settings.TIME_ZONE = "Europe/Berlin"
    timezone.get_default_timezone.cache_clear()
    for day in range(5):
        BusinessHours.objects.create(weekday=day, opens=NINE, closes=FIVE)
    half = SpecialDay.objects.create(date=date(2026, 11, 23), name="Half a day")
    BusinessHours.objects.create(day=half, opens=13 * 60, closes=FIVE)
    SpecialDay.objects.create(date=date(2026, 11, 24), name="A holiday")
    yield
    timezone.get_default_timezone.cache_clear()


def offered(at):
    return [(each.label, each.until) for each in choices(datetime.fromisoformat(at))]


def moment(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        (
            "2026-11-18T10:00+01:00",
            [
                ("Later today", "2026-11-18T13:00+01:00"),
                ("Tomorrow morning", "2026-11-19T09:00+01:00"),
                ("Monday", "2026-11-23T13:00+01:00"),
            ],
        ),
        # Three hours on support is closed; the next day is Monday's.
        ("2026-11-20T15:00+01:00", [("Monday", "2026-11-23T13:00+01:00")]),
        (
            "2026-11-23T13:30+01:00",
            [
                ("Later today", "2026-11-23T16:30+01:00"),
                ("Wednesday morning", "2026-11-25T09:00+01:00"),
                ("Monday morning", "2026-11-30T09:00+01:00"),
            ],
        ),
    ],
)
def test_snoozes_end_when_support_opens(office, at, wanted):
    assert offered(at) == [(label, moment(end)) for label, end in wanted]


def test_the_two_names_lead_to_a_moment_even_where_only_one_is_offered(office):
    now = moment("2026-11-20T15:00+01:00")
    assert until("tomorrow", now) == until("monday", now) == moment("2026-11-23T13:00+01:00")
    with pytest.raises(ValidationError):
        until("later", now)


def test_a_day_that_one_chose_stays_that_day(office):
    assert until("2026-11-23") == moment("2026-11-23T13:00+01:00")
    assert until("2026-11-24") == moment("2026-11-24T09:00+01:00")


def test_without_hours_mornings_are_at_nine_on_the_readers_clock(db):
    with timezone.override("America/New_York"):
        assert offered("2026-11-18T10:00-05:00") == [
            ("Later today", moment("2026-11-18T13:00-05:00")),
            ("Tomorrow morning", moment("2026-11-19T09:00-05:00")),
            ("Monday morning", moment("2026-11-23T09:00-05:00")),
        ]
        assert [label for label, _ in offered("2026-11-18T22:00-05:00")] == ["Tomorrow morning", "Monday morning"]
        assert [label for label, _ in offered("2026-11-22T10:00-05:00")] == ["Later today", "Tomorrow morning"]


def test_a_night_that_goes_on_begins_no_day(db, settings):
    settings.TIME_ZONE = "UTC"
    for day in range(7):
        BusinessHours.objects.create(weekday=day, opens=0, closes=6 * 60)
        BusinessHours.objects.create(weekday=day, opens=22 * 60, closes=1440)
    label, end = offered("2026-11-18T23:00+00:00")[0]
    assert (label, end.hour, end.date()) == ("Tomorrow", 22, date(2026, 11, 19))


@pytest.mark.parametrize(
    ("asked", "early", "late"),
    [
        ("2026-11-18T10:00+01:00", "2026-11-18T10:14+01:00", "2026-11-18T10:15+01:00"),
        ("2026-11-18T16:50+01:00", "2026-11-19T09:04+01:00", "2026-11-19T09:05+01:00"),
        ("2026-11-20T18:00+01:00", "2026-11-23T13:14+01:00", "2026-11-23T13:15+01:00"),
        ("2026-11-23T16:50+01:00", "2026-11-25T09:04+01:00", "2026-11-25T09:05+01:00"),
    ],
)
def test_those_on_duty_are_called_after_a_quarter_of_open_time(office, monkeypatch, asked, early, late):
    staff = factories.user(Role.STAFF)
    in_state(Status.NEW, staff)
    Ticket.objects.update(unanswered_since=moment(asked))
    called = []
    for at in (early, late):
        monkeypatch.setattr(timezone, "now", lambda at=at: moment(at))
        called.append(actions.call_for_help())
    assert called == [0, 1]


def test_without_hours_they_are_called_after_a_quarter_of_an_hour_at_night(db, monkeypatch):
    in_state(Status.NEW, factories.user(Role.STAFF))
    asked = moment("2026-11-22T02:00+01:00")
    Ticket.objects.update(unanswered_since=asked)
    monkeypatch.setattr(timezone, "now", lambda: asked + timedelta(minutes=15))
    assert actions.call_for_help() == 1
