"""The academy that the tables are about: who asks, and the things that are asked for."""

import datetime
import re
import shlex
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.auth.models import Permission
from django.core import signing
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts import email_change, looking, photos
from apps.accounts import invitations as inviting
from apps.accounts.models import Invitation, Role, User
from apps.accounts.outcomes import Guest
from apps.assessments import actions as assessing
from apps.assessments.models import Attempt
from apps.community import actions as community_actions
from apps.community.actions import NewTopic
from apps.conversations import actions
from apps.conversations.export import Export
from apps.conversations.export_job import export_pdf
from apps.conversations.models import Attachment, Audience, Conversation
from apps.courses.models import Enrollment, Lesson, Visibility
from apps.files import preparing
from apps.files.models import StoredFile
from apps.jobs import running
from apps.notifications import fanout
from apps.notifications.models import Delivery, Notification, State, Way
from apps.notifications.writing import token_for
from apps.scheduling.models.feeds import digest_of
from apps.students import invitations
from apps.students.actions import upload_import
from apps.support import actions as support
from tests import factories
from tests.conftest import Cast, confirm
from tests.conversations.files import picture
from tests.doors import passkey
from tests.doors.table import PEOPLE

NOBODYS = 987_654_321  # No row has this number.
NOWHERE = "/nothing/here/"
# Which of the cast stands behind a column that isn't called after them.
CAST = {
    "student": "amina_user",
    "classmate": "bruno_user",
    "permitted": "staff2",
    "looking": "admin",
    "stale": "amina_user",
    "stale admin": "admin",
}
# Who signed in a while ago, and has confirmed nothing since.
STALE = ("stale", "stale admin")
# What a redirect to one of these is called.
LEADS = {
    "/accounts/login/": "login",
    "/accounts/reauthenticate/": "again",
    "/accounts/2fa/reauthenticate/": "again",
    "/accounts/2fa/webauthn/reauthenticate/": "again",
    "/admin/login/": "barred",
}
SHEET = b"student_code,given_name,family_name\nS900,Nina,New\n"
HTMX = {"HX-Request": "true"}
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
# What a session keeps of itself, what rate limits count, and the record of what was taken away as a file.
ALLOWED = re.compile(
    r'\s*((INSERT INTO|UPDATE|DELETE FROM) "(django_session|usersessions_usersession|accounts_cache)"'
    r'|INSERT INTO "accounts_auditentry")',
    re.IGNORECASE,
)


class Answer(NamedTuple):
    """What one request came to."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def cell(self) -> str:
        """As it stands in the table."""
        if self.status == 302:
            return next((word for start, word in LEADS.items() if self.headers["Location"].startswith(start)), "302")
        return str(self.status)


@dataclass
class House:
    """The people, each with a browser of their own, and the things by the names that the tables have for them."""

    cast: Cast
    clients: dict[str, Client]
    things: dict[str, Any]
    _nowhere: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def person(self, who: str) -> User | None:
        """The account behind a column."""
        return None if who == "anonymous" else getattr(self.cast, CAST.get(who, who))

    def value(self, text: str) -> Any:
        """What `text` says in a row: a file for `@note.txt`, a thing's number for `{amina}` in it, else itself."""
        if text.startswith("@"):
            content = picture() if text.endswith(".jpg") else SHEET
            return SimpleUploadedFile(text[1:], content)
        return text.format_map(self.things)

    def numbers(self, text: str) -> list[Any]:
        """`thread note` as what an address takes: the things' numbers, and other words as they are."""
        return [] if text == "-" else [self.things.get(word, word) for word in text.split()]

    def fields(self, text: str) -> dict[str, Any]:
        """`body='Good morning' reply_to={message}` as it is sent; a field may come twice."""
        sent: dict[str, Any] = {}
        for word in shlex.split(text):
            name, _, value = word.partition("=")
            sent.setdefault(name, []).append(self.value(value))
        return {name: values[0] if len(values) == 1 else values for name, values in sent.items()}

    def ask(self, who: str, method: str, path: str, data: dict[str, Any] | None = None, **headers: str) -> Answer:
        """One request, after which the database and the person's cookies are as they were before."""
        client = self.clients[who]
        kept = client.cookies.output()
        cache.clear()
        send = getattr(client, method.lower())
        with untouched(), connection.execute_wrapper(_reads_only if method in {"GET", "HEAD"} else _anything):
            fields = (data or {},) if method in {"GET", "HEAD", "POST"} else ()
            response = send(path, *fields, headers=headers)
            body = response.getvalue()
        client.cookies.clear()
        client.cookies.load(kept.replace("Set-Cookie: ", ""))
        return Answer(response.status_code, dict(response.items()), body)

    def nowhere(self, who: str, body: str = "") -> Answer:
        """What this person gets where there is nothing; of a message that they send there, its text too."""
        if (who, body) not in self._nowhere:
            method, sent = ("POST", {"body": body}) if body else ("GET", None)
            self._nowhere[who, body] = self.ask(who, method, NOWHERE, sent)
        return self._nowhere[who, body]


def _reads_only(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """A GET may be a browser's that fetches ahead, or a mail scanner's: what it writes, nobody asked for."""
    if WRITES.match(sql) and not ALLOWED.match(sql):
        raise AssertionError(f"A GET writes: {sql}")
    return execute(sql, params, many, context)


def _anything(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    return execute(sql, params, many, context)


@contextmanager
def untouched() -> Iterator[None]:
    """What is written inside is taken back."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def furnish(cast: Cast) -> House:
    """Put the things in their places. What each is stands at the top of urls.txt."""
    things: dict[str, Any] = {name: getattr(cast, name).pk for name in Cast.__dataclass_fields__}
    things |= {"nobody": NOBODYS, "key": str(uuid.UUID(int=1))}
    things["admin2"] = factories.user(Role.ADMIN, "Aron").pk
    upload = upload_import(cast.staff, "new.csv", SHEET)
    running.run(upload.job_id)
    upload.refresh_from_db()
    things |= {"import": upload.pk, "plan": upload.plan["fingerprint"]}
    things |= _conversations(cast) | _invitations(cast) | _students(cast) | _own(cast) | _for_the_admin(cast)
    things |= _lessons(cast) | _certificates(cast) | _asked(cast)
    things |= _community(cast, things["lesson"]) | _scheduling(cast) | _quizzes(cast)
    things |= _told(cast, things["message"]) | _sent(cast)
    export = Export(cast.staff, cast.amina.conversation, staff=True)
    things["job"] = export_pdf(cast.staff, export).pk
    running.run(things["job"])
    house = House(cast, {who: Client() for who in (*PEOPLE, "permitted", "looking", *STALE)}, things)
    for who in house.clients:
        if user := house.person(who):
            _sign_in(house, who, user)
    return house


def _sign_in(house: House, who: str, user: User) -> None:
    """All but STALE have just typed their password: pages that ask for it again show what they hold."""
    client = house.clients[who]
    client.force_login(user)
    if who not in STALE:
        confirm(client, user)
    if who == "looking":
        session = client.session
        session[looking.KEY] = {"user": house.cast.amina_user.pk, "since": int(time.time())}
        session.save()


def _conversations(cast: Cast) -> dict[str, Any]:
    """Messages for each audience, each with a file and a picture; one that was taken away, one of Amina's own."""
    thread, talk = cast.amina.conversation, actions.open_direct(cast.staff, cast.teacher)
    made = {"thread": thread.pk, "bruno_thread": cast.bruno.conversation_id, "talk": talk.pk}
    for name, author, conversation, audience in (
        ("message", cast.teacher, thread, Audience.EVERYONE),
        ("note", cast.teacher, thread, Audience.STAFF),
        ("gone", cast.teacher, thread, Audience.EVERYONE),
        ("word", cast.staff, talk, Audience.EVERYONE),
    ):
        text, shot = (_file(author, conversation, f"{name}.{kind}") for kind in ("txt", "jpg"))
        message = actions.send_message(author, conversation, name, audience, attachments=[text.pk, shot.pk])
        made |= {name: message.pk, f"{name}_file": text.pk, f"{name}_picture": shot.pk}
        if name == "gone":
            actions.delete_message(author, message)
    # Before she writes herself, and so has seen it.
    fanout.tell(f"message-{made['message']}")
    made["own"] = actions.send_message(cast.amina_user, thread, "My own words").pk
    made["unsent"] = _file(cast.amina_user, thread, "unsent.jpg").pk
    return made


def _lessons(cast: Cast) -> dict[str, Any]:
    """Lessons of the course of Amina's batch, of one that nobody takes, and of one that is for everybody."""
    cover, film, captions = _stored("image/svg+xml"), _stored("application/pdf"), _stored("text/vtt")
    public = factories.course(visibility=Visibility.EVERYBODY, cover=cover)
    module, drawing, shown = (factories.module(**of) for of in ({"course": cast.course}, {}, {"course": public}))
    lessons = {
        "lesson": factories.lesson(module=module, file=film, captions=captions),
        "draft": factories.lesson(module=module, published=False),
        "drawing_lesson": factories.lesson(module=drawing),
        "free": factories.lesson(module=shown, preview=True),
        "closed": factories.lesson(module=shown, file=film, captions=captions),
    }
    sheets = {
        f"{name}_sheet": factories.lesson_attachment(lesson=lessons[name], file=film, name="sheet.pdf")
        for name in ("lesson", "draft", "closed")
    }
    things = {"module": module, "drawing": drawing.course, "open": public, **lessons, **sheets}
    things["over"] = Enrollment.objects.create(student=factories.student(), course=drawing.course, is_active=False)
    things["place"] = Enrollment.objects.get(student=cast.amina)
    things["code"] = factories.enrollment_code(course=drawing.course, text="DRAWING")
    things["guest"] = factories.course_invitation(course=cast.course)
    things["gallery"] = factories.course(visibility=Visibility.SIGNED_IN, open_to_join=True)
    written = factories.course()
    factories.course_teacher(course=written, teacher=cast.teacher)
    chapter = factories.module(course=written)
    page = factories.lesson(module=chapter)
    beside = factories.lesson_attachment(lesson=page)
    things |= {"written": written, "chapter": chapter, "page": page, "beside": beside}
    return {name: thing.pk for name, thing in things.items()}


def _stored(kind: str) -> StoredFile:
    name = default_storage.save("files/lesson", ContentFile(b"content"))
    return factories.stored_file(kind=kind, file=name, size=7)


def _certificates(cast: Cast) -> dict[str, Any]:
    """Amina's certificate, and Bruno's, which was revoked; announcements to their course, to her batch, to another."""
    revoked = {"revoked_at": timezone.now(), "revoked_reason": "Issued by mistake"}
    things = {
        "certificate": factories.certificate(course=cast.course, student=cast.amina),
        "revoked": factories.certificate(course=cast.course, student=cast.bruno, **revoked),
        "news": factories.announcement(course=cast.course, author=cast.staff),
        "batch_news": factories.announcement(course=cast.course, author=cast.teacher, batch=cast.batch),
        "batch2_news": factories.announcement(course=cast.course, author=cast.teacher2, batch=cast.batch2),
    }
    paper = things["certificate"].readable_number
    return {name: thing.pk for name, thing in things.items()} | {"paper": paper, "forged": "0" * 26}


def _asked(cast: Cast) -> dict[str, Any]:
    """Amina has asked the academy, and Bruno, whose question is closed; words among staff about hers."""
    hers = support.ask(cast.amina_user, "Where is my invoice?")
    made = {"question": hers.conversation_id, "ticket": hers.conversation.ticket.pk, "hers": hers.pk}
    made["remark"] = actions.send_message(cast.staff, hers.conversation, "Who knows?", Audience.STAFF).pk
    closed = support.close(cast.staff, support.ask(cast.bruno_user, "Is it over?").conversation.ticket)
    more = {"bruno_question": closed.conversation_id, "bruno_ticket": closed.pk}
    more["first_file"] = _file(cast.amina_user, None, "first.txt").pk
    return made | more | {"topic": factories.topic().pk, "label": factories.label().pk}


def _community(cast: Cast, lesson: int) -> dict[str, Any]:
    """A question of Amina's in Algebra, Bruno's reply to it, one that was taken away, and a comment under a lesson."""
    community = cast.course.community
    community.banner = _stored("image/svg+xml")
    community.save(update_fields=["banner"])
    topics = {
        name: community_actions.start_topic(by, community, NewTopic(name, "Why?", uuid.uuid4(), is_question=True))
        for name, by in (("thought", cast.amina_user), ("lost_thought", cast.bruno_user))
    }
    answer = actions.send_message(cast.bruno_user, topics["thought"].conversation, "Because")
    lost = community_actions.remove_post(cast.staff, topics["lost_thought"].conversation.messages.get(), "Said before")
    talk = factories.lesson_talk(lesson=Lesson.objects.get(pk=lesson))
    made = {name: topic.pk for name, topic in topics.items()}
    talks = {"thinking": topics["thought"].conversation_id, "chat": community.chat_id, "comments": talk.conversation_id}
    waiting = factories.held(topic=topics["thought"], author=cast.amina_user)
    factories.flag(message=answer, user=cast.amina_user)
    removed = {"lost": lost.pk, "taken": lost.message_id}
    return made | talks | removed | {"answer": answer.pk, "community": community.pk, "waiting": waiting.pk}


def _scheduling(cast: Cast) -> dict[str, Any]:
    """Amina's lessons with her teacher, one to come and one that has begun."""
    lesson = {"teacher": cast.teacher, "students": [cast.amina]}
    coming, begun = (factories.booking(days=days, **lesson) for days in (30, -1))
    asked = factories.lesson_request(student=cast.amina, teacher=cast.teacher)
    offered = factories.request_time(request=asked, days=40)
    weekly = factories.series(teacher=cast.teacher, first=coming.day, count=3)
    weekly.students.add(cast.amina)
    factories.booking(days=30, series=weekly, series_day=coming.day, **lesson)
    just_made = factories.series(teacher=cast.teacher, first=coming.day, count=1)
    change = factories.series_change(series=just_made, by=cast.teacher)
    series = {"weekly": weekly.pk, "just_made": just_made.pk, "change": change.pk}
    made = {"coming": coming, "begun": begun, "hall": factories.room(name="Hall"), "asked": asked, "offered": offered}
    moving = factories.booking(days=31, **lesson)
    made["moving"] = factories.proposal(booking=moving, by=cast.amina_user, turn="teacher")
    made["feed"] = factories.feed(user=cast.amina_user, digest=digest_of("feed-of-amina"))
    made["event"] = factories.own_event(owner=cast.amina_user)
    made["other_time"] = factories.proposed_time(proposal=made["moving"], days=41)
    made["jotting"] = factories.student_note(student=cast.amina, author=cast.teacher)
    made["homework"] = factories.student_task(student=cast.amina, author=cast.teacher)
    named = {"feed_secret": "feed-of-amina", "amina_code": cast.amina.code}
    return series | {name: row.pk for name, row in made.items()} | named


def _quizzes(cast: Cast) -> dict[str, Any]:
    """A quiz of their course that Amina sits and Bruno has handed in, and a draft."""
    exam = factories.quiz(course=cast.course)
    asked, _ = factories.question(quiz=exam), factories.question(quiz=exam)
    hers, his = (assessing.start_attempt(user, exam) for user in (cast.amina_user, cast.bruno_user))
    assessing.hand_in(cast.bruno_user, his)
    Attempt.objects.filter(pk=hers.pk).update(deadline=timezone.now() + datetime.timedelta(hours=1))
    draft = factories.quiz(course=cast.course, published=False)
    factories.question(quiz=draft)
    mended = factories.key_mending(version=asked.current, mode="keep")
    made = {
        "exam": exam,
        "exam_question": asked,
        "mended": mended,
        "sitting": hers,
        "handed_in": his,
        "draft_exam": draft,
    }
    return {"first": 1} | {name: row.pk for name, row in made.items()}


def _file(uploader: User, conversation: Conversation | None, name: str) -> Attachment:
    content = picture() if name.endswith("jpg") else b"words"
    attachment = actions.upload(uploader, conversation, SimpleUploadedFile(name, content))
    preparing.prepare(attachment.file_id)
    return attachment


def _invitations(cast: Cast) -> dict[str, Any]:
    """Two that aren't for students, sent an hour ago, and the token of the first."""
    made: dict[str, Any] = {}
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    for name, role, by in (
        ("invited_teacher", Role.TEACHER, cast.staff),
        ("invited_staff", Role.STAFF, cast.admin),
    ):
        email = f"{name}@homeroom.test"
        invitation = factories.invitation(role, email=email, invited_by=by, sent=an_hour_ago)
        made.setdefault("token", invitation.new_token())
        invitation.save()
        made[name] = invitation.pk
    return made


def _own(cast: Cast) -> dict[str, Any]:
    """What is Amina's alone: a passkey, a session in another browser, an address that she is about to change to."""
    amina = cast.amina_user
    new = factories.email_address(user=amina, email="amina@new.test", verified=False)
    made = {
        "passkey": factories.authenticator(user=amina, type="webauthn", data=passkey.kept("Phone")).pk,
        "session": factories.session(user=amina).pk,
        "stop": signing.dumps([amina.pk, new.pk], salt=email_change.SALT),
    }
    for name, person in (("face", amina), ("teachers_face", cast.teacher)):
        photos.set_photo(person, SimpleUploadedFile("face.jpg", picture()))
        made[name] = photos.version(person)
    return made


def _students(cast: Cast) -> dict[str, Any]:
    """Four without accounts: Bella and Dora, whom he has invited, are the teacher's, Carl another's, Bare nobody's."""
    made: dict[str, Any] = {}
    for name, batch in (("bella", cast.batch), ("dora", cast.batch), ("carl", cast.batch2), ("bare", None)):
        student = factories.student(name, given_name=name.title(), email=f"{name}@new.test")
        if batch:
            factories.enrollment(student=student, batch=batch)
        made[name] = student.pk
        if name == "dora":
            (invited,) = invitations.invite(cast.teacher, [student], "https://homeroom.test")
            made["invited_student"] = invited.invitation.pk
            Invitation.objects.update(sent=timezone.now() - datetime.timedelta(hours=1))
    return made


def _sent(cast: Cast) -> dict[str, Any]:
    """Two invitations that staff sent in one go and can still stop."""
    guests = [Guest("first@new.test"), Guest("second@new.test")]
    invited, _ = inviting.send(cast.staff, Role.TEACHER, guests, "https://homeroom.test", stoppable_from=1)
    return {"sending": invited.invitation.sending}


def _told(cast: Cast, message: int) -> dict[str, Any]:
    """What Amina was told of a message, by a letter too that was given up; what she chose, and a link of her mails."""
    amina = cast.amina_user
    notice = Notification.objects.get(recipient=amina, event=f"message-{message}")
    letter = Delivery.objects.get(notification=notice, way=Way.EMAIL)
    Delivery.objects.filter(pk=letter.pk).update(state=State.FAILED, error="550: refused", ended=timezone.now())
    factories.preference(user=amina, way=Way.DIGEST, wanted=True)
    factories.schedule(user=amina)
    refused = factories.outgoing_email(to="gone@homeroom.test", state=State.FAILED, error="550: refused")
    stop = token_for(amina, Way.EMAIL, ["message"])
    return {"notice": notice.pk, "letter": letter.pk, "email": refused.pk, "unsubscribe": stop}


def _for_the_admin(cast: Cast) -> dict[str, Any]:
    """A bill, a payment, and somebody of the staff who has every permission in the admin."""
    cast.staff2.user_permissions.set(Permission.objects.all())
    invoice = factories.invoice(cast.amina, batch=cast.batch, due_on=factories.START)
    payment = factories.payment(cast.amina, recorded_by=cast.staff)
    return {"invoice": invoice.pk, "payment": payment.pk}
