"""The page of who takes a course."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.courses.models import Course, Enrollment
from tests import factories

HX = {"HX-Request": "true"}
DAY = timedelta(days=1)


def names(answer):
    return [row.student.given_name for row in answer.context["listing"].rows]


@pytest.fixture
def url(cast):
    now = timezone.now()
    Enrollment.objects.filter(student=cast.bruno).update(enrolled_at=now + DAY)
    Enrollment.objects.filter(student=cast.chloe).update(enrolled_at=now - 9 * DAY, expires_at=now)
    return f"/courses/{cast.course.pk}/people/"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Amina", "Bruno", "Chloe"]),
        ("?state=valid", ["Amina"]),
        ("?state=later", ["Bruno"]),
        ("?state=ended", ["Chloe"]),
        ("?q=chl", ["Chloe"]),
        ("?sort=-name", ["Chloe", "Bruno", "Amina"]),
    ],
)
def test_staff_find_everyone_by_state_and_name(cast, client_for, url, query, found):
    assert names(client_for(cast.staff).get(url + query)) == found


def test_a_batchs_teacher_sees_the_own_batch_and_can_change_nothing(cast, client_for, url):
    answer = client_for(cast.teacher).get(url)
    assert names(answer) == ["Amina", "Bruno"]
    assert b"Withdraw" not in answer.content
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    assert names(client_for(cast.teacher).get(url)) == ["Amina", "Bruno", "Chloe"]


def test_a_withdrawal_offers_undo_which_restores_its_end(cast, client_for, url):
    row = Enrollment.objects.get(student=cast.amina)
    Enrollment.objects.filter(pk=row.pk).update(expires_at=timezone.now() + 3 * DAY)
    row.refresh_from_db()
    client = client_for(cast.staff)
    said = client.post(f"{url}{row.pk}/withdrawal/", headers=HX).content.decode()
    assert f'value="{row.expires_at.isoformat()}"' in said
    assert not Enrollment.objects.valid().filter(pk=row.pk).exists()
    assert (
        client.post(f"{url}{row.pk}/withdrawal/undo/", {"ends": row.expires_at.isoformat()}, headers=HX).status_code
        == 200
    )
    again = Enrollment.objects.valid().get(pk=row.pk)
    assert again.expires_at == row.expires_at


def test_who_ended_is_enrolled_again_by_a_button(cast, client_for, url):
    row = Enrollment.objects.get(student=cast.chloe)
    client = client_for(cast.staff)
    assert b"Enroll again" in client.get(url).content
    assert client.post(f"{url}{row.pk}/return/").status_code == 302
    assert Enrollment.objects.valid().filter(student=cast.chloe, course=cast.course).count() == 1
    assert b"Enroll again" not in client.get(url).content


def test_a_refusal_stands_at_its_field_and_what_was_chosen_stays(cast, client_for, url):
    student = factories.student(given_name="Dora")
    client = client_for(cast.staff)
    answer = client.post(f"{url}new/", {"student": student.pk, "begins": "2026-09-02", "ends": "2026-09-01", "q": "Do"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"ends": ["It ends before it begins."]}
    assert [each.pk for each in answer.context["candidates"].students] == [student.pk]
    Course.objects.filter(pk=cast.course.pk).update(capacity=2)
    full = client.post(f"{url}new/", {"student": student.pk, "q": "Do"})
    assert full.context["form"].non_field_errors() == ["Algebra is full: 2 of 2 places are taken."]
