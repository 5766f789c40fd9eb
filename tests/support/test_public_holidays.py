"""Public holidays are proposed by the country's calendar; only what somebody of the staff ticked closes support."""

import datetime

import pytest
import time_machine

from apps.accounts.models import AuditEntry
from apps.support import public_holidays
from apps.support.actions import close_on
from apps.support.models import SpecialDay

DAYS = "/support/settings/days/"
NOVEMBER = datetime.datetime(2026, 11, 30, 9, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(NOVEMBER, tick=False):
        yield


@pytest.mark.parametrize(
    ("country", "some", "never"),
    [
        ("DE-BE", ["2026-12-25", "2027-03-08", "2027-10-03"], ["2027-01-06", "2026-11-11"]),
        ("DE-BY", ["2026-12-25", "2027-01-06"], ["2027-03-08"]),
        ("US", ["2026-12-25", "2027-07-05", "2027-11-25"], ["2026-11-26"]),
        ("PT", ["2026-12-08", "2027-04-25"], ["2027-12-08"]),
    ],
)
def test_a_years_days_of_the_country_are_proposed(db, settings, country, some, never):
    settings.COUNTRY = country
    dates = [each.date.isoformat() for each in public_holidays.proposed()]
    assert set(some) <= set(dates)
    assert not set(never) & set(dates)
    assert dates == sorted(dates)
    assert all(each.name for each in public_holidays.proposed())


def test_without_a_country_nothing_is_proposed(cast, client_for):
    assert public_holidays.proposed() == []
    assert "Public holidays" not in client_for(cast.staff).get(DAYS).content.decode()


def test_only_what_was_ticked_closes_support(cast, client_for, settings):
    settings.COUNTRY = "DE-BE"
    SpecialDay.objects.create(date="2027-01-01", name="Open house")
    client = client_for(cast.staff)
    page = client.get(DAYS).content.decode()
    assert "2026-12-25" in page
    assert 'value="2027-01-01"' not in page
    answer = client.post(f"{DAYS}holidays/", {"date": ["2026-12-25", "2026-12-26", "2026-12-24", "x"]}, follow=True)
    assert "Support is closed on 2 more days." in answer.content.decode()
    kept = list(SpecialDay.objects.values_list("date", "name"))
    assert [f"{date}" for date, _ in kept] == ["2026-12-25", "2026-12-26", "2027-01-01"]
    assert kept[0][1] == "Christmas Day"
    assert AuditEntry.objects.filter(verb="specialday.created").count() == 2
    assert 'value="2026-12-25"' not in client.get(DAYS).content.decode()


def test_who_ticks_nothing_is_told(cast, client_for, settings):
    settings.COUNTRY = "DE-BE"
    answer = client_for(cast.staff).post(f"{DAYS}holidays/", follow=True)
    assert "Tick a day first." in answer.content.decode()
    assert not SpecialDay.objects.exists()


def test_of_two_who_add_one_day_both_find_it_once(cast, settings):
    settings.COUNTRY = "DE-BE"
    chosen = public_holidays.proposed()[:1]
    assert (close_on(cast.staff, chosen), close_on(cast.admin, chosen)) == (1, 0)
    assert SpecialDay.objects.count() == 1
