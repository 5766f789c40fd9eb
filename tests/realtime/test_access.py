"""Access ends in one place: whichever way it ends, the streams that are open then are closed.

A model of a room that decides who reads a channel is found by what its rule asks the database, and has to be declared
(`decides_access`); what is declared is tried in every way that rows change.
"""

import asyncio
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.closing import close_account
from apps.accounts.models import Role, User
from apps.assessments.models import Quiz
from apps.community.models import Community, LessonTalk
from apps.community.models import Topic as CommunityTopic
from apps.conversations import conversation_types
from apps.conversations.actions import open_direct
from apps.conversations.models import Conversation, Pair, Participant
from apps.core.academy_calendar import academy_today
from apps.courses import actions as courses
from apps.courses.models import Batch, Course, CourseInvitation, Enrollment, Lesson, Module
from apps.realtime import access, channels
from apps.realtime.hub import ACCESS, Hub
from apps.realtime.stream import reader_of, reading_of
from apps.students.models import Student
from tests import factories
from tests.chromium import run_loop
from tests.conversations.test_new_type import Clubs
from tests.factories import ROWS

# Tables that a rule reads and that decide nothing: the session, and whose it is, end a stream by themselves; of an
# invitation only the title of a thread is made.
OTHER_TABLES = {"django_session", "accounts_invitation"}


def pair():
    people = [factories.user(Role.STAFF), factories.user(Role.TEACHER)]
    return Pair.objects.get(conversation=open_direct(*people))


# A row whose access is somebody's, and which nothing keeps from being deleted.
MADE = {
    Quiz: lambda: factories.quiz(course=factories.course_teacher().course),
    Community: lambda: factories.enrollment(student=factories.student_with_account()).course.community,
    CommunityTopic: lambda: (
        factories.participant(
            conversation=factories.community_topic().conversation, user=factories.user()
        ).conversation.topic
    ),
    LessonTalk: lambda: (
        factories.participant(
            conversation=factories.lesson_talk().conversation, user=factories.user()
        ).conversation.lesson_talk
    ),
    Module: lambda: factories.module(course=factories.enrollment(student=factories.student_with_account()).course),
    Pair: pair,
    Conversation: lambda: pair().conversation,
    Batch: lambda: factories.batch(teacher=factories.user(Role.TEACHER)),
    Course: lambda: factories.course_teacher().course,
    CourseInvitation: lambda: factories.course_invitation(student=factories.student_with_account()),
    Lesson: lambda: factories.lesson(
        module=factories.module(course=factories.enrollment(student=factories.student_with_account()).course)
    ),
}


def changed_one_by_one(row, field):
    row.save()


def changed_that_field_alone(row, field):
    row.save(update_fields=[field])


def updated(row, field):
    type(row).objects.filter(pk=row.pk).update(**{field: getattr(row, field)})


def updated_in_bulk(row, field):
    type(row).objects.bulk_update([row], [field])


def deleted(row, field):
    row.delete()


def deleted_with_others(row, field):
    type(row).objects.filter(pk=row.pk).delete()


ENDS = [changed_one_by_one, changed_that_field_alone, updated, updated_in_bulk, deleted, deleted_with_others]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("model", "field"),
    [
        pytest.param(model, name, id=f"{model.__name__}.{name}")
        for model, rule in access.rules().items()
        for name in sorted(rule.fields)
    ],
)
def test_whoever_a_row_decides_about_is_asked_about_again(db, published, model, field, end):
    row = MADE.get(model, ROWS.get(model))()
    people = access.people_of(model, [row.pk])
    assert people, f"give {model.__name__} a row in MADE that decides about somebody"
    published.rights.clear()
    with published():
        end(row, field)
    assert people <= set(published.rights)


@pytest.mark.parametrize("model", access.rules(), ids=lambda model: model.__name__)
class TestDeclared:
    def test_its_rows_are_updated_by_what_tells(self, model):
        assert isinstance(model._default_manager.all(), access.AccessQuerySet)

    def test_its_fields_and_lookups_are_there(self, db, model):
        for name in access.rules()[model].fields:
            model._meta.get_field(name)
        assert access.people_of(model, [-1]) == set()


def test_an_upsert_that_would_hide_who_had_access_is_refused(cast):
    with pytest.raises(NotImplementedError):
        Student.objects.bulk_create(
            [cast.amina], update_conflicts=True, unique_fields=["code"], update_fields=["user", "updated"]
        )


def tables_read(cast):
    """The tables that the rules of all channels ask, for everyone, about something that is there."""
    talk = open_direct(cast.staff, cast.teacher)
    numbers = {
        "user": cast.teacher.pk,
        "student": cast.amina.pk,
        "conversation": talk.pk,
        "batch": cast.batch.pk,
    }
    with CaptureQueriesContext(connection) as queries:
        for name in channels._rules:
            number = numbers.get(name.split("-")[0], 1)
            for person in (cast.admin, cast.staff, cast.teacher, cast.teacher2, cast.amina_user):
                channels.can_read(person, name.replace("#", str(number)))
    return {table for query in queries for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}


def test_whatever_table_a_channels_rule_reads_is_declared(cast):
    declared = {model._meta.db_table for model in access.rules()}
    by_table = {model._meta.db_table: model.__name__ for model in apps.get_models()}
    missing = tables_read(cast) - declared - OTHER_TABLES
    assert {by_table.get(table, table) for table in missing} == set(), "declare them with decides_access"


class Held:
    """Streams that are open while something happens; each is asked about again as the hub asks."""

    def __init__(self, published, client_for):
        self.published, self.client_for = published, client_for

    def open(self, person, *names):
        key = self.client_for(person).session.session_key
        assert reader_of(key, names) == person.pk, f"{person} can't read {names} at all"
        return person, key, names

    def is_over(self, stream):
        person, key, names = stream
        still = reader_of(key, names) == person.pk

        async def ask():
            return still

        async def heard():
            hub = Hub()
            subscription = hub.subscribe(person.pk, names, None, ask)
            for right in self.published.rights:
                hub._deliver(ACCESS, str(right).encode())
            for _ in range(5):
                await asyncio.sleep(0)
            closed = subscription.closed
            hub._ticker.cancel()
            return closed

        return run_loop(heard())


@pytest.fixture
def held(published, client_for):
    return Held(published, client_for)


@pytest.fixture
def admin(cast, client_for):
    return client_for(cast.admin)


def enrollment(cast):
    return Enrollment.objects.get(student=cast.amina)


def post(path, **data):
    def way(cast, client):
        answer = client.post(
            path(cast), {name: value(cast) if callable(value) else value for name, value in data.items()}
        )
        assert answer.status_code in {200, 302}, answer.content[:500]

    return way


def admin_form(thing, **changes):
    """The admin's form of a thing as it is, with these changes."""

    def way(cast, client):
        row = thing(cast)
        path = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
        form = client.get(path).context["adminform"].form
        values = {name: form[name].value() for name in form.fields}
        sent = {name: value for name, value in values.items() if value is not None and name != "password"}
        sent |= {name: value(cast) if callable(value) else value for name, value in changes.items()}
        answer = client.post(path, sent)
        assert answer.status_code == 302, answer.context["errors"]

    return way


def selected(thing, action, **more):
    def way(cast, client):
        row = thing(cast)
        path = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"
        sent = {"action": action, "_selected_action": [row.pk], **more}
        assert client.post(path, sent).status_code in {200, 302}

    return way


def expire(cast, client):
    Enrollment.objects.filter(pk=enrollment(cast).pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert courses.end_expired() == 1
    assert courses.end_expired() == 0


def end_the_batch(cast, client):
    yesterday = academy_today() - timedelta(days=1)
    courses.update_batch(cast.staff, cast.batch, {"start": yesterday, "end": yesterday, "end_ends_access": True})


def withdraw(cast, client):
    answer = client.post(f"/courses/{cast.course.pk}/people/{enrollment(cast).pk}/withdrawal/")
    assert answer.status_code == 302


def in_bulk(cast, client):
    row = enrollment(cast)
    row.is_active = False
    Enrollment.objects.bulk_update([row], ["is_active"])


def the(name):
    return lambda cast: getattr(cast, name)


def roster(rest):
    return lambda cast: f"/batches/{cast.batch.pk}/students/{cast.amina.pk}/{rest}/"


LOSES_A_STUDENT = {
    "taken out on the page": post(roster("removal")),
    "moved on the page": post(roster("move"), batch=lambda cast: cast.batch2.pk),
    "the batch gets another teacher on its page": lambda cast, client: courses.update_batch(
        cast.staff, cast.batch, {"teacher": cast.teacher2}
    ),
    "the batch gets another teacher in the admin": admin_form(the("batch"), teacher=lambda cast: cast.teacher2.pk),
    "the batch gets no teacher in the admin": admin_form(the("batch"), teacher=""),
    "moved in the admin": admin_form(enrollment, batch=lambda cast: cast.batch2.pk),
    "ended in the admin": selected(enrollment, "end"),
    "the enrollment is deleted": post(
        lambda cast: f"/admin/courses/enrollment/{enrollment(cast).pk}/delete/", post="yes"
    ),
    "selected enrollments are deleted": selected(enrollment, "delete_selected", post="yes"),
    "the student is deleted": post(lambda cast: f"/admin/students/student/{cast.amina.pk}/delete/", post="yes"),
    "selected students are deleted": selected(the("amina"), "delete_selected", post="yes"),
    "the clock": expire,
    "the end of the batch": end_the_batch,
    "withdrawn on the course's page": withdraw,
    "code updates many": lambda cast, client: Enrollment.objects.filter(batch=cast.batch).update(is_active=False),
    "code updates through the batch": lambda cast, client: cast.batch.enrollments.update(batch=cast.batch2),
    "code updates the batches": lambda cast, client: Batch.objects.update(teacher=None),
    "code updates in bulk": in_bulk,
    "code deletes many": lambda cast, client: Enrollment.objects.all().delete(),
    "code deletes the students": lambda cast, client: Student.objects.filter(pk=cast.amina.pk).delete(),
}
OUT = {
    "deactivated on the page": lambda name: post(lambda cast: f"/people/{getattr(cast, name).pk}/deactivation/"),
    "deactivated in the admin": lambda name: admin_form(the(name), is_active=""),
    "closed": lambda name: lambda cast, client: close_account(cast.admin, getattr(cast, name)),
    "code updates": lambda name: (
        lambda cast, client: User.objects.filter(pk=getattr(cast, name).pk).update(is_active=False)
    ),
    "deleted": lambda name: lambda cast, client: User.objects.filter(pk=getattr(cast, name).pk).delete(),
}
LOSES_THE_RECORD = {
    "another account in the admin": admin_form(the("amina"), user=lambda cast: cast.outsider.pk),
    "no account in the admin": admin_form(the("amina"), user=""),
    "code updates": lambda cast, client: Student.objects.filter(pk=cast.amina.pk).update(user=None),
    "the record is deleted": lambda cast, client: cast.amina.delete(),
}
ANOTHER_ROLE = {
    "on the page": post(lambda cast: f"/people/{cast.staff2.pk}/role/", role=Role.STUDENT),
    "in the admin": admin_form(the("staff2"), role=Role.STUDENT),
    "code updates": lambda cast, client: User.objects.filter(pk=cast.staff2.pk).update(role=Role.STUDENT),
}


@pytest.mark.parametrize("way", LOSES_A_STUDENT)
def test_a_teachers_stream_ends_with_the_last_batch_they_share(cast, admin, held, published, way):
    streams = [held.open(cast.teacher, f"student-{cast.amina.pk}{rest}") for rest in ("", "-staff")]
    with published():
        LOSES_A_STUDENT[way](cast, admin)
    assert [held.is_over(stream) for stream in streams] == [True, True]


@pytest.mark.parametrize("name", ["teacher", "amina_user", "staff2"])
@pytest.mark.parametrize("way", OUT)
def test_all_streams_of_a_person_end_with_their_account(cast, admin, held, published, way, name):
    person = getattr(cast, name)
    if way == "deleted":
        Batch.objects.filter(teacher=person).update(teacher=None)
    names = {"teacher": [], "amina_user": [f"student-{cast.amina.pk}"], "staff2": [f"student-{cast.amina.pk}-staff"]}
    stream = held.open(person, f"user-{person.pk}", *names[name])
    with published():
        OUT[way](name)(cast, admin)
    assert held.is_over(stream)


@pytest.mark.parametrize("way", LOSES_THE_RECORD)
def test_a_students_stream_ends_with_their_record(cast, admin, held, published, way):
    stream = held.open(cast.amina_user, f"student-{cast.amina.pk}")
    with published():
        LOSES_THE_RECORD[way](cast, admin)
    assert held.is_over(stream)


@pytest.mark.parametrize("way", ANOTHER_ROLE)
def test_a_stream_of_staff_ends_with_the_role(cast, admin, held, published, way):
    streams = [held.open(cast.staff2, name) for name in ("payments", f"student-{cast.amina.pk}-staff")]
    with published():
        ANOTHER_ROLE[way](cast, admin)
    assert [held.is_over(stream) for stream in streams] == [True, True]


@pytest.mark.parametrize("delete", ["the batch in the admin", "selected batches", "code"])
def test_a_stream_of_a_batch_ends_with_it(cast, admin, held, published, delete):
    batch = factories.batch(course=cast.course, teacher=cast.teacher)
    stream = held.open(cast.teacher, f"batch-{batch.pk}")
    ways = {
        "the batch in the admin": post(lambda cast: f"/admin/courses/batch/{batch.pk}/delete/", post="yes"),
        "selected batches": selected(lambda cast: batch, "delete_selected", post="yes"),
        "code": lambda cast, client: Batch.objects.filter(pk=batch.pk).delete(),
    }
    with published():
        ways[delete](cast, admin)
    assert held.is_over(stream)


@pytest.mark.parametrize("delete", ["one by one", "in bulk", "given to another"])
def test_a_stream_of_a_conversation_ends_for_who_is_taken_out_of_it(cast, held, published, monkeypatch, delete):
    monkeypatch.setattr(conversation_types, "_types", dict(conversation_types._types))
    conversation_types.register(Clubs())
    club = Conversation.objects.create(kind="club")
    for user in (cast.teacher, cast.bruno_user):
        Participant.objects.create(conversation=club, user=user)
    own = Participant.objects.filter(conversation=club, user=cast.bruno_user)
    stream, others = (
        held.open(cast.bruno_user, f"conversation-{club.pk}"),
        held.open(cast.teacher, f"conversation-{club.pk}"),
    )
    with published():
        if delete == "one by one":
            own.get().delete()
        elif delete == "in bulk":
            own.delete()
        else:
            own.update(user=cast.chloe_user)
    assert held.is_over(stream)
    assert not held.is_over(others)


def test_a_stream_of_two_ends_with_their_conversation(cast, held, published):
    talk = open_direct(cast.staff, cast.teacher)
    streams = [held.open(person, f"conversation-{talk.pk}") for person in (cast.staff, cast.teacher)]
    with published():
        Conversation.objects.filter(pk=talk.pk).delete()
    assert [held.is_over(stream) for stream in streams] == [True, True]


def test_a_stream_that_nothing_was_taken_from_goes_on(cast, admin, held, published):
    streams = [
        held.open(cast.teacher, f"student-{cast.bruno.pk}-staff"),
        held.open(cast.staff, f"student-{cast.amina.pk}"),
    ]
    with published():
        courses.remove_student(cast.staff, cast.batch, cast.amina)
    assert [held.is_over(stream) for stream in streams] == [False, False]


def test_a_stream_of_a_course_ends_for_who_is_withdrawn(cast, admin, held, published):
    stream = held.open(cast.amina_user, f"course-{cast.course.pk}")
    others = held.open(cast.bruno_user, f"course-{cast.course.pk}")
    with published():
        withdraw(cast, admin)
    assert held.is_over(stream)
    assert not held.is_over(others)


def test_the_clock_alone_ends_a_stream_of_a_course_and_its_teachers_of_the_student(cast, held, published, monkeypatch):
    courses.tell_of_the_clock()
    end = timezone.now() + timedelta(minutes=5)
    Enrollment.objects.filter(student=cast.amina).update(expires_at=end)
    names = {cast.amina_user: f"course-{cast.course.pk}", cast.teacher: f"student-{cast.amina.pk}-staff"}
    streams = [held.open(person, name) for person, name in names.items()]
    assert [reading_of(key, names).ends for _, key, names in streams] == [end, end]
    published.rights.clear()
    monkeypatch.setattr(timezone, "now", lambda: end)
    with published():
        assert courses.tell_of_the_clock() == 1
    assert [held.is_over(stream) for stream in streams] == [True, True]
