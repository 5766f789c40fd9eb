"""Every act is a plain form that is answered by a redirect, and says at its field what is wrong."""

import gzip
import re
from datetime import time, timedelta

import pytest
from django.utils import timezone

from apps.scheduling import actions
from apps.scheduling.models import Booking, LessonRequest, Proposal
from tests import factories

DAY = (timezone.now() + timedelta(days=20)).date()


def sent(cast, **more):
    own = {"teacher": cast.teacher.pk, "subject": "Fractions", "day": DAY.isoformat(), "at": "15:00", "minutes": 45}
    return own | {"zone": "UTC"} | more


def test_a_lesson_is_asked_for_agreed_moved_and_called_off(cast, client_for):
    student, teacher, staff = client_for(cast.amina_user), client_for(cast.teacher), client_for(cast.staff)
    made = student.post("/requests/new/", sent(cast))
    asked = LessonRequest.objects.get()
    assert (made.status_code, made.url) == (302, asked.get_absolute_url())
    agreed = teacher.post(f"{asked.get_absolute_url()}approval/", {"time": asked.times.get().pk})
    assert (agreed.status_code, agreed.url) == (302, asked.get_absolute_url())
    booking = Booking.objects.get()
    url = booking.get_absolute_url()
    times = {"day_1": (DAY + timedelta(days=1)).isoformat(), "at_1": "10:00", "zone": "UTC", "word": "Exams"}
    proposed = student.post(f"{url}proposals/", times)
    assert (proposed.status_code, proposed.url) == (302, url)
    proposal = Proposal.objects.get()
    accepted = teacher.post(f"/proposals/{proposal.pk}/approval/", {"time": proposal.times.get().pk})
    assert (accepted.status_code, accepted.url) == (302, url)
    was = booking.start
    booking.refresh_from_db()
    assert (booking.day, booking.at) == (DAY + timedelta(days=1), time(10))
    # The page says where it was before.
    moves = teacher.get(url).text.split('moves-title">Moves<')[1]
    assert re.search(rf"From\s+[^<]*{was.day}\b", re.sub(r"</?time[^>]*>", "", moves))
    off = staff.post(f"{url}cancellation/", {"reason": "Ill"})
    assert (off.status_code, off.url) == (302, url)
    booking.refresh_from_db()
    assert not booking.is_on


@pytest.mark.parametrize(
    ("who", "changes", "field", "said"),
    [
        ("amina_user", {"teacher": "other"}, "teacher", "Choose a teacher."),
        ("teacher", {"student": "Tariq Teacher"}, "student", "Tariq Teacher"),
        ("amina_user", {"at": "25:00"}, "at", "valid time"),
        ("amina_user", {"day": "2027-02-30"}, "day", "valid date"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(cast, client_for, who, changes, field, said):
    """One asks nobody but those whom they know, and never oneself; and a day and an hour that there are."""
    changes = {name: cast.teacher2.pk if value == "other" else value for name, value in changes.items()}
    page = client_for(getattr(cast, who)).post("/requests/new/", sent(cast, **changes))
    assert page.status_code == 422
    (error,) = re.findall(rf'id="id_{field}_error">([^<]*)<', page.text)
    assert said in error
    assert not LessonRequest.objects.exists()


def test_a_students_week_weighs_at_most_6_kb(cast, client_for):
    """The part of the page that is loaded again, compressed, with a lesson on each of five days."""
    monday = DAY - timedelta(days=DAY.weekday())
    for number in range(5):
        own = {"teacher": cast.teacher, "students": (cast.amina,), "zone": "UTC", "minutes": 60}
        day = monday + timedelta(days=number)
        actions.book(cast.staff, actions.Lesson("Algebra", day=day, at=time(15), room=factories.room(), **own))
    year, week, _ = monday.isocalendar()
    path = f"/calendar/?week={year}-W{week:02}"
    part = client_for(cast.amina_user).get(path, headers={"HX-Request": "true"})
    assert part.text.count("data-booking=") >= 5
    assert len(gzip.compress(part.content)) <= 6_000
