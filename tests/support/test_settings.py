"""The pages on which staff set up support: nothing typed is lost, and what is wrong is said at its place."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from apps.accounts.models import AuditEntry, Role
from apps.support import actions
from apps.support.models import BusinessHours, CannedAnswer, Label, SpecialDay, Topic
from tests import factories

HOURS = reverse("support:hours_edit")


@pytest.fixture
def staff(client, db):
    user = factories.user(Role.STAFF)
    client.force_login(user)
    return user


def week(**days: str) -> dict[str, str]:
    return {f"day_{number}": "" for number in range(7)} | days


def test_hours_of_several_intervals_are_kept_and_shown_again(client, staff):
    client.post(HOURS, week(day_0="13.30-18, 9:00–12:30", day_5="20:00 to 24:00"))
    rows = BusinessHours.objects.order_by("weekday", "opens").values_list("weekday", "opens", "closes")
    assert list(rows) == [(0, 540, 750), (0, 810, 1080), (5, 1200, 1440)]
    page = client.get(HOURS).content.decode()
    assert "9:00–12:30, 13:30–18:00" in page
    assert "20:00–24:00" in page
    assert AuditEntry.objects.filter(verb="businesshours.changed", actor=staff).count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("9:00–12:00, 11:00–13:00", "begins before the one before it has ended"),
        ("18:00–9:00", "ends before it begins"),
        ("9:00–9:00", "ends before it begins"),
        ("9:00–25:00", "from 0:00 to 24:00"),
        ("9:61–10:00", "from 0:00 to 24:00"),
        ("nine to five", "can&#x27;t be read"),
    ],
)
def test_wrong_hours_are_refused_at_their_day_and_nothing_typed_is_lost(client, staff, typed, said):
    factories.business_hours(weekday=2)
    response = client.post(HOURS, week(day_0=typed, day_1="9:00–17:00"))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page.split('for="id_day_1"')[0].split('for="id_day_0"')[1]
    assert f'value="{typed}"' in page
    assert 'value="9:00–17:00"' in page
    assert BusinessHours.objects.get().weekday == 2


def test_a_special_day_has_hours_of_its_own_or_none(client, staff):
    url = reverse("support:setting_list", args=["days"])
    date = datetime.date.today() + datetime.timedelta(days=30)
    client.post(url, {"date": date.isoformat(), "name": "Half day", "hours": "9-12"})
    day = SpecialDay.objects.get()
    assert list(day.hours.values_list("opens", "closes")) == [(540, 720)]
    client.post(reverse("support:setting_edit", args=["days", day.pk]), {"date": date, "name": "Closed", "hours": ""})
    assert day.hours.count() == 0
    again = client.post(url, {"date": date.isoformat(), "name": "Twice", "hours": ""})
    assert "This day has hours of its own already" in again.content.decode()
    assert client.post(reverse("support:setting_removal", args=["days", day.pk])).status_code == 302
    assert not SpecialDay.objects.exists()


@pytest.mark.parametrize(
    ("kind", "model", "fields"),
    [
        ("topics", Topic, {"name": "Fees", "position": "1", "offered": "on"}),
        ("labels", Label, {"name": "Refund", "tone": "red"}),
        ("answers", CannedAnswer, {"title": "Hello", "body": "Hello {{ given_name }}"}),
    ],
)
def test_things_are_added_changed_and_removed_by_staff(client, staff, kind, model, fields):
    client.post(reverse("support:setting_list", args=[kind]), fields)
    thing = model.objects.get()
    name = next(iter(fields))
    changed = client.post(reverse("support:setting_edit", args=[kind, thing.pk]), fields | {name: "Other"})
    assert changed.status_code == 302
    assert str(model.objects.get()) == "Other"
    client.post(reverse("support:setting_removal", args=[kind, thing.pk]))
    assert not model.objects.exists()


def test_an_answer_with_an_unknown_variable_is_refused_at_its_field(client, staff):
    url = reverse("support:setting_list", args=["answers"])
    response = client.post(url, {"title": "Hello", "body": "Dear {{ nickname }}"})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_body_error">{{ nickname }} is no variable.' in page
    assert "Dear {{ nickname }}</textarea>" in page


@pytest.mark.parametrize("role", [Role.TEACHER, Role.STUDENT])
def test_nobody_else_finds_the_settings(client, db, role):
    user = factories.user(role)
    client.force_login(user)
    for url in (HOURS, reverse("support:setting_list", args=["topics"])):
        assert client.get(url).status_code == 404
        assert client.post(url, {"name": "Mine"}).status_code == 404
    with pytest.raises(PermissionDenied):
        actions.set_hours(user, {})


def test_a_kind_that_is_none_is_not_found(client, staff):
    assert client.get(reverse("support:setting_list", args=["users"])).status_code == 404
