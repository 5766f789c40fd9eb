"""Numbers of what belongs to others, in every place of every address and in fields: nothing is told or changed."""

import re
from itertools import product
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Invitation, User
from apps.community.models import Community
from apps.conversations import actions
from apps.conversations.models import Attachment, Audience, Message
from apps.courses.models import Batch, Enrollment
from apps.notifications.models import Notification
from apps.students.models import Student
from tests import factories
from tests.attacks.routes import routes
from tests.attacks.test_csrf import facts
from tests.attacks.visits import Visitor
from tests.conftest import PASSWORD, Cast

# Words that stand in what belongs to Chloe, to her teacher, and to the office alone.
SECRETS = ("zimtstern", "pfeffernuss", "Chloe", "chloe@homeroom.test", "secretly@home.test")
HTMX = {"HX-Request": "true"}
# By the beginning of an address, the things whose numbers may lead to something there, as `theirs` names them; at all
# others the number of a student and of a message stand for any.
THINGS = {
    "conversations": ("thread", "talk", "message", "said", "file", "unsent"),
    "messages": ("talk", "user", "said"),
    "students": ("student", "user", "enrollment", "invitation"),
    "batches": ("batch", "student", "enrollment"),
    "courses": ("course", "student", "enrollment", "batch", "user"),
    "payments": ("student", "enrollment", "invitation"),
    "notifications": ("notice", "message"),
    "accounts": ("user", "invitation"),
    "people": ("user", "invitation"),
}


@pytest.fixture
def theirs(cast: Cast, settings, tmp_path) -> dict[str, Any]:
    """What isn't Amina's or her teacher's, by name."""
    settings.MEDIA_ROOT = tmp_path
    thread = cast.chloe.conversation
    file = actions.upload(cast.teacher2, thread, SimpleUploadedFile("zimtstern.txt", b"zimtstern"))
    sent = actions.send_message(cast.teacher2, thread, "zimtstern", Audience.EVERYONE, attachments=[file.pk])
    unsent = actions.upload(cast.teacher2, thread, SimpleUploadedFile("b.txt", b"zimtstern"))
    talk = actions.open_direct(cast.staff, cast.teacher2)
    said = actions.send_message(cast.staff, talk, "pfeffernuss", Audience.EVERYONE)
    invitation = Invitation.objects.create(
        email="secretly@home.test", role="student", invited_by=cast.teacher2, expires="2099-01-01T00:00Z"
    )
    Student.objects.filter(pk=cast.chloe.pk).update(invitation=invitation)
    notice = Notification.objects.create(recipient=cast.teacher2, event="x", kind="security", title="zimtstern")
    drawing = factories.course(title="zimtstern", published=False)
    return {
        "course": drawing.pk,
        "notice": notice.pk,
        "student": cast.chloe.pk,
        "user": cast.chloe_user.pk,
        "thread": thread.pk,
        "talk": talk.pk,
        "message": sent.pk,
        "said": said.pk,
        "file": file.pk,
        "unsent": unsent.pk,
        "batch": cast.batch2.pk,
        "enrollment": Enrollment.objects.get(student=cast.chloe).pk,
        "invitation": invitation.pk,
    }


@pytest.mark.parametrize("who", ["amina_user", "teacher"])
def test_no_number_in_an_address_leads_to_what_is_another_persons(cast, client_for, theirs, monkeypatch, who):
    monkeypatch.setattr("apps.core.limits._counts", None)
    user: User = getattr(cast, who)
    wholes = {
        "conversations": [cast.amina.conversation_id, theirs["thread"], theirs["talk"]],
        "courses": [cast.course.pk, theirs["course"]],
        "students": [theirs["student"]],
        "batches": [theirs["batch"]],
    }
    every = sorted({number for group in wholes.values() for number in group})
    visitor = Visitor(client_for(user))
    before, told, changed, asked = facts(), [], [], 0
    for route in routes():
        if "<int:" not in route.pattern or route.path.startswith("/admin/"):
            continue
        places = len(re.findall(r"/1(?=/)", route.path))
        # The last place is a thing, what stands before it the whole that it is part of: one's own as well.
        methods = {"GET", "POST", "DELETE"}
        kind = route.path.split("/")[1]
        above = wholes.get(kind, every) if places > 1 else every[:1]
        numbers = sorted({theirs[name] for name in THINGS.get(kind, ("student", "message"))})
        for whole, number in product(above, numbers):
            path = fill(route.path, (*[whole] * (places - 1), number))
            for method in sorted(methods):
                with visitor.asked("generic", method, path, headers=HTMX) as answer:
                    body = answer.getvalue().decode(errors="replace")
                    # All rows are compared only where one may have been written.
                    if visitor.wrote and facts() != before:
                        changed.append(f"{method} {path} {answer.status_code}")
                # Which methods there are depends on no number.
                methods -= {method} if answer.status_code == 405 else set()
                told += [f"{method} {path}: {word}" for word in SECRETS if word in body]
                asked += 1
    # A number may by chance also be that of a thing of their own, of another kind; what is said in it is theirs.
    mine = allowed(cast, user)
    assert [each for each in told if not re.match(mine, each)] == []
    assert [each for each in changed if not re.match(mine, each)] == []
    assert asked > 300


def fill(path: str, numbers: tuple[int, ...]) -> str:
    left = iter(numbers)
    return re.sub(r"/1(?=/)", lambda _: f"/{next(left)}", path)


def allowed(cast: Cast, user: User) -> str:
    """The addresses, of those tried, that are this person's.

    To change are those of their students, threads and batches; all of the communities of their courses is.
    """
    students = [s.pk for s in Student.objects.visible_to(user)]
    threads = [s.conversation_id for s in Student.objects.visible_to(user)]
    batches = [b.pk for b in Batch.objects.visible_to(user)]
    own = {"students": students, "conversations": threads, "batches": batches, "payments/students": []}
    parts = [f"{kind}/(?:{'|'.join(map(str, ids))})/" for kind, ids in own.items() if ids]
    courses = Community.objects.visible_to(user).values_list("course", flat=True)
    community = rf"[A-Z]+ /courses/(?:{'|'.join(map(str, courses)) or 'x{9}'})/community/"
    return rf"(?:POST|DELETE) /(?:{'|'.join(parts) or 'x{9}'})|{community}"


def test_a_message_takes_neither_anothers_files_nor_answers_what_its_author_cannot_read(cast, client_for, theirs):
    client, path = client_for(cast.amina_user), f"/conversations/{cast.amina.conversation_id}/messages/"
    hidden = actions.send_message(cast.teacher, cast.amina.conversation, "zimtstern", Audience.STAFF)
    for field, number in (
        ("attachments", theirs["file"]),
        ("attachments", theirs["unsent"]),
        ("reply_to", theirs["message"]),
        ("reply_to", theirs["said"]),
        ("reply_to", hidden.pk),
    ):
        answer = client.post(path, {"body": "look", field: number}, headers=HTMX)
        assert "zimtstern" not in answer.content.decode()
    assert not Message.objects.filter(author=cast.amina_user).exclude(reply_to=None).exists()
    assert Attachment.objects.get(pk=theirs["unsent"]).message is None
    assert Attachment.objects.get(pk=theirs["file"]).message_id == theirs["message"]
    answer = client.post(path, {"body": "look", "audience": "staff", "author": cast.staff.pk, "author_role": "admin"})
    assert not Message.objects.filter(body="look").exclude(author=cast.amina_user, audience="everyone").exists()


@pytest.mark.parametrize("field", ["user", "to", "with"])
def test_a_student_opens_no_talk_with_another_by_their_number(cast, client_for, theirs, field):
    before = facts()
    answer = client_for(cast.amina_user).post("/messages/", {field: theirs["user"]})
    assert answer.status_code in {404, 403, 422}
    assert facts() == before


def test_a_search_in_anothers_conversation_finds_nothing(cast, client_for, theirs):
    for conversation in (theirs["thread"], theirs["talk"]):
        answer = client_for(cast.amina_user).get("/conversations/search/", {"q": "zimtstern", "in": conversation})
        text = (
            answer.content.decode()
            .replace('value="zimtstern"', "")
            .replace("“zimtstern”", "")
            .replace("q=zimtstern", "")
        )
        assert answer.status_code == 404 or "<mark" not in text


def test_staff_alone_put_students_into_batches_by_their_numbers(cast, client_for, theirs):
    before = facts()
    for who in (cast.teacher, cast.amina_user):
        client = client_for(who)
        client.post(f"/batches/{cast.batch.pk}/students/", {"student": theirs["student"]})
        client.post(f"/batches/{cast.batch.pk}/students/{cast.amina.pk}/move/", {"batch": theirs["batch"]})
        client.post(f"/batches/{cast.batch.pk}/edit/", {"teacher": who.pk, "name": "Mine"})
        client.post("/batches/new/", {"name": "Mine", "course": cast.course.pk, "teacher": who.pk})
    assert facts() == before


def test_a_teacher_invites_of_the_ticked_students_their_own_alone(cast, client_for, theirs):
    Student.objects.update(user=None)
    ticked = {"student": [cast.amina.pk, theirs["student"]], "students": [theirs["student"]], "scope": "chosen"}
    client_for(cast.teacher).post("/students/invitations/", ticked)
    sent = set(Invitation.objects.filter(invited_by=cast.teacher).values_list("email", flat=True))
    assert "chloe@homeroom.test" not in sent
    assert Invitation.objects.get(pk=theirs["invitation"]).times_sent == 1


@pytest.mark.parametrize("who", ["amina_user", "teacher", "admin"])
def test_anothers_notification_is_answered_as_one_that_there_is_not(cast, client_for, theirs, who):
    def answers(pk: int) -> list[Any]:
        client, found = client_for(getattr(cast, who)), []
        for method, path in (("get", f"/notifications/{pk}/"), ("post", f"/notifications/{pk}/reading/")):
            for headers in ({}, HTMX):
                answer = getattr(client, method)(path, headers=headers)
                text = re.sub(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
                found.append((answer.status_code, answer.headers.get("Location"), text.replace(f"/{pk}/", "/PK/")))
        return found

    before = facts()
    assert answers(theirs["notice"]) == answers(987_654_321)
    assert facts() == before


def test_nobody_ends_the_session_of_another(cast, client_for, client):
    client.post("/accounts/login/", {"login": cast.bruno_user.email, "password": PASSWORD})
    row = UserSession.objects.get(user=cast.bruno_user)
    answer = client_for(cast.amina_user).post(f"/accounts/sessions/{row.pk}/ending/")
    assert answer.status_code == 404
    client_for(cast.amina_user).post(
        "/accounts/sessions/others/ending/", {"user": cast.bruno_user.pk, "session": row.pk}
    )
    assert client.get("/").status_code == 200
