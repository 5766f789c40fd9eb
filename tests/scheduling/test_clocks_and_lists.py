"""What pages say of days on which clocks change, of free times, and of long days."""

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from apps.scheduling import actions, attendance_day
from apps.scheduling.models import Booking
from apps.scheduling.templatetags.calendar_times import clock_change
from tests import factories

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("day", "at", "said"),
    [
        ("2027-03-28", "02:30", "doesn't exist on this day"),
        ("2026-10-25", "02:30", "occurs twice on this day, and the first is meant"),
        ("2027-03-28", "03:30", ""),
    ],
)
def test_a_wall_time_that_clocks_change_is_explained(day, at, said):
    row = Booking().timed(date.fromisoformat(day), time.fromisoformat(at), BERLIN, 60)
    text = clock_change(row)
    assert said in text
    assert bool(text) == bool(said)


def test_the_page_of_a_lesson_says_that_its_hour_does_not_exist(cast, client_for):
    booking = factories.booking(
        teacher=cast.teacher, students=[cast.amina], day=date(2099, 3, 29), at=time(2, 30), zone=BERLIN
    )
    assert (
        "Clocks go forward in Berlin then"
        in client_for(cast.amina_user).get(f"/bookings/{booking.pk}/").content.decode()
    )


def test_a_free_time_is_a_button_that_fills_the_form_and_books_nothing(cast, client_for):
    day = (timezone.now() + timedelta(days=30)).date()
    lesson = {"teacher": cast.teacher, "students": (cast.amina,), "day": day, "at": time(15), "zone": "UTC"}
    actions.book(cast.staff, actions.Lesson("Algebra", minutes=60, **lesson))
    sent = {"subject": "Fractions", "teacher": cast.teacher.pk, "students": "S002", "minutes": 60, "zone": "UTC"}
    sent |= {"day": day.isoformat(), "at": "15:00"}
    staff = client_for(cast.staff)
    refused = staff.post("/bookings/", sent).content.decode()
    assert f'name="take" value="{day}T16:00"' in refused
    filled = staff.post("/bookings/", sent | {"take": f"{day}T16:00"}).content.decode()
    assert 'value="16:00"' in filled
    assert "Fractions" in filled
    assert Booking.objects.count() == 1
    staff.post("/bookings/", sent | {"at": "16:00"})
    assert Booking.objects.count() == 2


def test_a_day_of_many_lessons_comes_in_parts(cast, client_for, monkeypatch):
    monkeypatch.setattr(attendance_day, "MOST", 2)
    for hour in range(5):
        factories.booking(days=1, at=time(hour), teacher=cast.teacher)
    day = (timezone.now() + timedelta(days=1)).date()
    teacher = client_for(cast.teacher)
    address = f"/attendance/?day={day}"
    for pages, shown in (("", 2), ("&pages=2", 4), ("&pages=3", 5), ("&pages=99", 5), ("&pages=x", 2)):
        text = teacher.get(address + pages).content.decode()
        assert text.count("data-booking") == shown, pages
        assert ("Show more" in text) == (shown < 5), pages


def test_a_month_has_the_days_of_the_week_above_it(cast, client_for):
    text = client_for(cast.amina_user).get("/calendar/?month=2026-10").content.decode()
    assert text.count('class="month-weekday"') == 7
