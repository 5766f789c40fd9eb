"""Who answers a request chooses the room: what is wrong with one is said at its field, with rooms that would do."""

import re
from datetime import time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.scheduling import actions
from apps.scheduling.actions import Lesson, WallTime, Wish
from apps.scheduling.forms import add_errors
from apps.scheduling.forms_requests import AnswerRoom
from apps.scheduling.models import Booking, Room
from tests import factories


@pytest.fixture
def asked(cast):
    """A lesson at 15:00 in ten days, which waits for the teacher; Hall is taken then."""
    day = (timezone.now() + timedelta(days=10)).date()
    hall = factories.room(name="Hall", seats=9)
    rooms = {"Attic": 40, "Box": 1, "Den": 4, "Foyer": None, "Studio": 6, "Vault": 2}
    for name, seats in rooms.items():
        factories.room(name=name, seats=seats, is_open=name != "Vault")
    students = (cast.chloe,)
    actions.book(cast.staff, Lesson("Choir", cast.teacher2, day, time(15, 30), "UTC", 60, students, room=hall))
    return actions.ask(cast.amina_user, Wish(cast.amina, cast.teacher, "Algebra", 60, WallTime(day, time(15), "UTC")))


def pk_of(name):
    return Room.objects.get(name=name).pk


def error_at(page, name):
    found = re.search(rf'id="{name}_error">([^<]*)<', page.content.decode())
    return found and found[1]


def test_the_teacher_chooses_a_room_with_the_answer(cast, client_for, asked):
    client, url = client_for(cast.teacher), asked.get_absolute_url()
    page = client.get(url).content.decode()
    assert "Hall · 9 seats" in page
    assert "Vault" not in page
    sent = {"time": asked.times.get().pk, "room": pk_of("Hall")}
    refused = client.post(f"{url}approval/", sent)
    assert refused.status_code == 422
    assert error_at(refused, "agree_room") == (
        "Hall is taken at this time. Box (1 seat), Den (4 seats) and Studio (6 seats) are free then."
    )
    assert f'<option value="{pk_of("Hall")}" selected>' in refused.content.decode()
    assert not Booking.objects.filter(subject="Algebra").exists()
    assert client.post(f"{url}approval/", sent | {"room": pk_of("Den")}).status_code == 302
    assert Booking.objects.get(subject="Algebra").room.name == "Den"


def test_a_closed_room_and_one_that_is_none_are_refused_at_the_field(cast, client_for, asked):
    client, url = client_for(cast.staff), asked.get_absolute_url()
    for room in (pk_of("Vault"), 987654, "x"):
        refused = client.post(f"{url}approval/", {"time": asked.times.get().pk, "room": room})
        assert (refused.status_code, error_at(refused, "agree_room")) == (422, "Choose one of the rooms, or none.")
    assert client.post(f"{url}approval/", {"time": asked.times.get().pk, "room": ""}).status_code == 302
    assert Booking.objects.get(subject="Algebra").room is None


def test_other_times_are_offered_in_a_room_in_which_the_student_then_has_the_lesson(cast, client_for, asked):
    client, url, first = client_for(cast.teacher), asked.get_absolute_url(), asked.times.get()
    sent = {"day_1": first.day.isoformat(), "at_1": "16:00", "zone": "UTC", "room": pk_of("Hall")}
    refused = client.post(f"{url}times/", sent)
    assert refused.status_code == 422
    assert error_at(refused, "id_room").startswith("Hall is taken at this time. ")
    assert client.post(f"{url}times/", sent | {"at_1": "17:00"}).status_code == 302
    student = client_for(cast.amina_user)
    page = student.get(url).content.decode()
    assert "<dt>Room</dt><dd><bdi>Hall</bdi>" in page
    assert "<select" not in page
    asked.refresh_from_db()
    # What a student sends as a room counts for nothing.
    assert student.post(f"{url}approval/", {"time": asked.times.get().pk, "room": pk_of("Den")}).status_code == 302
    assert Booking.objects.get(subject="Algebra").room.name == "Hall"


def test_a_student_chooses_no_room(cast, asked):
    actions.offer_times(cast.teacher, asked, [WallTime(asked.times.get().day, time(18), "UTC")])
    with pytest.raises(PermissionDenied, match="choose a room"):
        actions.approve(cast.amina_user, asked, asked.times.get().pk, room=factories.room())


def test_a_lesson_in_a_taken_room_is_offered_those_with_enough_seats(cast, client_for, asked):
    """The nearest size first, one of unknown size last; where the teacher is taken too, times are offered alone."""
    first = asked.times.get()
    sent = {"subject": "Duo", "day": first.day.isoformat(), "at": "15:00", "minutes": "60", "zone": "UTC"}
    sent |= {"teacher": cast.teacher.pk, "students": f"{cast.amina.code}, {cast.bruno.code}", "room": pk_of("Hall")}
    client = client_for(cast.staff)
    page = client.post("/bookings/", sent)
    assert error_at(page, "id_room") == (
        "Hall is taken at this time. Den (4 seats), Studio (6 seats) and Attic (40 seats) are free then."
    )
    assert "data-clash" in page.content.decode()
    actions.book(cast.staff, Lesson("Other", cast.teacher, first.day, time(15), "UTC", 30, (factories.student(),)))
    page = client.post("/bookings/", sent)
    assert error_at(page, "id_room") is None
    assert f"{cast.teacher.full_name} and Hall are taken at this time." in page.content.decode()


def test_a_request_takes_as_many_queries_for_many_rooms(cast, client_for, asked, query_count):
    client = client_for(cast.teacher)
    few = query_count(lambda: client.get(asked.get_absolute_url()))
    for _ in range(5):
        factories.room()
    assert query_count(lambda: client.get(asked.get_absolute_url())) == few <= 15


def test_an_error_made_of_several_stands_above_the_form(cast, asked):
    """It has no code of its own."""
    form = AnswerRoom({"room": ""}, user=cast.teacher, asked=asked)
    add_errors(form, ValidationError(["One", "Two"]))
    assert form.non_field_errors() == ["One", "Two"]
