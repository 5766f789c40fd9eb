"""A student comes to their own record, invited by who teaches or looks after them, and nobody else does."""

import re
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import invitations as accounts
from apps.accounts.invitations import Newcomer
from apps.accounts.models import AuditEntry, Invitation, Role, User
from apps.accounts.outcomes import Guest, Result
from apps.courses.models import Enrollment
from apps.students import invitations
from apps.students.actions import update_student
from apps.students.models import Student
from tests.accounts.test_sendings import later

MANY, JOIN = "/students/invitations/", "/accounts/join/"
SITE = "http://testserver"
PASSWORD = "seven quiet herons"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def dina(cast) -> Student:
    """A student of `teacher` who has no account."""
    student = Student.objects.create(code="S900", given_name="Dina", family_name="New", email="Dina@Example.org")
    Enrollment.objects.create(student=student, course=cast.course, batch=cast.batch)
    return student


def token() -> str:
    found = re.search(rf"{JOIN}(\S+)/", mail.outbox[-1].body)
    assert found
    return found[1]


def accept() -> User:
    return accounts.accept(token(), Newcomer("Dina", "New", PASSWORD))


def an_hour_passes() -> None:
    Invitation.objects.update(sent=timezone.now() - timedelta(hours=1))


def account_of(student: Student) -> User | None:
    return Student.objects.get(pk=student.pk).user


def test_who_accepts_comes_to_their_own_record(cast, client_for, dina):
    answer = client_for(cast.staff).post(f"/students/{dina.pk}/invitation/", headers=HTMX)
    assert answer.status_code == 200
    assert "Invitation sent." in answer.content.decode()
    assert 'data-invitation="pending"' in answer.content.decode()
    client = Client()
    client.get(f"{JOIN}{token()}/")
    assert 'value="Dina"' in client.get(JOIN).content.decode()
    client.post(JOIN, {"given_name": "Dina", "family_name": "New", "password": PASSWORD})
    user = account_of(dina)
    assert user
    assert (user.email, user.role) == ("dina@example.org", Role.STUDENT)
    assert f'data-conversation="{dina.conversation_id}"' in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 302), ("staff", 302), ("teacher", 302), ("teacher2", 404), ("amina_user", 404)]
)
def test_a_student_is_invited_by_who_looks_after_them(cast, client_for, dina, who, status):
    client = client_for(getattr(cast, who))
    assert client.post(f"/students/{dina.pk}/invitation/").status_code == status
    assert len(mail.outbox) == (status == 302)
    assert client.post(f"/students/{dina.pk}/invitation/revocation/").status_code == status
    assert client.get(f"/students/{dina.pk}/invitation/").status_code == 405


def test_the_actions_refuse_what_the_pages_do_not_offer(cast, dina):
    for actor in (cast.teacher2, cast.amina_user, cast.outsider):
        for deed in (
            lambda actor=actor: invitations.invite(actor, [dina], SITE),
            lambda actor=actor: invitations.invite_one(actor, dina, SITE),
            lambda actor=actor: invitations.revoke(actor, dina),
        ):
            with pytest.raises(PermissionDenied):
                deed()
    with pytest.raises(PermissionDenied):  # One of several is not theirs.
        invitations.invite(cast.teacher, [dina, cast.chloe], SITE)
    assert not mail.outbox


def test_a_student_does_not_invite_themselves_from_their_own_record(cast, client_for, dina):
    Student.objects.filter(pk=dina.pk).update(user=cast.outsider)
    client = client_for(cast.outsider)
    assert client.post(f"/students/{dina.pk}/invitation/").status_code == 404
    assert client.get(MANY).status_code == 404


def test_sending_again_goes_to_the_same_address_with_another_link(cast, client_for, dina):
    client = client_for(cast.teacher)
    url = f"/students/{dina.pk}/invitation/"
    client.post(url)
    first = token()
    assert "a moment ago" in client.post(url, headers=HTMX).content.decode()
    an_hour_passes()
    assert "Invitation sent." in client.post(url, headers=HTMX).content.decode()
    assert token() != first
    assert Invitation.objects.count() == 1
    with pytest.raises(accounts.Gone):
        accounts.find(first)


def test_a_corrected_address_ends_the_link_that_went_to_the_wrong_one(cast, client_for, dina):
    """Else whoever got the mail by mistake would come to a child's record."""
    invitations.invite_one(cast.staff, dina, SITE)
    update_student(cast.staff, dina, {"email": "dina@right.example"})
    page = client_for(cast.staff).get(f"/students/{dina.pk}/").content.decode()
    assert "at dina@example.org, which the record has no longer" in page
    with pytest.raises(ValidationError, match="changed its record"):
        accept()
    assert account_of(dina) is None
    assert not User.objects.filter(email="dina@example.org").exists()
    wrong = Invitation.objects.get()
    an_hour_passes()
    with pytest.raises(ValidationError, match="another address"):
        accounts.resend(cast.staff, wrong, SITE)
    dina.refresh_from_db()
    invitations.invite_one(cast.staff, dina, SITE)
    assert mail.outbox[-1].to == ["dina@right.example"]
    wrong.refresh_from_db()
    assert wrong.state == "revoked"
    assert accounts.accept(token(), Newcomer("Dina", "", PASSWORD)) == account_of(dina)


def test_a_record_that_has_an_account_meanwhile_is_not_given_to_another(cast, dina):
    invitations.invite_one(cast.staff, dina, SITE)
    Student.objects.filter(pk=dina.pk).update(user=cast.outsider)
    with pytest.raises(ValidationError, match="has an account already"):
        accept()
    assert account_of(dina) == cast.outsider
    assert Invitation.objects.get().state == "pending"


def test_with_its_record_an_invitation_ends(cast, dina):
    invitations.invite_one(cast.staff, dina, SITE)
    dina.delete()
    with pytest.raises(ValidationError, match="changed its record"):
        accept()
    assert not User.objects.filter(email="dina@example.org").exists()


def test_a_teacher_who_no_longer_teaches_a_student_sends_nothing_again(cast, client_for, dina):
    invitation = invitations.invite_one(cast.teacher, dina, SITE)
    Enrollment.objects.filter(student=dina).update(is_active=False)
    an_hour_passes()
    with pytest.raises(ValidationError, match="none of your batches"):
        accounts.resend(cast.teacher, invitation, SITE)
    assert client_for(cast.teacher).post(f"/students/{dina.pk}/invitation/").status_code == 404
    assert accounts.revoke(cast.teacher, invitation).state == "revoked"


def test_who_has_an_account_or_no_address_is_not_invited_and_it_is_said(cast, client_for, dina):
    client = client_for(cast.staff)

    def said(student: Student) -> str:
        answer = client.post(f"/students/{student.pk}/invitation/", follow=True)
        return re.sub(r"\s+", " ", answer.content.decode())

    assert "Has an account already." in said(cast.amina)
    Student.objects.filter(pk=dina.pk).update(email="")
    assert "No e-mail address." in said(dina)
    Student.objects.filter(pk=dina.pk).update(email=cast.amina.email)
    assert "Has an account already." in said(dina)
    assert not mail.outbox


# Many at once


@pytest.fixture
def several(cast, dina) -> list[Student]:
    """Students of `teacher`: one who can be invited, and one for each reason why not."""
    emails = ["dina2@example.org", "", "nowhere", cast.amina.email, "dina@example.org"]
    students = [dina]
    for number, email in enumerate(emails):
        student = Student.objects.create(code=f"T{number}", given_name=f"Extra{number}", email=email)
        Enrollment.objects.create(student=student, course=cast.course, batch=cast.batch)
        students.append(student)
    return students


def test_the_page_says_row_by_row_whom_it_would_invite(cast, client_for, several):
    html = client_for(cast.teacher).get(MANY).content.decode()
    rows = dict(re.findall(r'<tr data-student="(\d+)">(.*?)</tr>', html, re.DOTALL))
    assert {int(pk) for pk in rows} == {student.pk for student in several}
    may_be = [student.code for student in several if "disabled" not in rows[str(student.pk)]]
    assert may_be == ["S900", "T0"]
    assert "checked" not in html
    reasons = ["No e-mail address", "has an @ in it", "Has an account already", "the same address"]
    for student, reason in zip(several[2:], reasons, strict=True):
        assert reason in rows[str(student.pk)], student.code
        assert "disabled" in rows[str(student.pk)]
    assert not mail.outbox


def test_those_who_are_ticked_are_invited_and_the_others_reported(cast, client_for, several):
    answer = client_for(cast.teacher).post(MANY, {"student": [student.pk for student in several]})
    html = answer.content.decode()
    assert "2 invitations leave at" in html
    assert "4 were not invited:" in html
    for student in several[2:]:
        assert f"<bdi>{student.full_name}</bdi>" in html
    assert later() == 2
    assert sorted(message.to[0] for message in mail.outbox) == ["dina2@example.org", "dina@example.org"]
    tied = Student.objects.filter(invitation__isnull=False).values_list("code", "invitation__email")
    assert dict(tied) == {"S900": "dina@example.org", "T0": "dina2@example.org"}
    assert AuditEntry.objects.filter(verb="invitation.sent", actor=cast.teacher).count() == 2
    # Who was invited isn't offered again; the sibling with the same address still waits.
    assert "S900" not in html
    assert "Somebody else is invited with this address" in client_for(cast.teacher).get(MANY).content.decode()


def test_only_those_whom_one_may_see_are_invited(cast, client_for, dina):
    stranger = Student.objects.create(code="X1", given_name="Xenia", email="xenia@example.org")
    client = client_for(cast.teacher)
    client.post(MANY, {"student": [dina.pk, stranger.pk, cast.chloe.pk]})
    later()
    assert [message.to for message in mail.outbox] == [["dina@example.org"]]
    assert "Xenia" not in client.get(MANY).content.decode()


@pytest.mark.parametrize("chosen", [[], ["x"], ["0"], ["9" * 30], ["٣"], ["-1"]])
def test_nobody_chosen_is_told(cast, client_for, chosen):
    answer = client_for(cast.staff).post(MANY, {"student": chosen})
    assert answer.status_code == 422
    assert "Choose at least one student." in answer.content.decode()


def test_the_list_leads_there_with_its_filter(cast, client_for, several):
    client = client_for(cast.staff)
    assert f'href="{MANY}?q=Dina&amp;status=active"' in client.get("/students/?q=Dina&status=active").content.decode()
    part = client.get(f"/students/?batch={cast.batch.pk}", headers=HTMX).content.decode()
    assert f'href="{MANY}?batch={cast.batch.pk}"' in part
    html = client.get(f"{MANY}?q=dina").content.decode()
    found = {int(pk) for pk in re.findall(r'<tr data-student="(\d+)">', html)}
    assert found == {several[0].pk, several[1].pk, several[5].pk}
    assert "Extra1" not in html


def test_more_than_one_go_takes_several(cast, client_for, monkeypatch, several):
    monkeypatch.setattr("apps.students.views_invitations.AT_ONCE", 2)
    client = client_for(cast.staff)
    html = client.get(MANY).content.decode()
    assert "6 without an account, the first 2 below" in html
    assert "Choose at most 2 students" in client.post(MANY, {"student": [s.pk for s in several]}).content.decode()


def test_two_and_two_hundred_take_as_many_queries(cast, client_for, settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}  # Sending is a worker's.
    client = client_for(cast.admin)
    client.get(MANY)
    ContentType.objects.get_for_model(Invitation)  # Asked for once in a process.

    def students(count: int) -> list[int]:
        made = Student.objects.bulk_create(
            Student(code=f"Q{count}x{n}", given_name=f"Q{n}", email=f"q{n}of{count}@example.org") for n in range(count)
        )
        return [student.pk for student in made]

    counts = []
    for count in (2, 200):
        pks = students(count)
        with CaptureQueriesContext(connection) as looked:
            client.get(MANY)
        with CaptureQueriesContext(connection) as sent:
            client.post(MANY, {"student": pks})
        counts.append((len(looked), len(sent)))
        assert later() == count
    assert counts[0] == counts[1]
    assert counts[0][0] <= 15
    assert len(mail.outbox) == 202


def test_students_are_invited_by_address_to_their_own_records(cast, client_for, several):
    Student.objects.create(code="U1", given_name="Uma", email="twins@example.org")
    Student.objects.create(code="U2", given_name="Una", email="twins@example.org")
    typed = "DINA2@example.org\nnobody@example.org\ntwins@example.org\nnonsense\ndina2@example.org"
    answer = client_for(cast.staff).post("/accounts/invitations/new/", {"addresses": typed, "role": "student"})
    html = answer.content.decode()
    assert "1 invitation is on the way" in html
    for said in ("No student has this address", "Several students have this address", "has an @ in it"):
        assert said in html, said
    assert Student.objects.get(code="T0").invitation == Invitation.objects.get()


def test_a_student_invitation_without_a_record_opens_nothing(cast):
    (outcome,) = accounts.send(cast.admin, Role.STUDENT, [Guest("ghost@example.org")], SITE)
    assert outcome.result == Result.INVITED
    with pytest.raises(ValidationError, match="changed its record"):
        accept()
