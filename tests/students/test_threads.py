"""Every student has exactly one thread, whichever way the student is made."""

import io

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from apps.conversations.models import Conversation
from apps.students.models import CONVERSATION_KIND, Student

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _each_thread_has_its_student(cast):
    """After each test: as many threads as students, each with its own."""
    yield
    threads = Conversation.objects.filter(kind=CONVERSATION_KIND)
    assert threads.count() == Student.objects.count()
    assert not threads.filter(student=None).exists()


def new(code: str, **fields: str) -> Student:
    return Student(code=code, given_name="Nia", **fields)


def test_create_save_and_get_or_create_make_a_thread():
    Student.objects.create(code="N1", given_name="Nia")
    new("N2").save()
    student, created = Student.objects.get_or_create(code="N3", defaults={"given_name": "Nia"})
    assert created
    again, created = Student.objects.get_or_create(code="N3", defaults={"given_name": "Nia"})
    assert not created
    assert again.conversation_id == student.conversation_id


def test_update_or_create_makes_a_thread_once():
    for grade in ("7", "8"):
        student, _ = Student.objects.update_or_create(code="N1", defaults={"given_name": "Nia", "grade": grade})
    assert student.grade == "8"


def test_bulk_create_makes_a_thread_each_in_constant_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        Student.objects.bulk_create([new(f"N{number}") for number in range(200)])


def test_bulk_create_that_ignores_conflicts_leaves_no_thread_without_student(cast):
    Student.objects.bulk_create([new("N1"), new(cast.amina.code)], ignore_conflicts=True)
    cast.amina.refresh_from_db()
    assert cast.amina.given_name == "Amina"


def test_bulk_create_that_updates_conflicts_keeps_the_thread(cast):
    before = cast.amina.conversation_id
    Student.objects.bulk_create(
        [new("N1"), new(cast.amina.code)], update_conflicts=True, unique_fields=["code"], update_fields=["given_name"]
    )
    cast.amina.refresh_from_db()
    assert (cast.amina.given_name, cast.amina.conversation_id) == ("Nia", before)


def test_a_failed_insert_leaves_no_thread_and_another_try_works(cast):
    student = new(cast.amina.code)
    with pytest.raises(IntegrityError), transaction.atomic():
        student.save()
    student.code = "N1"
    student.save()


def test_a_failed_bulk_create_leaves_no_thread_and_another_try_works(cast):
    students = [new("N1"), new(cast.amina.code)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Student.objects.bulk_create(students)
    students[1].code = "N2"
    Student.objects.bulk_create(students)


def test_an_import_makes_threads(tmp_path):
    path = tmp_path / "students.csv"
    path.write_text("student_code,given_name\nN1,Nia\nN2,Noor\n")
    call_command("import_students", path, stdout=io.StringIO())
    assert Student.objects.filter(code__in=["N1", "N2"]).count() == 2


def test_the_page_makes_a_thread(cast, client_for):
    client_for(cast.staff).post("/students/new/", {"code": "N1", "given_name": "Nia"})
    assert Student.objects.get(code="N1").conversation.kind == CONVERSATION_KIND


def test_deleting_a_student_deletes_the_thread():
    for number in range(3):
        new(f"N{number}").save()
    Student.objects.get(code="N0").delete()
    Student.objects.filter(code__in=["N1", "N2"]).delete()
    threads = Conversation.objects.filter(kind="student")
    assert not threads.exclude(student__code__startswith="S0").exists()


def test_a_thread_can_not_go_before_its_student(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.filter(pk=cast.amina.conversation_id).delete()
