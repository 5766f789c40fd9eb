"""Rows for tests: one function for each model, which makes what a row needs and takes any field by its name.

A new model has its function here and nowhere else: the lists of the admin and the access matrix find it in ROWS.
Nothing is asked of Django before the first call: what runs beside a server sets it up first, then imports this.
"""

import datetime
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import Group
from django.db.models import Model
from django.utils import timezone

from apps.accounts import audit
from apps.accounts import outgoing_email as outgoing
from apps.accounts.models import AuditEntry, Invitation, OutgoingEmail, Role, User
from apps.assessments.models import (
    Accommodation,
    Answer,
    Attempt,
    AttemptQuestion,
    Choice,
    Extension,
    KeyMending,
    Question,
    QuestionVersion,
    Quiz,
)
from apps.billing.models import Invoice, InvoiceSeries, Payment, PaymentReversal
from apps.community.models import (
    AcceptedAnswer,
    Community,
    Flag,
    Held,
    LessonTalk,
    Membership,
    ModerationNote,
    Removal,
    TopicSetting,
)
from apps.community.models import Topic as CommunityTopic
from apps.conversations.models import Attachment, Audience, Conversation, Message, Participant
from apps.core.academy_calendar import academy_today
from apps.courses.models import (
    Announcement,
    Batch,
    Category,
    Certificate,
    ClockMark,
    Course,
    CourseCompletion,
    CourseInvitation,
    CourseTeacher,
    Enrollment,
    EnrollmentCode,
    Lesson,
    LessonAttachment,
    LessonProgress,
    LessonVersion,
    Letterhead,
    Module,
)
from apps.files.models import StoredFile
from apps.jobs.models import Job
from apps.notifications.models import Delivery, Event, Notification, Preference, Schedule, Way
from apps.scheduling.models import (
    Attendance,
    Attendee,
    Booking,
    BookingMove,
    Claim,
    Feed,
    LessonRequest,
    OwnEvent,
    Proposal,
    ProposedTime,
    RequestTime,
    Room,
    Series,
    SeriesChange,
    Side,
    SkippedDay,
)
from apps.students.models import Student, StudentImport, StudentNote, StudentTask
from apps.support.models import BusinessHours, CannedAnswer, Label, SpecialDay, SupportAgent, Ticket, TicketLog, Topic

PASSWORD = "correct horse battery"
# One hash for all: none of them is slow, and none is made twice.
HASHED = MD5PasswordHasher().encode(PASSWORD, "salt")
START = datetime.date(2026, 9, 1)
_numbers = itertools.count(1)


def user(role: str = Role.TEACHER, given_name: str = "", **fields: Any) -> User:
    """An account that signs in with PASSWORD."""
    name = given_name or f"Person {next(_numbers)}"
    address = f"{name.lower().replace(' ', '-')}@homeroom.test"
    return User.objects.create(**{"email": address, "given_name": name, "role": role, "password": HASHED} | fields)


def email_address(**fields: Any) -> EmailAddress:
    owner = fields.pop("user", None) or user()
    return EmailAddress.objects.create(**{"user": owner, "email": f"also-{owner.email}", "verified": True} | fields)


def authenticator(**fields: Any) -> Authenticator:
    return Authenticator.objects.create(**{"type": "recovery_codes", "data": {}} | _owned(fields))


def session(**fields: Any) -> UserSession:
    """A session as its owner sees it listed; nobody is signed in by it."""
    own = {"session_key": f"session-{next(_numbers)}", "ip": "127.0.0.1", "user_agent": "Phone"}
    return UserSession.objects.create(**own | _owned(fields))


def group(**fields: Any) -> Group:
    return Group.objects.create(**{"name": f"Group {next(_numbers)}"} | fields)


def invitation(role: str = Role.STUDENT, **fields: Any) -> Invitation:
    """One that is open for an hour, sent by somebody of the staff. Its token is that of `new_token()`."""
    number = next(_numbers)
    expires = timezone.now() + datetime.timedelta(hours=1)
    own = {"email": f"invited-{number}@new.test", "token_hash": f"hash-{number}", "expires": expires}
    by = fields.pop("invited_by", None) or user(Role.STAFF)
    return Invitation.objects.create(role=role, invited_by=by, **own | fields)


def audit_entry(**fields: Any) -> AuditEntry:
    """About a student, by somebody of the staff."""
    return audit.record(fields.get("actor") or user(Role.STAFF), "tested", fields.get("thing") or student())


def stored_file(**fields: Any) -> StoredFile:
    """A PDF, ready, whose bytes are wherever `file` says; nowhere unless it does."""
    number = next(_numbers)
    own = {"name": f"sheet-{number}.pdf", "kind": "application/pdf", "size": 100, "file": f"files/{number}"}
    return StoredFile.objects.create(
        **own | {"owner": fields.pop("owner", None) or user(), "ready": timezone.now()} | fields
    )


def student(code: str = "", **fields: Any) -> Student:
    """A record with its thread, without an account unless `user` is given."""
    code = code or f"F{next(_numbers):05}"
    return Student.objects.create(**{"code": code, "given_name": f"Student {code}"} | fields)


def student_with_account(code: str = "", **fields: Any) -> Student:
    return student(code, user=user(Role.STUDENT), **fields)


def student_import(**fields: Any) -> StudentImport:
    owner = fields.pop("owner", None) or user(Role.STAFF)
    return StudentImport.objects.create(**{"owner": owner, "name": "students.csv", "content": b"x"} | fields)


def student_note(**fields: Any) -> StudentNote:
    """For the team, today."""
    own = {"student": fields.pop("student", None) or student(), "author": fields.pop("author", None) or user()}
    return StudentNote.objects.create(**own | {"body": "Reads well."} | fields)


def student_task(**fields: Any) -> StudentTask:
    """Due in `days`, a week by default."""
    day = academy_today() + datetime.timedelta(days=fields.pop("days", 7))
    own = {"student": fields.pop("student", None) or student(), "author": fields.pop("author", None) or user()}
    return StudentTask.objects.create(**own | {"title": "Read chapter 2", "day": day} | fields)


def course(**fields: Any) -> Course:
    return Course.objects.create(**{"title": f"Course {next(_numbers)}", "published": True} | fields)


def batch(**fields: Any) -> Batch:
    taught = {"course": fields.pop("course", None) or course(), "teacher": fields.pop("teacher", None) or user()}
    own = {"name": f"Batch {next(_numbers)}", "start": START, "capacity": 20, "fee": Decimal(300)}
    return Batch.objects.create(**taught | own | fields)


def enrollment(**fields: Any) -> Enrollment:
    """In a batch, and so in its course."""
    learner, into = fields.pop("student", None) or student(), fields.pop("batch", None) or batch()
    return Enrollment.objects.create(**{"student": learner, "batch": into, "course": into.course} | fields)


def category(**fields: Any) -> Category:
    return Category.objects.create(**{"name": f"Category {next(_numbers)}"} | fields)


def course_teacher(**fields: Any) -> CourseTeacher:
    into, by = fields.pop("course", None) or course(), fields.pop("teacher", None) or user()
    return CourseTeacher.objects.create(course=into, teacher=by, **fields)


def course_invitation(**fields: Any) -> CourseInvitation:
    into, guest = fields.pop("course", None) or course(), fields.pop("student", None) or student()
    return CourseInvitation.objects.create(course=into, student=guest, **fields)


def clock_mark(**fields: Any) -> ClockMark:
    return ClockMark.objects.create(**fields)


def enrollment_code(**fields: Any) -> EnrollmentCode:
    into = fields.pop("course", None) or course()
    return EnrollmentCode.objects.create(**{"course": into, "text": f"CODE{next(_numbers)}", "uses": 10} | fields)


def module(**fields: Any) -> Module:
    number = next(_numbers)
    into = fields.pop("course", None) or course()
    return Module.objects.create(**{"course": into, "title": f"Module {number}", "position": number} | fields)


def lesson(**fields: Any) -> Lesson:
    """A published text in a published course, unless said otherwise."""
    number = next(_numbers)
    into = fields.pop("module", None) or module()
    own = {"title": f"Lesson {number}", "position": number, "published": True, "body": "Text", "html": "<p>Text</p>"}
    return Lesson.objects.create(**{"module": into} | own | fields)


def attachment(**fields: Any) -> Attachment:
    """A file that was chosen for a message and not sent yet, unless `message` is given."""
    message = fields.get("message")
    own = {"file": fields.pop("file", None) or stored_file(owner=fields.get("uploader"))}
    if message:
        own |= {"conversation": message.conversation, "uploader": message.author}
    return Attachment.objects.create(**own | fields)


def lesson_attachment(**fields: Any) -> LessonAttachment:
    of, file = fields.pop("lesson", None) or lesson(), fields.pop("file", None) or stored_file()
    return LessonAttachment.objects.create(**{"lesson": of, "file": file, "name": file.name} | fields)


def lesson_version(**fields: Any) -> LessonVersion:
    of = fields.pop("lesson", None) or lesson()
    return LessonVersion.objects.create(**{"lesson": of, "number": of.version, "title": of.title} | fields)


def lesson_progress(**fields: Any) -> LessonProgress:
    of, by = fields.pop("lesson", None) or lesson(), fields.pop("student", None) or student()
    return LessonProgress.objects.create(lesson=of, student=by, **fields)


def course_completion(**fields: Any) -> CourseCompletion:
    of, by = fields.pop("course", None) or course(), fields.pop("student", None) or student()
    return CourseCompletion.objects.create(**{"course": of, "student": by, "lessons": 1} | fields)


def letterhead(**fields: Any) -> Letterhead:
    return Letterhead.objects.create(**{"signed_by": "Helena Head", "position": "Head of the academy"} | fields)


def certificate(**fields: Any) -> Certificate:
    """As the course's rule issues it, without what that does beside."""
    of, by = fields.pop("course", None) or course(), fields.pop("student", None) or student()
    own = {"name": by.full_name, "course_title": of.title, "academy": "Homeroom Academy", "finished_on": START}
    return Certificate.objects.create(**{"course": of, "student": by} | own | fields)


def announcement(**fields: Any) -> Announcement:
    of, number = fields.pop("course", None) or course(), next(_numbers)
    words = {"title": f"News {number}", "body": "Read this.", "html": "<p>Read this.</p>"}
    return Announcement.objects.create(**{"course": of, "author": user()} | words | fields)


def days_ago(days: int) -> datetime.date:
    """On the academy's calendar, as fees are."""
    return academy_today() - datetime.timedelta(days=days)


def invoice(
    student: Student | None = None,
    amount: str | Decimal = "300",
    age: int = 0,
    currency: str = "EUR",
    batch: Batch | None = None,
    **fields: Any,
) -> Invoice:
    """An invoice that fell due `age` days ago (in the future if negative)."""
    own = {"number": f"T-{next(_numbers)}", "description": "Fee", "due_on": days_ago(age), "currency": currency}
    of = student or student_with_account()
    return Invoice.objects.create(student=of, batch=batch, amount=Decimal(amount), **own | fields)


def payment(
    student: Student | None = None, amount: str | Decimal = "5", currency: str = "EUR", **fields: Any
) -> Payment:
    of = student or student_with_account()
    return Payment.objects.create(student=of, amount=Decimal(amount), currency=currency, **fields)


def payment_reversal(**fields: Any) -> PaymentReversal:
    own = {"payment": fields.pop("payment", None) or payment(), "reason": "Recorded twice"}
    return PaymentReversal.objects.create(**own | fields)


def invoice_series(**fields: Any) -> InvoiceSeries:
    return InvoiceSeries.objects.create(**{"year": 2000 + InvoiceSeries.objects.count()} | fields)


def conversation(**fields: Any) -> Conversation:
    """A student's thread."""
    return student_with_account(**fields).conversation


def ticket(**fields: Any) -> Ticket:
    """A support ticket without a message."""
    person = fields.pop("person", None) or user(Role.STUDENT)
    talk = fields.pop("conversation", None) or Conversation.objects.create(kind="support")
    return Ticket.objects.create(person=person, conversation=talk, **fields)


def ticket_log(**fields: Any) -> TicketLog:
    """A line of a ticket's history."""
    return TicketLog.objects.create(**{"ticket": fields.pop("ticket", None) or ticket(), "event": "asked"} | fields)


def topic(**fields: Any) -> Topic:
    """What a question may be about."""
    return Topic.objects.create(**{"name": f"Topic {next(_numbers)}"} | fields)


def label(**fields: Any) -> Label:
    """What staff put on tickets."""
    return Label.objects.create(**{"name": f"Label {next(_numbers)}"} | fields)


def canned_answer(**fields: Any) -> CannedAnswer:
    """A text that everyone who answers may insert."""
    return CannedAnswer.objects.create(**{"title": "Greeting", "body": "Hello {{ given_name }}"} | fields)


def support_agent(**fields: Any) -> SupportAgent:
    """One of the staff who answers."""
    return SupportAgent.objects.create(**{"user": fields.pop("user", None) or user(Role.STAFF)} | fields)


def special_day(**fields: Any) -> SpecialDay:
    """A closure, unless it gets hours."""
    date = datetime.date(2027, 1, 1) + datetime.timedelta(next(_numbers))
    return SpecialDay.objects.create(**{"date": date, "name": "Closed"} | fields)


def business_hours(**fields: Any) -> BusinessHours:
    """Monday from nine to five."""
    return BusinessHours.objects.create(**{"weekday": 0, "opens": 540, "closes": 1020} | fields)


def community(**fields: Any) -> Community:
    """A new course's."""
    made = course().community
    Community.objects.filter(pk=made.pk).update(**fields)
    made.refresh_from_db()
    return made


def community_topic(**fields: Any) -> CommunityTopic:
    """A topic without a message."""
    of = fields.pop("community", None) or community()
    talk = fields.pop("conversation", None) or Conversation.objects.create(kind="topic", area=of.course_id)
    own = {"community": of, "conversation": talk, "title": f"Topic {next(_numbers)}"}
    return CommunityTopic.objects.create(**own | fields)


def topic_post(**fields: Any) -> Message:
    """A message in a topic, without what `send_message` does beside."""
    of = fields.pop("topic", None) or community_topic()
    return message(conversation=of.conversation, **{"author": user(), "place": f"{next(_numbers):05}"} | fields)


def accepted_answer(**fields: Any) -> AcceptedAnswer:
    reply = fields.pop("message", None) or topic_post()
    return AcceptedAnswer.objects.create(message=reply, topic=reply.conversation.topic, **fields)


def topic_setting(**fields: Any) -> TopicSetting:
    return TopicSetting.objects.create(**{"topic": community_topic(), "user": user(), "level": "everything"} | fields)


def membership(**fields: Any) -> Membership:
    """What is kept of somebody, who need not be a member."""
    return Membership.objects.create(**{"community": community(), "user": user(Role.STUDENT)} | fields)


def lesson_talk(**fields: Any) -> LessonTalk:
    """A lesson with room for comments and none yet."""
    under = fields.pop("lesson", None) or lesson()
    area = under.module.course_id
    talk = fields.pop("conversation", None) or Conversation.objects.create(kind="lesson", area=area)
    return LessonTalk.objects.create(lesson=under, conversation=talk)


def held(**fields: Any) -> Held:
    """A reply that waits."""
    of = fields.pop("topic", None) or community_topic()
    own = {"community": of.community, "conversation": of.conversation, "kind": "reply", "body": "May I?"}
    return Held.objects.create(**own | {"author": fields.pop("author", None) or user(Role.STUDENT)} | fields)


def flag(**fields: Any) -> Flag:
    """An open report of a reply."""
    post = fields.pop("message", None) or topic_post()
    own = {"community": post.conversation.topic.community, "reason": "rude"}
    return Flag.objects.create(message=post, **own | {"user": fields.pop("user", None) or user(Role.STUDENT)} | fields)


def removal(**fields: Any) -> Removal:
    """Of a reply that a moderator removed."""
    post = fields.pop("message", None) or topic_post()
    own = {"community": post.conversation.topic.community, "reason": "Be kind"}
    return Removal.objects.create(message=post, **own | fields)


def moderation_note(**fields: Any) -> ModerationNote:
    """About a person."""
    own = {"community": community(), "person": user(Role.STUDENT), "author": user(), "body": "Second time"}
    return ModerationNote.objects.create(**own | fields)


def participant(**fields: Any) -> Participant:
    thread = fields.pop("conversation", None) or conversation()
    person = fields.pop("user", None) or thread.student.user
    return Participant.objects.create(conversation=thread, user=person, **fields)


def message(**fields: Any) -> Message:
    """One that the student has written, without what `send_message` does beside."""
    thread, number = fields.pop("conversation", None) or conversation(), next(_numbers)
    author = fields.pop("author", None) or thread.student.user
    said = {"author_name": author.given_name, "author_role": author.role, "audience": Audience.EVERYONE, "body": "x"}
    numbers = {"key": number, "version": number}
    return Message.objects.create(conversation=thread, author=author, **said | numbers | fields)


def event(**fields: Any) -> Event:
    own = {"key": f"message-{next(_numbers)}", "kind": "message", "title": "Told", "actor": user(Role.STAFF)}
    return Event.objects.create(**own | fields)


def notification(**fields: Any) -> Notification:
    """That somebody of the staff has written."""
    recipient, actor = fields.pop("recipient", None) or user(), user(Role.STAFF)
    own = {"event": f"message-{next(_numbers)}", "kind": "message", "title": "Told", "actor": actor}
    return Notification.objects.create(recipient=recipient, **own | fields)


def preference(**fields: Any) -> Preference:
    return Preference.objects.create(**{"kind": "message", "way": Way.EMAIL, "wanted": False} | _owned(fields))


def schedule(**fields: Any) -> Schedule:
    return Schedule.objects.create(**_owned(fields))


def delivery(**fields: Any) -> Delivery:
    """A mail that is due now."""
    notice = fields.pop("notification", None) or notification()
    own = {"recipient": notice.recipient, "way": Way.EMAIL, "bundle": "b", "due": timezone.now()}
    return Delivery.objects.create(notification=notice, **own | fields)


def outgoing_email(**fields: Any) -> OutgoingEmail:
    """One of accounts' emails that is due now."""
    row = outgoing.email(f"o{next(_numbers)}@homeroom.test", "Test", subject="Hello", text="Hello")
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def job(**fields: Any) -> Job:
    """Work in the background that waits."""
    owner = fields.pop("owner", None) or user(Role.STAFF)
    return Job.objects.create(
        **{"owner": owner, "kind": "count", "key": str(next(_numbers)), "title": "Count"} | fields
    )


def _owned(fields: dict[str, Any]) -> dict[str, Any]:
    """With a user of its own where none is given."""
    return {**fields, "user": fields.get("user") or user()}


def quiz(**fields: Any) -> Quiz:
    """A published quiz without questions, in a published course."""
    into = fields.pop("course", None) or course()
    return Quiz.objects.create(**{"course": into, "title": f"Quiz {next(_numbers)}", "published": True} | fields)


def question(**fields: Any) -> Question:
    """One of several options, of which the first is right; `kind` and more of its version may be said."""
    into, number = fields.pop("quiz", None) or quiz(), next(_numbers)
    options = fields.pop("options", ("Right", "Wrong", "Other"))
    right = fields.pop("right", options[:1])
    row = Question.objects.create(quiz=into, position=number)
    own = {"question": row, "kind": "single", "text": f"Question {number}?", "html": f"<p>Question {number}?</p>"}
    row.current = QuestionVersion.objects.create(**own | fields)
    for place, text in enumerate(options):
        Choice.objects.create(version=row.current, position=place, text=text, html=text, is_right=text in right)
    row.save()
    return row


def question_version(**fields: Any) -> QuestionVersion:
    return QuestionVersion.objects.create(
        **{"question": question(), "number": 2, "kind": "single", "text": "Question?"} | fields
    )


def choice(**fields: Any) -> Choice:
    return Choice.objects.create(**{"version": question_version(), "text": f"Option {next(_numbers)}"} | fields)


def key_mending(**fields: Any) -> KeyMending:
    return KeyMending.objects.create(**{"version": question_version(), "by": user()} | fields)


def attempt(**fields: Any) -> Attempt:
    """An open one, without questions."""
    of, by = fields.pop("quiz", None) or quiz(), fields.pop("student", None) or student_with_account()
    return Attempt.objects.create(**{"quiz": of, "student": by} | fields)


def attempt_question(**fields: Any) -> AttemptQuestion:
    of = fields.pop("version", None) or question_version()
    own = {"slot": 1, "version": of, "possible": Decimal(1)}
    return AttemptQuestion.objects.create(**{"attempt": fields.pop("attempt", None) or attempt()} | own | fields)


def answer(**fields: Any) -> Answer:
    return Answer.objects.create(**{"question": attempt_question(), "text": "Words"} | fields)


def accommodation(**fields: Any) -> Accommodation:
    own = {"student": fields.pop("student", None) or student(), "factor": Decimal(2)}
    return Accommodation.objects.create(**own | fields)


def extension(**fields: Any) -> Extension:
    return Extension.objects.create(**{"quiz": quiz(), "minutes": 10, "by": user()} | fields)


def room(**fields: Any) -> Room:
    return Room.objects.create(**{"name": f"Room {next(_numbers)}"} | fields)


def booking(**fields: Any) -> Booking:
    """A lesson of an hour at noon UTC in a month, or `days` from now; for `students`; it takes nobody's time."""
    day = timezone.now().date() + datetime.timedelta(days=fields.pop("days", 30))
    wall = [fields.pop(name, usual) for name, usual in _noon(day).items()]
    students = fields.pop("students", ())
    row = Booking(**{"subject": "Algebra", "teacher": fields.pop("teacher", None) or user()} | fields).timed(*wall)
    row.save()
    Attendee.objects.bulk_create(Attendee(booking=row, student=each) for each in students)
    return row


def _noon(day: datetime.date) -> dict[str, Any]:
    return {"day": day, "at": datetime.time(12), "zone": "UTC", "minutes": 60}


def attendee(**fields: Any) -> Attendee:
    return Attendee.objects.create(**{"booking": booking(), "student": student()} | fields)


def attendance(**fields: Any) -> Attendance:
    return Attendance.objects.create(**{"booking": booking(), "student": student(), "state": "present"} | fields)


def booking_move(**fields: Any) -> BookingMove:
    of = booking()
    was = {"was_start": of.start, "was_minutes": 60, "to_start": of.start + datetime.timedelta(hours=1)}
    return BookingMove.objects.create(**{"booking": of, "by": user()} | was | fields)


def claim(**fields: Any) -> Claim:
    of = booking()
    return Claim.objects.create(
        **{"resource": f"user-{next(_numbers)}", "start": of.start, "end": of.end, "booking": of} | fields
    )


def series(**fields: Any) -> Series:
    """Weekly from a week ahead, without lessons."""
    first = timezone.now().date() + datetime.timedelta(days=7)
    own = {"subject": "Algebra", "first": first, "at": datetime.time(12), "zone": "UTC", "minutes": 60}
    return Series.objects.create(**{"teacher": user(), "made_by": user()} | own | fields)


def series_change(**fields: Any) -> SeriesChange:
    return SeriesChange.objects.create(**{"series": series(), "kind": "started", "by": user()} | fields)


def skipped_day(**fields: Any) -> SkippedDay:
    return SkippedDay.objects.create(**{"series": series(), "day": timezone.now().date()} | fields)


def lesson_request(**fields: Any) -> LessonRequest:
    """By a student, without times."""
    learner = fields.pop("student", None) or student_with_account()
    now = timezone.now()
    own = {"subject": "Algebra", "minutes": 60, "turn": Side.TEACHER, "asked_by": learner.user, "first": now.date()}
    own |= {"student": learner, "teacher": fields.pop("teacher", None) or user()}
    return LessonRequest.objects.create(**own | {"expires": now + datetime.timedelta(days=7)} | fields)


def request_time(**fields: Any) -> RequestTime:
    row = RequestTime(request=fields.pop("request", None) or lesson_request())
    row.timed(*_noon(timezone.now().date() + datetime.timedelta(days=fields.pop("days", 30))).values()).save()
    return row


def proposal(**fields: Any) -> Proposal:
    expires = timezone.now() + datetime.timedelta(days=7)
    return Proposal.objects.create(
        **{"booking": booking(), "by": user(), "turn": Side.STUDENT, "expires": expires} | fields
    )


def proposed_time(**fields: Any) -> ProposedTime:
    row = ProposedTime(proposal=fields.pop("proposal", None) or proposal())
    row.timed(*_noon(timezone.now().date() + datetime.timedelta(days=fields.pop("days", 30))).values()).save()
    return row


def feed(**fields: Any) -> Feed:
    return Feed.objects.create(**{"user": user(), "digest": f"{next(_numbers):064x}"} | fields)


def own_event(**fields: Any) -> OwnEvent:
    """An hour at noon UTC in a week, or `days` from now."""
    noon = _noon(timezone.now().date() + datetime.timedelta(days=fields.pop("days", 7)))
    return OwnEvent.objects.create(**{"owner": user(), "title": "Dentist", "first": noon.pop("day")} | noon | fields)


# What makes one row of each model that has pages in the admin, each related to others than the last one was.
ROWS: dict[type[Model], Callable[[], Model]] = {
    AcceptedAnswer: accepted_answer,
    Accommodation: accommodation,
    Answer: answer,
    Attempt: attempt,
    AttemptQuestion: attempt_question,
    Choice: choice,
    Extension: extension,
    KeyMending: key_mending,
    Question: question,
    QuestionVersion: question_version,
    Quiz: quiz,
    Attendance: attendance,
    Attendee: attendee,
    Booking: booking,
    BookingMove: booking_move,
    Claim: claim,
    Feed: feed,
    LessonRequest: lesson_request,
    OwnEvent: own_event,
    Proposal: proposal,
    ProposedTime: proposed_time,
    RequestTime: request_time,
    Room: room,
    Series: series,
    SeriesChange: series_change,
    SkippedDay: skipped_day,
    Community: community,
    CommunityTopic: community_topic,
    Flag: flag,
    Held: held,
    LessonTalk: lesson_talk,
    Membership: membership,
    ModerationNote: moderation_note,
    Removal: removal,
    TopicSetting: topic_setting,
    BusinessHours: lambda: business_hours(weekday=None, day=special_day()),
    CannedAnswer: canned_answer,
    Label: label,
    SpecialDay: special_day,
    SupportAgent: support_agent,
    Ticket: ticket,
    TicketLog: ticket_log,
    Topic: topic,
    Announcement: announcement,
    AuditEntry: audit_entry,
    Authenticator: authenticator,
    Batch: batch,
    Category: category,
    Certificate: certificate,
    Conversation: conversation,
    Course: course,
    Module: module,
    LessonVersion: lesson_version,
    LessonProgress: lesson_progress,
    Lesson: lesson,
    LessonAttachment: lesson_attachment,
    EnrollmentCode: enrollment_code,
    ClockMark: clock_mark,
    CourseTeacher: course_teacher,
    CourseInvitation: course_invitation,
    CourseCompletion: course_completion,
    Delivery: delivery,
    EmailAddress: email_address,
    Enrollment: enrollment,
    Event: event,
    Group: group,
    Invitation: invitation,
    Invoice: invoice,
    InvoiceSeries: invoice_series,
    Job: job,
    Letterhead: letterhead,
    Message: message,
    Notification: notification,
    OutgoingEmail: outgoing_email,
    Participant: participant,
    Payment: payment,
    PaymentReversal: payment_reversal,
    Preference: preference,
    Schedule: schedule,
    StoredFile: stored_file,
    Student: student_with_account,
    StudentImport: student_import,
    StudentNote: student_note,
    StudentTask: student_task,
    User: user,
    UserSession: session,
}


def many_owing(count: int, per_student: int = 1) -> list[Student]:
    """Students who owe something each, for what is measured by their number."""
    first = Student.objects.count() + 1
    students = Student.objects.bulk_create(
        Student(code=f"M{number:05}", given_name=f"Mona {number}", family_name="Many")
        for number in range(first, first + count)
    )
    Invoice.objects.bulk_create(
        Invoice(
            student=student,
            number=f"T-{next(_numbers)}",
            description="Fee",
            amount=Decimal("33.33"),
            due_on=days_ago(number % 120),
        )
        for number, student in enumerate(students)
        for _ in range(per_student)
    )
    return students
