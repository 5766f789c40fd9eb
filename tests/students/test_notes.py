"""Notes on students: who reads which, and who hears of them."""

import datetime
import uuid

import pytest

from apps.accounts import own_data
from apps.accounts.models import AuditEntry
from apps.notifications.models import Event
from apps.students import actions
from apps.students.models import Sharing, StudentNote
from apps.students.part import StudentsPart
from tests import factories

DAY = datetime.date(2026, 9, 1)
PEOPLE = ("teacher", "teacher2", "staff", "admin", "amina_user", "bruno_user", "outsider")
READERS = {
    Sharing.PRIVATE: {"teacher"},
    Sharing.TEAM: {"teacher", "staff", "admin"},
    Sharing.SHARED: {"teacher", "staff", "admin", "amina_user"},
}
MARKER = "Secret-of-the-note"


@pytest.mark.parametrize("sharing", Sharing.values)
def test_those_whom_the_author_chose_read_a_note_and_nobody_else(cast, client_for, sharing):
    note = factories.student_note(student=cast.amina, author=cast.teacher, sharing=sharing, body=MARKER)
    for who in PEOPLE:
        person = getattr(cast, who)
        reads = who in READERS[sharing]
        assert StudentNote.objects.visible_to(person).exists() == reads, who
        client = client_for(person)
        bodies = [client.get(f"/students/{cast.amina.pk}/{part}").text for part in ("work/", "notes/")]
        assert [MARKER in body for body in bodies] == [reads] * 2, who
        assert (MARKER in client.get(f"/admin/students/studentnote/{note.pk}/change/", follow=True).text) == (
            reads and who == "admin"
        ), who


def test_a_teacher_loses_their_notes_when_they_no_longer_teach_the_student(cast):
    factories.student_note(student=cast.amina, author=cast.teacher, sharing=Sharing.PRIVATE)
    cast.batch.teacher = cast.teacher2
    cast.batch.save()
    assert not StudentNote.objects.visible_to(cast.teacher).exists()


def test_a_note_is_written_once_however_often_it_is_sent(cast, client_for):
    client, url = client_for(cast.teacher), f"/students/{cast.amina.pk}/notes/"
    sent = {"body": "Good.", "day": "2026-09-01", "sharing": "team", "client_key": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post(url, sent).status_code == 302
    assert StudentNote.objects.get().body == "Good."


def test_what_is_wrong_with_a_note_is_said_and_nothing_is_lost(cast, client_for):
    page = client_for(cast.teacher).post(
        f"/students/{cast.amina.pk}/notes/", {"body": "Keep me", "day": "soon", "sharing": "everyone"}
    )
    assert page.status_code == 422
    assert "Keep me" in page.text
    assert "Choose who reads it." in page.text
    assert "Enter a valid date." in page.text
    assert not StudentNote.objects.exists()


def test_the_student_hears_of_a_shared_note_alone(cast, published):
    with published():
        note = actions.write_note(cast.teacher, cast.amina, "Mine.", DAY, Sharing.PRIVATE)
    assert not [channel for channel, _ in published if channel.startswith("student-")]
    with published():
        actions.change_note(cast.teacher, note, "Ours.", DAY, Sharing.TEAM)
    assert [channel for channel, _ in published if channel.startswith("student-")] == [f"student-{cast.amina.pk}-staff"]
    assert not Event.objects.filter(kind="note").exists()
    with published():
        actions.change_note(cast.teacher, note, "Yours.", DAY, Sharing.SHARED)
    assert f"student-{cast.amina.pk}" in {channel for channel, _ in published}
    assert Event.objects.get(kind="note").people == [cast.amina_user.pk]


def test_a_note_that_is_no_longer_shared_is_told_of_no_longer(cast, django_capture_on_commit_callbacks):
    run = lambda: django_capture_on_commit_callbacks(execute=True)  # noqa: E731
    with run():
        note = actions.write_note(cast.teacher, cast.amina, "Yours.", DAY, Sharing.SHARED)
    assert cast.amina_user.notifications.filter(kind="note").count() == 1
    with run():
        actions.change_note(cast.teacher, note, "Ours.", DAY, Sharing.TEAM)
    assert not cast.amina_user.notifications.filter(kind="note").exists()


def test_own_data_and_a_closed_account(cast):
    factories.student_note(student=cast.amina, author=cast.teacher, sharing=Sharing.PRIVATE, body=MARKER)
    factories.student_note(student=cast.amina, author=cast.teacher, sharing=Sharing.SHARED, body="For you")
    mine = "".join(own_data.as_json(cast.amina_user))
    assert "For you" in mine
    assert MARKER not in mine
    assert MARKER in "".join(own_data.as_json(cast.teacher))
    StudentsPart().forget(cast.teacher)
    assert [note.body for note in StudentNote.objects.all()] == ["For you"]


def test_the_student_page_takes_the_same_queries_for_many_notes(cast, client_for, query_count):
    client = client_for(cast.teacher)
    factories.student_note(student=cast.amina, author=cast.teacher)
    few = query_count(lambda: client.get(f"/students/{cast.amina.pk}/notes/"))
    for _ in range(40):
        factories.student_note(student=cast.amina)
    assert query_count(lambda: client.get(f"/students/{cast.amina.pk}/notes/")) == few <= 12


def test_an_admin_who_looks_as_the_author_reads_no_private_note(cast):
    factories.student_note(student=cast.amina, author=cast.teacher, sharing=Sharing.PRIVATE)
    cast.teacher.looked_as = True
    assert not StudentNote.objects.visible_to(cast.teacher).exists()


def test_a_private_note_stands_in_no_audit(cast):
    note = actions.write_note(cast.teacher, cast.amina, "Mine.", DAY, Sharing.PRIVATE)
    actions.change_note(cast.teacher, note, "Mine, too.", DAY, Sharing.PRIVATE)
    actions.remove_note(cast.teacher, note)
    assert not AuditEntry.objects.filter(verb__startswith="note.").exists()
    actions.write_note(cast.teacher, cast.amina, "Ours.", DAY, Sharing.TEAM)
    assert AuditEntry.objects.get(verb__startswith="note.").verb == "note.written"


def test_a_note_that_is_shared_again_is_told_again(cast, django_capture_on_commit_callbacks):
    run = lambda: django_capture_on_commit_callbacks(execute=True)  # noqa: E731
    with run():
        note = actions.write_note(cast.teacher, cast.amina, "Yours.", DAY, Sharing.SHARED)
    for sharing in (Sharing.TEAM, Sharing.SHARED):
        with run():
            note = actions.change_note(cast.teacher, note, "Yours.", DAY, sharing)
    assert cast.amina_user.notifications.filter(kind="note").count() == 1
