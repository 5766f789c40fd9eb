"""What pages say of days on which clocks change, of free times, and of long days."""

import gzip
import re
from datetime import date, time, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from apps.accounts.models import User
from apps.scheduling import actions, attendance_day
from apps.scheduling.models import Booking
from apps.scheduling.templatetags.calendar_times import clock_change
from tests import factories

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


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


@pytest.fixture
def apart(cast):
    """A teacher in Berlin, a student in New York, and their lesson in the week in which clocks are five hours apart."""
    User.objects.filter(pk=cast.teacher.pk).update(time_zone=BERLIN)
    User.objects.filter(pk=cast.amina_user.pk).update(time_zone=NEW_YORK)
    wall = {"day": date(2099, 10, 28), "at": time(17), "zone": BERLIN}
    return factories.booking(teacher=cast.teacher, students=[cast.amina], **wall)


def test_where_clocks_differ_both_times_are_given_and_a_form_says_on_whose_it_is_filled_in(cast, client_for, apart):
    """V1c: for a week in autumn it is noon in New York, not eleven."""
    student, teacher = client_for(cast.amina_user), client_for(cast.teacher)

    def times(client):
        """What a lesson's page says of when it is: on the reader's clock, then on others'."""
        html = client.get(f"/bookings/{apart.pk}/").text
        found = re.findall(r'<p class="booking-(?:when|there)">(.*?)</p>', html)
        return [unescape(re.sub("<[^>]*>", "", each)) for each in found]

    (own, there), (own_of_teacher, there_of_teacher) = times(student), times(teacher)
    assert "12:00 – 13:00" in own
    assert "17:00 in Berlin" in there
    assert "17:00 – 18:00" in own_of_teacher
    assert "12:00 in New York" in there_of_teacher
    form = student.get("/requests/new/").text
    assert re.search(rf'<option value="{NEW_YORK}"[^>]*>New York \(yours\)', form)
    assert "Times in New York" in student.get("/calendar/").text


def test_a_change_of_ones_own_zone_moves_no_lesson_and_shows_it_on_the_new_clock(cast, client_for, apart):
    before = Booking.objects.filter(pk=apart.pk).values().get()
    teacher = client_for(cast.teacher)
    saved = teacher.post("/accounts/settings/", {"section": "region", "time_zone": "Asia/Kathmandu", "locale": "de"})
    assert saved.status_code == 302
    assert Booking.objects.filter(pk=apart.pk).values().get() == before
    assert "21:45" in teacher.get(f"/bookings/{apart.pk}/").text


def test_staff_narrow_the_calendar_to_a_teacher_a_student_or_a_room(cast, client_for):
    room = factories.room()
    amina = factories.booking(teacher=cast.teacher, students=[cast.amina], days=1)
    chloe = factories.booking(teacher=cast.teacher2, students=[cast.chloe], days=1, room=room)
    day = amina.start.date()

    def shown(who, asked=""):
        text = client_for(who).get(f"/calendar/?view=list&day={day}{asked}").text
        return set(map(int, re.findall(r'data-booking="(\d+)"', text)))

    assert shown(cast.staff) == {amina.pk, chloe.pk}
    assert shown(cast.staff, f"&teacher={cast.teacher.pk}") == {amina.pk}
    assert shown(cast.staff, f"&student={cast.chloe.pk}") == {chloe.pk}
    assert shown(cast.staff, f"&room={room.pk}") == {chloe.pk}
    # What one may not see, one can't ask for.
    assert shown(cast.amina_user, f"&student={cast.chloe.pk}") == set()
    assert shown(cast.amina_user, f"&teacher={cast.teacher2.pk}") == set()


def test_a_students_calendar_adds_at_most_6_kb_of_styles_and_scripts(cast, client_for):
    """To what every page of theirs loads, compressed; and no inline style."""
    client = client_for(cast.amina_user)

    def loaded(path):
        return set(re.findall(r'(?:src|href)="/static/([^"?]+\.(?:css|js))', client.get(path).text))

    added = loaded("/calendar/") - loaded("/notifications/")
    assert any(name.endswith("calendar.css") for name in added)
    sizes = {name: len(gzip.compress(Path(finders.find(name)).read_bytes())) for name in added}
    assert sum(sizes.values()) <= 6_000, sizes
    assert " style=" not in client.get("/calendar/").text
