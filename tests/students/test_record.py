"""One student: the record beside the thread, added and changed in place."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import AuditEntry
from apps.conversations.actions import send_message
from apps.courses.models import Batch, Course, Enrollment
from apps.students import actions
from apps.students.models import Student

HTMX = {"HX-Request": "true"}
NEW = {"code": "N1", "given_name": "Nia"}


def url(student: Student, part: str = "") -> str:
    return f"/students/{student.pk}/{part}"


def as_shown(student: Student, **changes: str) -> dict[str, str]:
    """What a browser sends from the form as it was shown, after these changes."""
    names = ["code", "given_name", "family_name", "status", "grade", "email", "phone", "guardians", "note"]
    before = {name: getattr(student, name) for name in names}
    return {**before, **{f"initial-{name}": value for name, value in before.items()}, **changes}


# Who may see what


def test_each_sees_whom_the_table_says(cast, client_for):
    people = ["admin", "staff", "teacher", "teacher2", "amina_user", "bruno_user", "outsider"]
    seen = {name: client_for(getattr(cast, name)).get(url(cast.amina)).status_code for name in people}
    assert [name for name, status in seen.items() if status == 200] == ["admin", "staff", "teacher", "amina_user"]
    assert {status for status in seen.values() if status != 200} == {404}


def test_a_form_that_sends_little_and_wrong_is_shown_whole(cast, client_for):
    response = client_for(cast.staff).post(url(cast.amina, "edit/"), {"given_name": "", "grade": "8"})
    assert response.status_code == 422
    assert 'name="email" value="amina@homeroom.test"' in response.content.decode()


def test_only_those_who_may_change_a_record_find_its_form(cast, client_for):
    people = ["admin", "staff", "teacher", "teacher2", "amina_user", "bruno_user", "outsider"]
    for method in ("get", "post"):
        found = [
            name
            for name in people
            if getattr(client_for(getattr(cast, name)), method)(url(cast.amina, "edit/"), {}).status_code != 404
        ]
        assert found == ["admin", "staff", "teacher"]


def test_only_admins_and_staff_add(cast, client_for):
    for name in ("teacher", "amina_user", "outsider"):
        assert client_for(getattr(cast, name)).get("/students/new/").status_code == 404
        assert client_for(getattr(cast, name)).post("/students/new/", NEW).status_code == 404
    assert not Student.objects.filter(code="N1").exists()


def test_nobody_is_asked_to_sign_in(cast, client_for):
    client = client_for(None)
    for path in (url(cast.amina), url(cast.amina, "edit/"), "/students/new/"):
        assert client.get(path).url.startswith("/accounts/login/")
        assert client.get(path, headers=HTMX).status_code == 401
    assert client.post("/students/new/", NEW).status_code == 401


def test_wrong_methods_and_students_that_are_not_there(cast, client_for):
    client = client_for(cast.staff)
    assert client.post(url(cast.amina)).status_code == 405
    assert client.delete(url(cast.amina, "edit/")).status_code == 405
    assert client.put("/students/new/").status_code == 405
    for path in ("/students/0/", "/students/99999999/", "/students/999999/edit/"):
        assert client.get(path).status_code == 404


# The page


def test_the_record_stands_beside_the_thread(cast, client_for):
    send_message(cast.staff, cast.amina.conversation, "Called home.", "staff")
    Student.objects.filter(pk=cast.amina.pk).update(phone="+33 6 11", guardians="Fatou\nMoussa", note="Fractions")
    text = client_for(cast.teacher).get(url(cast.amina)).content.decode()
    for part in (
        "Amina",
        "S001",
        "mailto:amina@homeroom.test",
        "tel:+33611",
        "Fatou\nMoussa",
        "Fractions",
        "Algebra A",
        f'data-conversation="{cast.amina.conversation_id}"',
        "Called home.",
        "<dt>Account</dt><dd>amina@homeroom.test</dd>",
    ):
        assert part in text, part


def test_dues_are_loaded_only_for_those_who_see_fees(cast, client_for):
    part = f'hx-get="/payments/students/{cast.amina.pk}/"'
    assert part in client_for(cast.staff).get(url(cast.amina)).content.decode()
    assert part not in client_for(cast.teacher).get(url(cast.amina)).content.decode()
    assert part not in client_for(cast.amina_user).get(url(cast.amina)).content.decode()


def test_a_student_reads_the_own_record_without_what_staff_say(cast, client_for):
    Student.objects.filter(pk=cast.amina.pk).update(note="Struggles at home")
    send_message(cast.staff, cast.amina.conversation, "Among us.", "staff")
    send_message(cast.staff, cast.amina.conversation, "Hello Amina.", "everyone")
    text = client_for(cast.amina_user).get(url(cast.amina)).content.decode()
    assert "Hello Amina." in text
    for hidden in ("Among us.", "Struggles at home", "/edit/", f"student-{cast.amina.pk}-staff"):
        assert hidden not in text, hidden
    part = client_for(cast.amina_user).get(url(cast.amina), headers=HTMX).content.decode()
    assert "Struggles at home" not in part


def test_a_teacher_is_not_told_of_batches_of_others(cast, client_for):
    art = Course.objects.create(title="Art")
    batch = Batch.objects.create(course=art, name="Secret", teacher=cast.teacher2, start=cast.batch.start, capacity=5)
    Enrollment.objects.create(student=cast.amina, course=art, batch=batch)
    assert "Secret" not in client_for(cast.teacher).get(url(cast.amina)).content.decode()
    assert "Secret" in client_for(cast.staff).get(url(cast.amina)).content.decode()
    assert "Secret" in client_for(cast.amina_user).get(url(cast.amina)).content.decode()


def test_markup_in_a_record_is_text(cast, client_for):
    Student.objects.filter(pk=cast.amina.pk).update(
        given_name="<b>x</b>", note="<script>1</script>", guardians="<img>", phone='"><i>', email='a"b@example.org'
    )
    text = client_for(cast.staff).get(url(cast.amina)).content.decode()
    for markup in ("<b>x", "<script>1", "<img>", "<i>"):
        assert markup not in text


def test_queries_do_not_grow_with_messages_and_batches(cast, client_for):
    client, counts = client_for(cast.staff), []
    for more in (1, 30):
        for number in range(more):
            send_message(cast.staff, cast.amina.conversation, f"Message {number}", "everyone")
            course = Course.objects.create(title=f"Course {more} {number}")
            batch = Batch.objects.create(course=course, name="B", start=cast.batch.start, capacity=5)
            Enrollment.objects.create(student=cast.amina, course=course, batch=batch)
        with CaptureQueriesContext(connection) as queries:
            client.get(url(cast.amina))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


# Adding


def test_adding_without_script_leads_to_the_new_record(cast, client_for):
    response = client_for(cast.staff).post("/students/new/", {**NEW, "family_name": "  Ba  ", "status": "paused"})
    student = Student.objects.get(code="N1")
    assert (response.status_code, response.url) == (302, url(student))
    assert (student.given_name, student.family_name, student.status) == ("Nia", "Ba", "paused")
    entry = AuditEntry.objects.get(verb="student.created")
    assert (entry.actor, entry.thing) == (cast.staff, student)


def test_adding_in_place_says_so_and_has_the_list_read_again(cast, client_for):
    response = client_for(cast.staff).post("/students/new/", NEW, headers=HTMX)
    assert response.status_code == 201
    assert response.headers["HX-Trigger"] == "students-changed"
    assert "is added" in response.content.decode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "This field is required."),
        ({"code": "N1", "given_name": "  "}, "This field is required."),
        ({**NEW, "code": "S001"}, "Another student has this code."),
        ({**NEW, "code": "x" * 41}, "at most 40 characters"),
        ({**NEW, "email": "nope"}, "An e-mail address has an @ in it."),
        ({**NEW, "status": "gone"}, "Choose one of the options."),
        ({**NEW, "note": "a\0b"}, "a character that can&#x27;t be shown"),
        ({**NEW, "note": "a\x07b"}, "a character that can&#x27;t be shown"),
    ],
)
def test_what_can_not_be_added_says_why_and_keeps_what_was_typed(cast, client_for, data, said):
    data = {**data, "family_name": "Typed"}
    for headers in ({}, HTMX):
        response = client_for(cast.staff).post("/students/new/", data, headers=headers)
        assert response.status_code == 422
        assert said in response.content.decode()
        assert 'value="Typed"' in response.content.decode()
    assert Student.objects.count() == 3


def test_two_who_add_the_same_code_at_once_make_one_student(cast, client_for, monkeypatch):
    monkeypatch.setattr("apps.students.forms.StudentForm.validate_unique", lambda form: None)
    response = client_for(cast.staff).post("/students/new/", {**NEW, "code": "S001"})
    assert response.status_code == 422
    assert "Another student has this code." in response.content.decode()


# Changing


def test_changing_in_place_answers_with_the_record(cast, client_for):
    form = client_for(cast.teacher).get(url(cast.amina, "edit/"), headers=HTMX).content.decode()
    assert "<html" not in form
    assert 'name="initial-grade"' in form
    data = as_shown(cast.amina, grade="8", note="one\r\ntwo")
    response = client_for(cast.teacher).post(url(cast.amina, "edit/"), data, headers=HTMX)
    assert response.status_code == 200
    assert "Saved" in response.content.decode()
    cast.amina.refresh_from_db()
    assert (cast.amina.grade, cast.amina.note) == ("8", "one\ntwo")
    entry = AuditEntry.objects.get(verb="student.updated")
    assert entry.detail == {"fields": ["grade", "note"]}


def test_changing_without_script_leads_back_to_the_record(cast, client_for):
    assert "<html" in client_for(cast.staff).get(url(cast.amina, "edit/")).content.decode()
    response = client_for(cast.staff).post(url(cast.amina, "edit/"), as_shown(cast.amina, grade="8"))
    assert (response.status_code, response.url) == (302, url(cast.amina))


def test_only_what_this_person_changed_is_written(cast, client_for):
    shown = as_shown(cast.amina, grade="8")
    Student.objects.filter(pk=cast.amina.pk).update(phone="123", note="Somebody else's")
    assert client_for(cast.staff).post(url(cast.amina, "edit/"), shown).status_code == 302
    cast.amina.refresh_from_db()
    assert (cast.amina.grade, cast.amina.phone, cast.amina.note) == ("8", "123", "Somebody else's")


def test_a_newer_change_of_the_same_field_is_not_overwritten_unless_one_insists(cast, client_for):
    client, shown = client_for(cast.staff), as_shown(cast.amina, grade="8", phone="5")
    Student.objects.filter(pk=cast.amina.pk).update(grade="9")
    response = client.post(url(cast.amina, "edit/"), shown, headers=HTMX)
    text = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else changed this to “9” while you were editing." in text
    assert 'name="grade" value="8"' in text
    assert 'name="initial-grade" value="9"' in text
    cast.amina.refresh_from_db()
    assert (cast.amina.grade, cast.amina.phone) == ("9", "")
    assert client.post(url(cast.amina, "edit/"), {**shown, "initial-grade": "9"}).status_code == 302
    cast.amina.refresh_from_db()
    assert (cast.amina.grade, cast.amina.phone) == ("8", "5")


def test_the_same_change_made_by_two_is_no_conflict(cast, client_for):
    shown = as_shown(cast.amina, grade="9", note="a\r\nb")
    Student.objects.filter(pk=cast.amina.pk).update(grade="9", note="a\nb")
    assert client_for(cast.staff).post(url(cast.amina, "edit/"), shown).status_code == 302
    assert not AuditEntry.objects.filter(verb="student.updated").exists()


def test_line_breaks_as_browsers_send_them_are_no_conflict(cast, client_for):
    Student.objects.filter(pk=cast.amina.pk).update(note="a\nb")
    cast.amina.refresh_from_db()
    shown = as_shown(cast.amina, **{"initial-note": "a\r\nb", "note": "a\r\nb\r\nc"})
    assert client_for(cast.staff).post(url(cast.amina, "edit/"), shown).status_code == 302
    cast.amina.refresh_from_db()
    assert cast.amina.note == "a\nb\nc"


def test_what_is_not_sent_is_left_alone_and_what_is_sent_empty_is_emptied(cast, client_for):
    Student.objects.filter(pk=cast.amina.pk).update(note="keep", phone="123")
    data = {"code": "S001", "given_name": "Aminata", "phone": ""}
    assert client_for(cast.staff).post(url(cast.amina, "edit/"), data).status_code == 302
    cast.amina.refresh_from_db()
    assert (cast.amina.given_name, cast.amina.note, cast.amina.phone) == ("Aminata", "keep", "")
    assert (cast.amina.status, cast.amina.email) == ("active", "amina@homeroom.test")


def test_what_can_not_be_saved_says_why_at_the_field(cast, client_for):
    data = as_shown(cast.amina, code="S002", email="nope", grade="8")
    response = client_for(cast.staff).post(url(cast.amina, "edit/"), data, headers=HTMX)
    text = response.content.decode()
    assert response.status_code == 422
    assert "Another student has this code." in text
    assert "An e-mail address has an @ in it." in text
    assert 'name="grade" value="8"' in text
    cast.amina.refresh_from_db()
    assert cast.amina.grade == ""


def test_a_code_taken_at_the_same_moment_is_refused(cast, client_for, monkeypatch):
    monkeypatch.setattr("apps.students.forms.StudentForm.validate_unique", lambda form: None)
    response = client_for(cast.staff).post(url(cast.amina, "edit/"), as_shown(cast.amina, code="S002"))
    assert response.status_code == 422
    assert "Another student has this code." in response.content.decode()


def test_pages_that_show_the_record_are_told_of_a_change_and_not_what_it_is(cast, published):
    with published():
        actions.update_student(cast.staff, cast.amina, {"grade": "8"})
    assert [channel for channel, _ in published] == [f"student-{cast.amina.pk}"]
    assert "event: student-" in published[0][1]
    assert "8" not in published[0][1].replace("utf-8", "")


def test_actions_ask_the_policy_themselves(cast):
    with pytest.raises(PermissionDenied):
        actions.create_student(cast.teacher, **NEW)
    with pytest.raises(PermissionDenied):
        actions.update_student(cast.amina_user, cast.amina, {"grade": "8"})
    with pytest.raises(PermissionDenied):
        actions.upload_import(cast.teacher, "x.csv", b"")


def test_a_teacher_cannot_move_a_students_address_to_be_invited_there(cast, client_for):
    teacher, address = client_for(cast.teacher), cast.amina.email
    page = teacher.get(f"{url(cast.amina)}edit/").content.decode()
    assert "The office changes it" in page
    answer = teacher.post(f"{url(cast.amina)}edit/", as_shown(cast.amina, email="me@elsewhere.test", grade="8b"))
    assert answer.status_code == 302
    cast.amina.refresh_from_db()
    assert (cast.amina.email, cast.amina.grade) == (address, "8b")
    with pytest.raises(PermissionDenied, match="office"):
        actions.update_student(cast.teacher, cast.amina, {"email": "me@elsewhere.test"})


def test_a_teacher_learns_of_no_code_whether_another_student_has_it(cast, client_for):
    teacher, answers = client_for(cast.teacher), []
    for code in (cast.chloe.code, cast.bruno.code, "NOBODY-HAS-IT"):
        answer = teacher.post(f"{url(cast.amina)}edit/", as_shown(cast.amina, code=code), headers=HTMX)
        answers.append((answer.status_code, "Another student" in answer.content.decode()))
        with pytest.raises(PermissionDenied, match="office"):
            actions.update_student(cast.teacher, cast.amina, {"code": code})
    assert answers == [(200, False)] * 3
    cast.amina.refresh_from_db()
    assert cast.amina.code == "S001"
