"""What scheduling keeps of a person, and what stands in the way of their leaving."""

import json

from apps.accounts import own_data
from apps.accounts.models import Role
from apps.scheduling.part import SchedulingPart
from tests import factories


def test_a_students_own_data_holds_their_lessons_marks_and_requests_alone(cast):
    past = factories.booking(days=-3, teacher=cast.teacher, students=[cast.amina], subject="Past")
    factories.booking(days=3, teacher=cast.teacher, batch=cast.batch, subject="Batch")
    factories.attendance(booking=past, student=cast.amina, state="late", minutes_late=5, note="Bus")
    factories.lesson_request(student=cast.amina, teacher=cast.teacher, subject="Fractions", note="Please")
    data = json.loads("".join(own_data.as_json(cast.amina_user)))["scheduling"]
    assert [row["subject"] for row in data["lessons"]] == ["Past", "Batch"]
    assert [(row["state"], row["minutes_late"], row["note"]) for row in data["attendance"]] == [("late", 5, "Bus")]
    assert [(row["subject"], row["message"]) for row in data["lesson_requests"]] == [("Fractions", "Please")]
    others = json.loads("".join(own_data.as_json(cast.chloe_user)))["scheduling"]
    assert [*others["lessons"], *others["attendance"], *others["lesson_requests"]] == []


def test_a_teachers_lessons_to_come_are_open_work_and_keep_them_a_teacher(cast):
    factories.booking(days=-3, teacher=cast.teacher2, subject="Past")
    assert list(SchedulingPart().open_work(cast.teacher2)) == []
    assert list(SchedulingPart().against_role(cast.teacher2, Role.STAFF)) == []
    coming = factories.booking(days=3, teacher=cast.teacher2, subject="Coming")
    (work,) = SchedulingPart().open_work(cast.teacher2)
    assert (work.kind, work.title, work.url) == ("Lesson", f"Coming, {coming.day}", coming.get_absolute_url())
    assert list(SchedulingPart().against_role(cast.teacher2, Role.STAFF)) == [
        "They give 1 lesson to come: call them off first."
    ]
