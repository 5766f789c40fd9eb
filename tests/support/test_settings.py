"""The pages on which staff set up support: nothing typed is lost, and what is wrong is said at its place."""

import datetime
import html
import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
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


def shown(client, url):
    """What a form on a page sends if nothing in it is touched."""
    page = client.get(url).content.decode()
    fields = re.findall(r'<input type="(?:text|number|date|hidden)" name="([^"]+)"(?: value="([^"]*)")?', page)
    sent = {name: html.unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}
    sent |= {
        name: html.unescape(text)
        for name, text in re.findall(r'<textarea name="(\w+)".*?>\n(.*?)</textarea>', page, re.S)
    }
    sent |= dict(re.findall(r'<select name="(\w+)".*?<option value="(\w+)" selected', page, re.S))
    return sent | dict.fromkeys(re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked', page), "on")


def test_two_who_change_the_hours_of_one_day_are_told_of_each_other_and_other_days_both_stay(client, client_for, staff):
    factories.business_hours(weekday=0, opens=540, closes=1020)
    mine, theirs = shown(client, HOURS), shown(client, HOURS)
    other = client_for(factories.user(Role.STAFF))
    assert other.post(HOURS, theirs | {"day_0": "10-16", "day_1": "9-12"}).status_code == 302
    # Another day: both stay.
    assert client.post(HOURS, mine | {"day_2": "9-10"}).status_code == 302
    assert set(BusinessHours.objects.values_list("weekday", "opens")) == {(0, 600), (1, 540), (2, 540)}
    # The same day: the second sees what the first made of it, with what they typed, and may mean it.
    answer = client.post(HOURS, mine | {"day_0": "8-20"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else changed this to “10:00–16:00”" in page.split('for="id_day_1"')[0]
    assert 'value="8-20"' in page
    assert BusinessHours.objects.get(weekday=0).opens == 600
    again = mine | {"day_0": "8-20", "initial-day_0": "10:00–16:00"}
    assert 'name="initial-day_0" value="10:00–16:00"' in page
    assert client.post(HOURS, again).status_code == 302
    assert BusinessHours.objects.get(weekday=0).opens == 480
    assert BusinessHours.objects.filter(weekday=1).exists()


@pytest.mark.parametrize(
    ("kind", "make", "theirs", "mine", "said"),
    [
        ("topics", factories.topic, {"name": "Money"}, {"name": "Fees and more"}, "changed this to “Money”"),
        ("labels", factories.label, {"name": "Money"}, {"name": "Refund"}, "changed this to “Money”"),
        ("answers", factories.canned_answer, {"body": "Their words"}, {"body": "My words"}, "“Their words”"),
        ("days", factories.special_day, {"hours": "9:00–12:00"}, {"hours": "10-11"}, "“9:00–12:00”"),
        ("days", factories.special_day, {"name": "Theirs"}, {"name": "Mine"}, "“Theirs”"),
    ],
)
def test_a_change_that_one_has_not_seen_is_not_overwritten(client, client_for, staff, kind, make, theirs, mine, said):
    thing = make()
    url = reverse("support:setting_edit", args=[kind, thing.pk])
    before = shown(client, url)
    assert any(name.startswith("initial-") for name in before), "a form says what it showed"
    assert client_for(factories.user(Role.STAFF)).post(url, before | theirs).status_code == 302
    answer = client.post(url, before | mine)
    page = answer.content.decode()
    assert (answer.status_code, said in page) == (409, True)
    assert all(value in page for value in mine.values())
    again = shown_of(page)
    assert client.post(url, before | mine | again).status_code == 302
    after = shown(client, url)
    assert {name: after[name] for name in mine} == {name: MEANT.get(value, value) for name, value in mine.items()}


MEANT = {"10-11": "10:00–11:00"}


def shown_of(page):
    """What the refused form says that it showed."""
    found = re.findall(r'name="(initial-\w+)"(?: value="([^"]*)")?', page)
    return {name: html.unescape(value) for name, value in found}


def test_changes_of_different_fields_both_stay_and_what_was_removed_says_so(client, client_for, staff):
    topic = factories.topic(name="Fees", position=1)
    url = reverse("support:setting_edit", args=["topics", topic.pk])
    before = shown(client, url)
    other = client_for(factories.user(Role.STAFF))
    assert other.post(url, before | {"position": "7"}).status_code == 302
    assert client.post(url, before | {"name": "Money"}).status_code == 302
    topic.refresh_from_db()
    assert (topic.name, topic.position) == ("Money", 7)
    topic.delete()
    with pytest.raises(ValidationError, match="removed"):
        actions.save_sorting(staff, Topic(pk=topic.pk or 1), {"name": "Fees"})
