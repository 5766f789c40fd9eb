"""The home pages: what each role sees first."""

import datetime

import pytest
from django.utils import timezone

from apps.conversations.actions import send_message
from apps.conversations.history import Line, add_history
from apps.conversations.models import Audience
from apps.core.templatetags.homeroom import when
from apps.dashboard.overview import overview
from apps.students.models import Student


def say(author, student, text, audience=Audience.STAFF):
    return send_message(author, student.conversation, text, audience)


def test_the_thread_last_written_in_comes_first_even_if_its_messages_are_older_rows(cast):
    now = timezone.now()
    add_history(cast.bruno.conversation, [Line(cast.staff, "yesterday", now - datetime.timedelta(days=1))])
    add_history(cast.amina.conversation, [Line(cast.staff, "last year", now - datetime.timedelta(days=365))])
    say(cast.staff, cast.chloe, "now")
    assert [message.body for message in overview(cast.staff).recent] == ["now", "yesterday", "last year"]


def test_a_thread_is_listed_once_by_its_newest_message_that_is_not_deleted(cast):
    say(cast.staff, cast.amina, "first")
    gone = say(cast.staff, cast.amina, "second")
    gone.deleted = timezone.now()
    gone.save(update_fields=["deleted"])
    assert [message.body for message in overview(cast.staff).recent] == ["first"]


def test_a_teacher_sees_the_threads_of_own_students_alone(cast):
    say(cast.staff, cast.chloe, "another's")
    say(cast.staff, cast.bruno, "mine")
    assert [message.body for message in overview(cast.teacher).recent] == ["mine"]


@pytest.mark.parametrize("count", [10, 300])
def test_the_page_asks_the_same_number_of_queries_for_any_number_of_threads(
    cast, client_for, django_assert_num_queries, count
):
    students = Student.objects.bulk_create([Student(code=f"Q{n}", given_name=f"Name {n}") for n in range(count)])
    for student in students:
        add_history(student.conversation, [Line(cast.staff, "hello", timezone.now())])
    client = client_for(cast.staff)
    with django_assert_num_queries(12):
        assert client.get("/").status_code == 200


def test_a_student_without_a_record_is_told_so(client_for, cast):
    assert "connected yet" in client_for(cast.outsider).get("/").content.decode()


def test_a_moment_is_said_as_briefly_as_it_is_clear():
    now = timezone.localtime()
    assert when(now) == f"{now:%H:%M}"
    assert when(now - datetime.timedelta(days=800)).endswith(f" {(now - datetime.timedelta(days=800)).year}")
