"""Undoing what was done to a series takes back what people were told: on their pages, and by mail not yet sent."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.notifications.models import Delivery
from apps.scheduling.models import Booking, Series
from tests.notifications.conftest import commits, later, postbox  # noqa: F401 - fixtures

NEXT = timezone.now().date() + timedelta(days=14)


def sent(cast, **more):
    own = {"subject": "Algebra", "teacher": cast.teacher.pk, "students": "S001, S002", "day": NEXT.isoformat()}
    own |= {"at": "17:00", "minutes": "60", "zone": "UTC", "pattern": "weekly", "interval": "1", "ends": "count"}
    return own | {"count": "4", "go": "save"} | more


def start(cast, client):
    return client.post("/series/new/", sent(cast)).url


def change(cast, client):
    url = Series.objects.get().get_absolute_url()
    return client.post(f"{url}change/", sent(cast, at="18:00")).url


def end(cast, client):
    url = Series.objects.get().get_absolute_url()
    return client.post(f"{url}end/", {"reason": "Moved away"}).url


def shown(client):
    """The unread count beside the bell on any page, and the lines of the list of notifications."""
    page = client.get("/calendar/").text
    count = re.search(r'id="unread-count">(\d*)<', page)[1]
    return int(count or 0), client.get("/notifications/").text.count('data-kind="lesson_series"')


@pytest.mark.parametrize("act", [start, change, end])
def test_nothing_of_it_is_left_on_a_page_or_in_the_mail(cast, client_for, act, commits, later):  # noqa: F811
    staff, people = client_for(cast.staff), [cast.amina_user, cast.teacher]
    if act is not start:
        start(cast, staff)
    clients = [client_for(user) for user in people]
    with commits():
        page = act(cast, staff)
    assert [shown(client) for client in clients] == [(1, 1)] * 2
    assert Delivery.objects.filter(ended=None).count() == 3
    undo = re.search(r'action="(/series/[^"]+/undo/)"', staff.get(page).text)[1]
    with commits():
        assert staff.post(undo).status_code == 302
    assert [shown(client) for client in clients] == [(0, 0)] * 2
    assert not Delivery.objects.exists()
    assert later() == 0
    assert Booking.objects.on().filter(at="17:00").count() == (0 if act is start else 4)


def test_without_undo_the_same_people_get_the_mail(cast, client_for, commits, later, postbox):  # noqa: F811
    with commits():
        start(cast, client_for(cast.staff))
    assert later() == 3
    assert {letter["To"] for letter in postbox.letters} == {
        user.email for user in (cast.amina_user, cast.bruno_user, cast.teacher)
    }


def test_people_who_had_not_been_told_yet_never_are(cast, client_for, commits):  # noqa: F811
    staff, amina = client_for(cast.staff), client_for(cast.amina_user)
    with commits():
        page = start(cast, staff)
        staff.post(re.search(r'action="(/series/[^"]+/undo/)"', staff.get(page).text)[1])
    assert shown(amina) == (0, 0)
