"""How each action in actions.txt is called, by its name and the words of its row.

A call gets the house, and the actor as the database has them. What it returns as 0, False or empty was nothing to do.
"""

import datetime
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.utils import timezone

from apps.accounts import closing, factors, own_settings, people_actions, photos, sendings
from apps.accounts import invitations as inviting
from apps.accounts.models import Invitation, OutgoingEmail, User
from apps.accounts.outgoing_email import try_again
from apps.assessments import actions as assessing
from apps.assessments.models import Attempt, KeyMending, Question, Quiz
from apps.billing import actions as billing
from apps.billing.models import Invoice, Payment
from apps.community import actions as community
from apps.community.actions import NewTopic
from apps.community.actions.removals import delete_post
from apps.community.models import Community, Held
from apps.community.models import Topic as CommunityTopic
from apps.conversations import actions as talking
from apps.conversations.export import Export
from apps.conversations.export_job import export_pdf
from apps.conversations.models import Audience, Conversation, Message
from apps.courses import actions as courses
from apps.courses.models import (
    Announcement,
    Batch,
    Certificate,
    Course,
    CourseInvitation,
    Enrollment,
    EnrollmentCode,
    Lesson,
    LessonAttachment,
    Letterhead,
    Module,
)
from apps.files import actions as files
from apps.files.kinds import DOCUMENTS
from apps.jobs import actions as jobs
from apps.jobs.models import Job
from apps.notifications import actions as telling
from apps.notifications.models import Delivery, Notification, Rhythm
from apps.scheduling import actions as scheduling
from apps.scheduling.models import Booking, Feed, LessonRequest, OwnEvent, Proposal, Room, Series, SeriesChange
from apps.scheduling.recurrence import Pattern, Rule
from apps.students import actions as students
from apps.students import invitations as student_invitations
from apps.students.imports import parse
from apps.students.models import Sharing, Student, StudentImport, StudentNote, StudentTask
from apps.support import actions as support
from apps.support.actions import settings as setting
from apps.support.actions.transcripts import send_transcript
from apps.support.models import CannedAnswer, Label, SpecialDay, Ticket, Topic
from apps.support.public_holidays import Holiday
from tests import factories
from tests.conversations.files import picture
from tests.doors.house import NOBODYS, SHEET, House

Call = Callable[[House, User], Any]
SITE = "https://homeroom.test"
EVERYONE, STAFF = Audience.EVERYONE, Audience.STAFF
DAY = datetime.date(2026, 9, 1)


def the[M: Model](house: House, model: type[M], name: str) -> M:
    """A thing of the house, as the database has it now."""
    return model._default_manager.get(pk=house.things[name])


def text() -> SimpleUploadedFile:
    """A file to send."""
    return SimpleUploadedFile("a.txt", b"words")


def on(model: type[Model], thing: str, act: Callable[..., Any], *more: Any, **fields: Any) -> Call:
    """Call an action on a thing of the house."""
    return lambda house, actor: act(actor, the(house, model, thing), *more, **fields)


def oneself(act: Callable[..., Any], *more: Any) -> Call:
    """Call an action of one person on another with one who is both."""
    return lambda house, actor: act(actor, actor, *more)


def silent(call: Call) -> Call:
    """The same without what it returns, which says nothing of whether something was done."""

    def quiet(house: House, actor: User) -> None:
        call(house, actor)

    return quiet


def _people() -> dict[tuple[str, str], Call]:
    calls: dict[tuple[str, str], Call] = {}
    for words, name in (
        ("a teacher", "teacher2"),
        ("a student", "chloe_user"),
        ("one of the staff", "staff2"),
        ("an admin", "admin2"),
    ):
        people = people_actions
        calls |= {
            ("accounts.people_actions.deactivate", words): silent(on(User, name, people.deactivate)),
            ("accounts.people_actions.reactivate", words): on(User, name, people.reactivate),
            ("accounts.people_actions.change_role", words): on(User, name, people.change_role, "staff"),
            ("accounts.closing.close_account", words): silent(on(User, name, closing.close_account)),
            ("accounts.factors.remove_all", words): on(User, name, factors.remove_all),
        }
    for deed in ("deactivate", "reactivate"):
        act = getattr(people_actions, deed)
        calls[f"accounts.people_actions.{deed}", "oneself"] = silent(lambda house, actor, act=act: act(actor, actor))
    calls |= {
        ("accounts.people_actions.change_role", "oneself, to admin"): oneself(people_actions.change_role, "admin"),
        ("accounts.closing.close_account", "one's own"): silent(
            lambda house, actor: closing.close_account(actor, actor)
        ),
        ("accounts.factors.remove_all", "one's own"): oneself(factors.remove_all),
        ("accounts.own_settings.change_settings", "one's name"): lambda house, actor: own_settings.change_settings(
            actor, given_name="New"
        ),
        ("accounts.own_settings.change_settings", "one's role"): lambda house, actor: own_settings.change_settings(
            actor, role="admin"
        ),
        ("accounts.own_settings.change_settings", "one's address"): lambda house, actor: own_settings.change_settings(
            actor, email="new@homeroom.test"
        ),
        ("accounts.photos.set_photo", "one's own"): lambda house, actor: photos.set_photo(
            actor, SimpleUploadedFile("me.jpg", picture())
        ),
        ("accounts.photos.remove_photo", "one's own"): lambda house, actor: photos.remove_photo(actor),
    }
    return calls


def _invitations() -> dict[tuple[str, str], Call]:
    calls: dict[tuple[str, str], Call] = {}
    for role in ("student", "teacher", "staff", "admin"):
        address = f"{role}@new.test"
        calls["accounts.invitations.send", f"as {role}"] = lambda house, actor, role=role, address=address: (
            inviting.send(actor, role, [inviting.Guest(address)], SITE)
        )
        if role != "student":
            calls["accounts.invitations.invite", f"as {role}"] = lambda house, actor, role=role, address=address: (
                inviting.invite(actor, role, [inviting.Guest(address)], SITE)
            )
    for words, name in (
        ("a student, by the teacher", "invited_student"),
        ("a teacher, by staff", "invited_teacher"),
        ("one of the staff, by an admin", "invited_staff"),
    ):
        calls["accounts.invitations.resend", words] = on(Invitation, name, inviting.resend, SITE)
        calls["accounts.invitations.revoke", words] = on(Invitation, name, inviting.revoke)
    calls["accounts.sendings.stop", "what staff sent"] = lambda house, actor: sendings.stop(
        actor, house.things["sending"]
    )
    own = student_invitations
    for words, name in (("Bella, of the teacher's group", "bella"), ("Carl, of another", "carl")):
        calls |= {
            ("students.invitations.invite", words): lambda house, actor, name=name: own.invite(
                actor, [the(house, Student, name)], SITE
            ),
            ("students.invitations.invite_one", words): on(Student, name, own.invite_one, SITE),
        }
    calls |= {
        ("students.invitations.invite", "both"): lambda house, actor: own.invite(
            actor, [the(house, Student, "bella"), the(house, Student, "carl")], SITE
        ),
        ("students.invitations.invite_addresses", "Bella's"): lambda house, actor: [
            each for each in own.invite_addresses(actor, ["bella@new.test"], SITE) if each.invited
        ],
        ("students.invitations.invite_addresses", "Carl's"): lambda house, actor: [
            each for each in own.invite_addresses(actor, ["carl@new.test"], SITE) if each.invited
        ],
        ("accounts.invitations.invite", "as student, Bella"): lambda house, actor: [
            each for each in inviting.invite(actor, "student", [inviting.Guest("bella@new.test")], SITE) if each.invited
        ],
        ("students.invitations.revoke", "Dora's, of the teacher's group"): on(Student, "dora", own.revoke),
    }
    return calls


def _students() -> dict[tuple[str, str], Call]:
    def plan(house: House, actor: User) -> Any:
        file = parse(SHEET)
        return students.import_students(actor, file, students.plan_import(file).fingerprint)

    def apply(house: House, actor: User) -> Any:
        agreed = students.plan_import(parse(SHEET)).fingerprint
        return students.apply_import(actor, the(house, StudentImport, "import"), agreed)

    return {
        ("students.actions.notes.write_note", "on Amina"): on(
            Student, "amina", students.write_note, "Good.", DAY, Sharing.TEAM
        ),
        ("students.actions.notes.change_note", "the teacher's"): on(
            StudentNote, "jotting", students.change_note, "Better.", DAY, Sharing.PRIVATE
        ),
        ("students.actions.notes.remove_note", "the teacher's"): on(StudentNote, "jotting", students.remove_note),
        ("students.actions.tasks.give_tasks", "to Amina"): lambda house, actor: students.give_tasks(
            actor, [the(house, Student, "amina")], "Read", DAY
        ),
        ("students.actions.tasks.change_task", "the teacher's"): on(
            StudentTask, "homework", students.change_task, "Write", DAY, ""
        ),
        ("students.actions.tasks.complete_task", "Amina's"): on(StudentTask, "homework", students.complete_task),
        ("students.actions.tasks.remove_task", "the teacher's"): on(StudentTask, "homework", students.remove_task),
        ("students.actions.records.create_student", "a new one"): lambda house, actor: students.create_student(
            actor, code="S901", given_name="Nils"
        ),
        ("students.actions.records.update_student", "Amina's record"): on(
            Student, "amina", students.update_student, {"grade": "7"}
        ),
        ("students.actions.records.import_students", "a file"): plan,
        ("students.actions.records.upload_import", "a file"): lambda house, actor: students.upload_import(
            actor, "new.csv", SHEET
        ),
        ("students.actions.records.apply_import", "the file of staff"): apply,
        ("students.actions.records.start_import", "the file of staff"): lambda house, actor: students.start_import(
            actor, the(house, StudentImport, "import"), house.things["plan"]
        ),
    }


def _courses() -> dict[tuple[str, str], Call]:
    def both(act: Callable[..., Any], batch: str, *others: str) -> Call:
        models = {"batch2": Batch}
        return lambda house, actor: act(
            actor, the(house, Batch, batch), *(the(house, models.get(name, Student), name) for name in others)
        )

    def new(house: House, actor: User) -> Any:
        fields = {"course": house.cast.course, "name": "New", "start": DAY, "capacity": 5}
        return courses.create_batch(actor, Batch(**fields))

    def enroll(house: House, actor: User) -> Any:
        return courses.enroll(actor, house.cast.course, the(house, Student, "bare"))

    def end(house: House, actor: User) -> Any:
        return courses.end_enrollment(actor, Enrollment.objects.get(student=house.cast.amina))

    def dates(house: House, actor: User) -> Any:
        return courses.change_dates(actor, the(house, Enrollment, "place"), DAY, datetime.date(2199, 1, 1))

    def invite(house: House, actor: User) -> Any:
        return courses.invite(actor, house.cast.course, the(house, Student, "bare"))

    made, codes, inviting = "courses.actions.enrollments", "courses.actions.codes", "courses.actions.invitations"
    learn, hers, batches = "courses.actions.learning", "of Amina's course", "courses.actions.batches"
    return {
        (f"{learn}.open_lesson", hers): on(Lesson, "lesson", courses.open_lesson),
        (f"{learn}.visit_lesson", hers): on(Lesson, "lesson", courses.visit_lesson),
        (f"{learn}.watch_lesson", hers): on(Lesson, "lesson", courses.watch_lesson, [(0.0, 1.0)], 1.0),
        (f"{learn}.complete_lesson", hers): on(Lesson, "lesson", courses.complete_lesson),
        (f"{learn}.undo_completion", hers): on(Lesson, "lesson", courses.undo_completion),
        (f"{batches}.create_batch", "a new one"): new,
        (f"{batches}.update_batch", "the group"): on(Batch, "batch", courses.update_batch, {"name": "Other"}),
        (f"{batches}.add_student", "who is in none"): both(courses.add_student, "batch", "bare"),
        (f"{batches}.remove_student", "Amina"): both(courses.remove_student, "batch", "amina"),
        (f"{batches}.move_student", "Amina"): both(courses.move_student, "batch", "batch2", "amina"),
        (f"{batches}.undo_move", "Amina"): both(courses.undo_move, "batch2", "batch", "amina"),
        (f"{made}.enroll", "who is in none"): enroll,
        (f"{made}.end_enrollment", "Amina's"): end,
        (f"{made}.change_dates", "Amina's"): dates,
        (f"{made}.undo_withdrawal", "what ended"): on(Enrollment, "over", courses.undo_withdrawal, None),
        (f"{codes}.make_code", "a new one"): on(Course, "drawing", courses.make_code, courses.NewCode("", 5)),
        (f"{codes}.stop_code", "the code"): on(EnrollmentCode, "code", courses.stop_code),
        (f"{codes}.join", "what is open to join"): on(Course, "gallery", courses.join),
        (f"{codes}.use_code", "the code"): lambda house, actor: courses.use_code(actor, "drawing"),
        (f"{inviting}.invite", "who is in none"): invite,
        (f"{inviting}.take_back_invitation", "the guest's"): on(
            CourseInvitation, "guest", courses.take_back_invitation
        ),
    }


def _certificates() -> dict[tuple[str, str], Call]:
    def announce(batch: str = "") -> Call:
        return lambda house, actor: courses.announce(
            actor, the(house, Course, "course"), "News", "Read this.", the(house, Batch, batch) if batch else None
        )

    def lessons(house: House, actor: User) -> Any:
        return courses.announce_lessons(actor, the(house, Course, "course"), [the(house, Lesson, "lesson")])

    def issue(house: House, actor: User) -> Any:
        return courses.issue_certificate(actor, the(house, Student, "chloe"), the(house, Course, "course"))

    def letterhead(house: House, actor: User) -> Any:
        return courses.set_letterhead(actor, Letterhead(signed_by="Helena Head"))

    papers, told = "courses.actions.certificates", "courses.actions.announcements"
    calls: dict[tuple[str, str], Call] = {
        (f"{papers}.issue_certificate", "of Algebra, for Chloe"): issue,
        (f"{papers}.revoke_certificate", "Amina's"): on(
            Certificate, "certificate", courses.revoke_certificate, "A mistake"
        ),
        (f"{papers}.restore_certificate", "Bruno's"): on(Certificate, "revoked", courses.restore_certificate),
        (f"{papers}.reissue_certificate", "Amina's, whose name is right"): on(
            Certificate, "certificate", courses.reissue_certificate
        ),
        (f"{papers}.set_letterhead", "another signature"): letterhead,
        (f"{told}.announce_lessons", "one of Algebra"): lessons,
        (f"{told}.announce", "to Algebra"): announce(),
        (f"{told}.announce", "to Amina's group"): announce("batch"),
    }
    for words, name in (("by staff, to Algebra", "news"), ("by the teacher, to Amina's group", "batch_news")):
        calls[f"{told}.edit_announcement", words] = on(Announcement, name, courses.edit_announcement, "New", "Words")
        calls[f"{told}.remove_announcement", words] = silent(on(Announcement, name, courses.remove_announcement))
    return calls


def _building() -> dict[tuple[str, str], Call]:
    """The teacher's own course, and what is in it; what is taken out is brought back by another call."""
    own, of, to = "the teacher's own", "of the teacher's own", "to the teacher's own"
    model = {Course: "written", Module: "chapter", Lesson: "page", LessonAttachment: "beside"}

    def its(thing: type[Model], act: Callable[..., Any], *more: Any) -> Call:
        return silent(on(thing, model[thing], act, *more))

    def new(house: House, actor: User) -> Any:
        return courses.create_course(actor, Course(title="New"))

    def reorder(house: House, actor: User) -> Any:
        shape = [(house.things["chapter"], [house.things["page"]])]
        return courses.reorder(actor, the(house, Course, "written"), shape, 1)

    def publish(house: House, actor: User) -> Any:
        return courses.publish_lessons(actor, the(house, Course, "written"), []) and None

    return {
        ("courses.actions.writing.create_course", "a new one"): new,
        ("courses.actions.writing.update_course", own): its(Course, courses.update_course, {"title": "Other"}),
        ("courses.actions.writing.update_course", "who teaches it"): its(
            Course, courses.update_course, {"teachers": []}
        ),
        ("courses.actions.writing.show_course", own): its(Course, courses.show_course, False),
        ("courses.actions.outline.add_module", to): its(Course, courses.add_module, "New"),
        ("courses.actions.outline.rename_module", of): its(Module, courses.rename_module, "Other"),
        ("courses.actions.outline.remove_module", of): its(Module, courses.remove_module),
        ("courses.actions.outline.restore_module", of): its(Module, courses.restore_module),
        ("courses.actions.outline.add_lesson", to): its(Module, courses.add_lesson, "New"),
        ("courses.actions.outline.duplicate_lesson", of): its(Lesson, courses.duplicate_lesson),
        ("courses.actions.outline.remove_lesson", of): its(Lesson, courses.remove_lesson),
        ("courses.actions.outline.restore_lesson", of): its(Lesson, courses.restore_lesson),
        ("courses.actions.outline.reorder", own): reorder,
        ("courses.actions.lessons.update_lesson", of): its(Lesson, courses.update_lesson, {"title": "Other"}),
        ("courses.actions.lessons.publish_lessons", of): publish,
        ("courses.actions.lessons.unpublish_lesson", of): its(Lesson, courses.unpublish_lesson),
        ("courses.actions.lesson_files.set_cover", of): its(Course, courses.set_cover, None),
        ("courses.actions.lesson_files.set_file", of): its(Lesson, courses.set_file, "file", None),
        ("courses.actions.lesson_files.attach", to): lambda house, actor: courses.attach(
            actor, the(house, Lesson, "page"), text()
        ),
        ("courses.actions.lesson_files.detach", "from the teacher's own"): its(LessonAttachment, courses.detach),
    }


def _billing() -> dict[tuple[str, str], Call]:
    return {
        ("billing.actions.record_payment", "from Amina"): on(Student, "amina", billing.record_payment, Decimal(10)),
        ("billing.actions.take_back_payment", "of Amina's"): on(
            Payment, "payment", billing.take_back_payment, "Recorded twice"
        ),
        ("billing.actions.issue_invoice", "to Amina"): on(
            Student, "amina", billing.issue_invoice, Decimal(10), DAY, "Books"
        ),
        ("billing.actions.correct_invoice", "of Amina's"): on(Invoice, "invoice", billing.correct_invoice),
        ("billing.actions.remove_invoice", "of Amina's"): on(Invoice, "invoice", billing.remove_invoice),
    }


def _reads(actor: User, conversation: Conversation) -> bool:
    """Whether marking all as read left anything."""
    talking.mark_read(actor, conversation, 10**17)
    return conversation.participants.filter(user=actor, last_read__gt=0).exists()


def _talking() -> dict[tuple[str, str], Call]:
    calls: dict[tuple[str, str], Call] = {}
    places = (("in Amina's thread", "thread"), ("in the talk of two", "talk"))
    for words, name in places:
        calls |= {
            ("conversations.actions.sending.send_message", f"for everyone, {words}"): on(
                Conversation, name, talking.send_message, "Hello", EVERYONE
            ),
            ("conversations.actions.attachments.upload", words): lambda house, actor, name=name: talking.upload(
                actor, the(house, Conversation, name), text()
            ),
            ("conversations.actions.locks.set_locked", words): on(Conversation, name, talking.set_locked, True),
            ("conversations.actions.reading.mark_read", words): lambda house, actor, name=name: _reads(
                actor, the(house, Conversation, name)
            ),
        }
    calls["conversations.actions.sending.send_message", "among staff, in Amina's thread"] = on(
        Conversation, "thread", talking.send_message, "Hello", STAFF
    )
    calls["conversations.actions.attachments.upload", "for a talk to begin"] = lambda house, actor: talking.upload(
        actor, None, text()
    )
    calls["conversations.actions.attachments.discard", "Amina's unsent picture"] = lambda house, actor: talking.discard(
        actor, the(house, Conversation, "thread"), [house.things["unsent"]]
    )
    for words, name in (
        ("for everyone, by the teacher", "message"),
        ("among staff, by the teacher", "note"),
        ("for everyone, by Amina", "own"),
        ("in the talk of two, by staff", "word"),
    ):
        calls |= {
            ("conversations.actions.messages.edit_message", words): on(Message, name, talking.edit_message, "Changed"),
            ("conversations.actions.messages.delete_message", words): on(Message, name, talking.delete_message),
            ("conversations.actions.messages.retract_message", words): on(Message, name, talking.retract_message),
            ("conversations.actions.pins.pin_message", words): on(Message, name, talking.pin_message),
            ("conversations.actions.pins.unpin_message", words): on(Message, name, talking.unpin_message),
            ("conversations.actions.reactions.add_reaction", words): on(Message, name, talking.add_reaction, "👍"),
            ("conversations.actions.reactions.remove_reaction", words): on(
                Message, name, talking.remove_reaction, "👍"
            ),
        }
    for words, name in (("with the teacher", "teacher"), ("with Amina", "amina_user"), ("with staff", "staff2")):
        calls["conversations.actions.direct.open_direct", words] = on(User, name, talking.open_direct)
    return calls


def _keeping() -> dict[tuple[str, str], Call]:
    def give(thing: str, to: str) -> Call:
        return lambda house, actor: talking.assign(actor, the(house, Conversation, thing), the(house, User, to))

    return {
        ("conversations.actions.keeping.mute", "Amina's thread"): on(Conversation, "thread", talking.mute, "hour"),
        ("conversations.actions.keeping.mute", "the talk of two"): on(Conversation, "talk", talking.mute, "hour"),
        ("conversations.actions.keeping.assign", "Amina's thread, to the teacher"): give("thread", "teacher"),
        ("conversations.actions.keeping.assign", "Amina's thread, to Amina"): give("thread", "amina_user"),
        ("conversations.actions.keeping.assign", "the talk of two, to staff"): give("talk", "staff"),
    }


def _jobs() -> dict[tuple[str, str], Call]:
    def pdf(thing: str) -> Call:
        return lambda house, actor: export_pdf(actor, Export(actor, the(house, Conversation, thing), staff=False))

    def start(house: House, actor: User) -> Any:
        about = {"conversation": house.things["thread"], "staff": False, "locale": "en"}
        return jobs.start(actor, "conversation-pdf", "thread", "PDF", **about)

    return {
        ("conversations.export_job.export_pdf", "the thread"): pdf("thread"),
        ("conversations.export_job.export_pdf", "the talk"): pdf("talk"),
        ("files.actions.store", "a sheet"): lambda house, actor: files.store(actor, text(), kinds=DOCUMENTS),
        ("jobs.actions.start", "a PDF of the thread"): start,
        ("jobs.actions.mark_seen", "the PDF of staff"): on(Job, "job", jobs.mark_seen),
    }


def _support() -> dict[tuple[str, str], Call]:
    def give_back(house: House, actor: User) -> int:
        Conversation.objects.filter(pk=house.things["question"]).update(assignee=actor)
        return support.return_mine(actor)

    def soon(house: House, actor: User) -> Any:
        return support.snooze(actor, the(house, Ticket, "ticket"), timezone.now() + datetime.timedelta(hours=1))

    def labelled(house: House, actor: User) -> Any:
        return support.set_labels(actor, the(house, Ticket, "ticket"), [the(house, Label, "label")])

    def answer_used(house: House, actor: User) -> Any:
        return support.count_use(actor, CannedAnswer.objects.get_or_create(title="Hello", body="Hello!")[0])

    def about(house: House, actor: User) -> Any:
        return support.set_topic(actor, the(house, Ticket, "ticket"), the(house, Topic, "topic"))

    return {
        ("support.actions.writing.ask", "a question"): lambda house, actor: support.ask(actor, "May I ask?"),
        ("support.actions.handing.take", "Amina's"): on(Ticket, "ticket", support.take),
        ("support.actions.agents.return_mine", "what was Amina's"): give_back,
        ("support.actions.agents.set_away", "oneself"): lambda house, actor: support.set_away(actor, away=True),
        ("support.actions.agents.assign_to_least_busy", "Amina's"): on(Ticket, "ticket", support.assign_to_least_busy),
        ("support.actions.states.close", "Amina's"): on(Ticket, "ticket", support.close),
        ("support.actions.states.close", "Bruno's, which is"): on(Ticket, "bruno_ticket", support.close),
        ("support.actions.states.reopen", "Bruno's"): on(Ticket, "bruno_ticket", support.reopen),
        ("support.actions.states.snooze", "Amina's"): soon,
        ("support.actions.working.hand_over", "Amina's"): on(Ticket, "ticket", support.hand_over, None, None),
        ("support.actions.working.end_snooze", "Amina's, not snoozed"): on(Ticket, "ticket", support.end_snooze),
        ("support.actions.settings.count_use", "a shared one"): answer_used,
        ("support.actions.undoing.undo", "what nobody did"): on(Ticket, "ticket", support.undo, 0),
        ("support.actions.sorting.set_priority", "Amina's"): on(Ticket, "ticket", support.set_priority, 4),
        ("support.actions.sorting.set_topic", "Amina's"): about,
        ("support.actions.sorting.set_labels", "Amina's"): labelled,
    }


def _telling() -> dict[tuple[str, str], Call]:
    def drop(house: House, actor: User) -> bool:
        Notification.objects.filter(pk=house.things["notice"]).update(thing=NOBODYS)
        telling.drop_gone(actor, [house.things["notice"]])
        return not Notification.objects.filter(pk=house.things["notice"]).exists()

    def retry(house: House, actor: User) -> int:
        return try_again(actor, Delivery.objects.filter(pk=house.things["letter"]))

    def send_again(house: House, actor: User) -> int:
        return try_again(actor, OutgoingEmail.objects.filter(pk=house.things["email"]))

    when = {"quiet_from": None, "quiet_until": None, "digest": Rhythm.WEEKLY, "digest_day": 4, "digest_hour": 16}
    return {
        ("notifications.actions.mark_read", "Amina's"): lambda house, actor: telling.mark_read(
            actor, [house.things["notice"]]
        ),
        ("notifications.actions.mark_group_read", "Amina's"): on(Notification, "notice", telling.mark_group_read),
        ("notifications.actions.mark_all_read", "up to Amina's"): lambda house, actor: telling.mark_all_read(
            actor, house.things["notice"]
        ),
        ("notifications.actions.drop_gone", "Amina's"): drop,
        ("notifications.actions.choose", "no mail of messages"): lambda house, actor: telling.choose(
            actor, {("message", "email"): False}
        ),
        ("notifications.actions.choose", "no mail of sign-ins"): lambda house, actor: telling.choose(
            actor, {("security", "email"): False}
        ),
        ("notifications.actions.set_schedule", "one's own"): lambda house, actor: telling.set_schedule(actor, **when),
        ("notifications.actions.unsubscribe", "one's own"): lambda house, actor: telling.unsubscribe(
            actor, "email", ["message", "no kind"]
        ),
        ("accounts.outgoing_email.try_again", "a letter to Amina"): retry,
        ("accounts.outgoing_email.try_again", "an invitation"): send_again,
    }


def _support_settings() -> dict[tuple[str, str], Call]:
    name = "support.actions.settings"
    made: dict[str, Callable[[User], object]] = {
        "set_hours": lambda actor: setting.set_hours(actor, {0: [(540, 1020)]}),
        "save_day": lambda actor: setting.save_day(actor, SpecialDay(), {"date": DAY, "name": "Closed", "hours": []}),
        "close_on": lambda actor: setting.close_on(actor, [Holiday(DAY, "Feast")]),
        "save_sorting": lambda actor: setting.save_sorting(actor, Topic(), {"name": "Refunds"}),
        "save_answer": lambda actor: setting.save_answer(actor, CannedAnswer(), {"title": "Hello", "body": "Hello"}),
    }
    calls: dict[tuple[str, str], Call] = {
        (f"{name}.{verb}", "anything"): silent(lambda house, actor, act=act: act(actor)) for verb, act in made.items()
    }
    return calls | {
        (f"{name}.remove", "a label"): silent(lambda house, actor: setting.remove(actor, factories.label())),
        ("support.actions.transcripts.send_transcript", "Amina's"): on(Ticket, "ticket", send_transcript),
    }


def _community() -> dict[tuple[str, str], Call]:
    return {
        ("community.actions.topics.start_topic", "a question"): lambda house, actor: community.start_topic(
            actor, the(house, Community, "community"), NewTopic("Why", "Because", uuid.uuid4())
        ),
        ("community.actions.titles.rename_topic", "a question of Amina's"): on(
            CommunityTopic, "thought", community.rename_topic, "Other", is_question=True, reason="Clearer"
        ),
        ("community.actions.topics.pin_topic", "a question of Amina's"): on(
            CommunityTopic, "thought", community.pin_topic
        ),
        ("community.actions.topics.unpin_topic", "a question of Amina's"): on(
            CommunityTopic, "thought", community.unpin_topic
        ),
        ("community.actions.topics.move_pin", "a question of Amina's"): on(
            CommunityTopic, "thought", community.move_pin, 1
        ),
        ("community.actions.topics.remove_topic", "one with a reply"): on(
            CommunityTopic, "thought", community.remove_topic
        ),
        ("community.actions.topics.restore_topic", "one that was taken away"): on(
            CommunityTopic, "lost_thought", community.restore_topic
        ),
        ("community.actions.answers.accept_answer", "Bruno's reply"): silent(
            lambda house, actor: community.accept_answer(
                actor, the(house, CommunityTopic, "thought"), the(house, Message, "answer")
            )
        ),
        ("community.actions.answers.unaccept_answer", "Bruno's reply"): silent(
            lambda house, actor: community.unaccept_answer(
                actor, the(house, CommunityTopic, "thought"), the(house, Message, "answer")
            )
        ),
        ("community.actions.communities.update_community", "that of Algebra"): on(
            Community, "community", community.update_community, {"title": "Numbers"}
        ),
        ("community.actions.communities.set_banner", "that of Algebra"): on(
            Community, "community", community.set_banner, None
        ),
        ("community.actions.comments.comment", "under a lesson"): lambda house, actor: community.comment(
            actor, the(house, Community, "community"), the(house, Lesson, "lesson"), "Why?", uuid.uuid4()
        ),
        ("community.actions.members.join", "that of Algebra"): on(Community, "community", community.join),
        ("community.actions.members.leave", "that of Algebra"): on(Community, "community", community.leave),
        ("community.actions.members.choose_levels", "that of Algebra"): on(
            Community, "community", community.choose_levels, "nothing", ""
        ),
        ("community.actions.members.choose_topic_level", "a question of Amina's"): silent(
            on(CommunityTopic, "thought", community.choose_topic_level, "nothing")
        ),
        ("community.actions.members.appoint", "Bruno"): lambda house, actor: community.appoint(
            actor, the(house, Community, "community"), the(house, User, "bruno_user"), "moderator"
        ),
        ("community.actions.members.allow_reports", "Bruno"): lambda house, actor: community.allow_reports(
            actor, the(house, Community, "community"), the(house, User, "bruno_user"), allowed=False
        ),
        ("conversations.actions.messages.restore_message", "what was taken away"): on(
            Message, "gone", talking.restore_message
        ),
    }


def _moderation() -> dict[tuple[str, str], Call]:
    def note(house: House, actor: User) -> Any:
        return community.add_note(actor, the(house, Community, "community"), the(house, Message, "answer"), "Again")

    waits, reply = "Amina's reply", "Bruno's reply"
    return {
        ("community.actions.moderation.approve", waits): on(Held, "waiting", community.approve, 1),
        ("community.actions.moderation.reject", waits): on(Held, "waiting", community.reject, 1, "No"),
        ("community.actions.moderation.change_held", waits): on(Held, "waiting", community.change_held, 1, "Better"),
        ("community.actions.moderation.withdraw_held", waits): on(Held, "waiting", community.withdraw_held),
        ("community.actions.flags.flag_message", reply): on(Message, "answer", community.flag_message, "rude"),
        ("community.actions.flags.keep_message", reply): on(Message, "answer", community.keep_message),
        ("community.actions.removals.hide_post", reply): on(Message, "answer", community.hide_post, "No"),
        ("community.actions.removals.delete_post", reply): on(Message, "answer", delete_post),
        ("conversations.actions.messages.hide_message", reply): on(Message, "answer", talking.hide_message),
        ("community.actions.removals.remove_post", reply): on(Message, "answer", community.remove_post, "No"),
        ("community.actions.removals.restore_post", "what was taken away"): silent(
            on(Message, "taken", community.restore_post)
        ),
        ("community.actions.notes.add_note", reply): note,
    }


def _scheduling() -> dict[tuple[str, str], Call]:
    day, at = datetime.date(2099, 1, 5), datetime.time(10)
    dentist = scheduling.Happening("Dentist", day)

    def book(house: House, actor: User) -> Any:
        with_whom = {"teacher": the(house, User, "teacher"), "students": (the(house, Student, "bella"),)}
        return scheduling.book(actor, scheduling.Lesson("Algebra", day=day, at=at, zone="UTC", minutes=60, **with_whom))

    def mark(house: House, actor: User) -> Any:
        return scheduling.mark(actor, the(house, Booking, "begun"), the(house, Student, "amina"), "present")

    def ask(house: House, actor: User) -> Any:
        when = scheduling.WallTime(day, at, "UTC")
        sides = the(house, Student, "amina"), the(house, User, "teacher")
        return scheduling.ask(actor, scheduling.Wish(*sides, "Fractions", 60, when))

    def weekly(house: House) -> scheduling.NewSeries:
        rule, students = Rule(Pattern.WEEKLY, day, count=2), (the(house, Student, "amina"),)
        return scheduling.NewSeries("Algebra", the(house, User, "teacher"), rule, at, "UTC", 60, students)

    def start(house: House, actor: User) -> Any:
        return scheduling.start_series(actor, weekly(house))

    def change(house: House, actor: User) -> Any:
        return scheduling.change_series(
            actor, the(house, Series, "weekly"), scheduling.SeriesEdit(day, weekly(house), {})
        )

    def approve(house: House, actor: User) -> Any:
        return scheduling.approve(actor, the(house, LessonRequest, "asked"), house.things["offered"])

    def propose(house: House, actor: User) -> Any:
        terms = scheduling.Terms([scheduling.WallTime(day, at, "UTC")])
        return scheduling.propose(actor, the(house, Booking, "coming"), terms)

    def accept(house: House, actor: User) -> Any:
        return scheduling.accept(actor, the(house, Proposal, "moving"), house.things["other_time"])

    return {
        ("scheduling.actions.proposals.propose", "Amina's"): propose,
        ("scheduling.actions.proposals.accept", "Amina's"): accept,
        ("scheduling.actions.proposals.refuse", "Amina's"): on(Proposal, "moving", scheduling.refuse),
        ("scheduling.actions.proposals.take_back", "Amina's"): on(Proposal, "moving", scheduling.take_back),
        ("scheduling.actions.events.add_event", "one's own"): lambda house, actor: scheduling.add_event(actor, dentist),
        ("scheduling.actions.events.change_event", "Amina's"): on(OwnEvent, "event", scheduling.change_event, dentist),
        ("scheduling.actions.events.delete_event", "Amina's"): on(OwnEvent, "event", scheduling.delete_event),
        ("scheduling.actions.feeds.create_feed", "one's own"): lambda house, actor: scheduling.create_feed(actor),
        ("scheduling.actions.feeds.replace_feed", "Amina's"): on(Feed, "feed", scheduling.replace_feed),
        ("scheduling.actions.feeds.end_feed", "Amina's"): on(Feed, "feed", scheduling.end_feed),
        ("scheduling.actions.requests.ask", "Amina's, of her teacher"): ask,
        ("scheduling.actions.requests.approve", "Amina's"): approve,
        ("scheduling.actions.requests.decline", "Amina's"): on(LessonRequest, "asked", scheduling.decline, "Busy"),
        ("scheduling.actions.requests.offer_times", "Amina's"): on(
            LessonRequest, "asked", scheduling.offer_times, [scheduling.WallTime(day, at, "UTC")]
        ),
        ("scheduling.actions.requests.withdraw_request", "Amina's"): on(
            LessonRequest, "asked", scheduling.withdraw_request
        ),
        ("scheduling.actions.series.start_series", "Amina's, with her teacher"): start,
        ("scheduling.actions.series_change.change_series", "Amina's"): change,
        ("scheduling.actions.series.end_series", "Amina's"): on(Series, "weekly", scheduling.end_series, day, "Ill"),
        ("scheduling.actions.series_undo.undo_series", "what the teacher did"): on(
            SeriesChange, "change", scheduling.undo_series
        ),
        ("scheduling.actions.bookings.book", "a lesson of Bella's"): book,
        ("scheduling.actions.bookings.move", "one of Amina's"): on(
            Booking, "coming", scheduling.move, day, at, "UTC", 60
        ),
        ("scheduling.actions.bookings.call_off", "one of Amina's"): on(Booking, "coming", scheduling.call_off, "Ill"),
        ("scheduling.actions.attendance.mark", "Amina, yesterday"): mark,
        ("scheduling.actions.attendance.mark_rest", "all, yesterday"): on(Booking, "begun", scheduling.mark_rest),
        ("scheduling.actions.rooms.save_room", "a new one"): lambda house, actor: scheduling.save_room(
            actor, Room(), {"name": "Annex"}
        ),
    }


def _assessments() -> dict[tuple[str, str], Call]:
    name = "assessments.actions"
    asked = assessing.NewQuestion("true_false", "Really?", options=(("True", True), ("False", False)))

    def wrong(house: House) -> KeyMending:
        version = the(house, Question, "exam_question").current
        return KeyMending(version=version, mode="full")

    return {
        (f"{name}.quizzes.save_quiz", "of her course"): on(Quiz, "exam", assessing.save_quiz, {"title": "Other"}),
        (f"{name}.quizzes.publish_quiz", "a draft"): on(Quiz, "draft_exam", assessing.publish_quiz),
        (f"{name}.quizzes.unpublish_quiz", "which Amina sits"): on(Quiz, "exam", assessing.unpublish_quiz),
        (f"{name}.quizzes.release_results", "of her course"): on(Quiz, "exam", assessing.release_results),
        (f"{name}.questions.save_question", "a new one"): on(Quiz, "exam", assessing.save_question, asked),
        (f"{name}.importing.import_questions", "into one of her course"): on(
            Quiz, "exam", assessing.import_questions, [asked]
        ),
        (f"{name}.questions.remove_question", "of her course"): silent(
            on(Question, "exam_question", assessing.remove_question)
        ),
        (f"{name}.questions.move_question", "of her course"): silent(
            on(Question, "exam_question", assessing.move_question, 1)
        ),
        (f"{name}.attempts.start_attempt", "which Amina sits"): on(Quiz, "exam", assessing.start_attempt),
        (f"{name}.attempts.hand_in", "Amina's"): on(Attempt, "sitting", assessing.hand_in),
        (f"{name}.answering.save_answers", "Amina's"): on(Attempt, "sitting", assessing.save_answers, []),
        (f"{name}.answering.flag_question", "Amina's"): silent(
            on(Attempt, "sitting", assessing.flag_question, 1, True)
        ),
        (f"{name}.times.extend_attempt", "Amina's"): on(Attempt, "sitting", assessing.extend_attempt, 5),
        (f"{name}.times.extend_all", "which Amina sits"): silent(on(Quiz, "exam", assessing.extend_all, 5)),
        (f"{name}.times.set_accommodation", "of Amina"): on(
            Student, "amina", assessing.set_accommodation, Decimal(2), 0
        ),
        (f"{name}.keys.preview_mending", "of her course"): silent(
            lambda house, actor: assessing.preview_mending(actor, wrong(house))
        ),
        (f"{name}.keys.mend_key", "of her course"): silent(
            lambda house, actor: assessing.mend_key(actor, wrong(house))
        ),
        (f"{name}.keys.undo_mending", "of her course"): silent(on(KeyMending, "mended", assessing.undo_mending)),
    }


CALLS: dict[tuple[str, str], Call] = {
    **_people(),
    **_support_settings(),
    **_invitations(),
    **_students(),
    **_courses(),
    **_certificates(),
    **_building(),
    **_billing(),
    **_talking(),
    **_keeping(),
    **_jobs(),
    **_telling(),
    **_support(),
    **_community(),
    **_moderation(),
    **_scheduling(),
    **_assessments(),
}
# What begins with an actor, or writes to the audit, and is no action by itself; each with what makes sure who may.
PARTS = {
    "assessments.actions.questions.lock_quiz": "what every change of a quiz's questions begins with",
    "assessments.actions.questions.write_version": "what save_question does once the quiz is locked",
    "scheduling.actions.reopening.reopen": "what undoing a series does to the request that it came from",
    "scheduling.actions.bookings.save_move": "what moving does once the lesson has taken its new time",
    "scheduling.actions.series.create_series": "what starting a series does once its dates are settled",
    "scheduling.actions.series.save_series": "a part of starting and changing a series",
    "scheduling.actions.series_rows.locked_lessons": "what changing and ending a series begin with",
    "scheduling.actions.series_rows.give_up": "what these do to lessons that they hold",
    "scheduling.actions.series_batches.follow_end": "what changing the last day of a batch does to its lessons",
    "scheduling.actions.series_batches.resume": "what filling a series begins with",
    "courses.batch_ends.moved": "what changing the last day of a batch ends with",
    "scheduling.actions.superseded.end_proposals": "what moving and calling off do once the lesson is locked",
    "scheduling.actions.requests.follow_requests": "ends by the clock what nobody answered",
    "scheduling.actions.bookings.create": "what booking does once the teacher's and the room's time is locked",
    "scheduling.actions.bookings.relocate": "what moving does once these are locked",
    "community.actions.flags.locked": "what the actions on a reported post begin with",
    "community.actions.flags.moderated": "the same, of a moderator",
    "community.actions.flags.settle": "what keeping and removing a reported post do to its reports",
    "community.actions.topics.undo_of": "what the view hands to the one who has just deleted a topic",
    "community.actions.topics.removed_by": "finds what restore_topic then asks about",
    "community.actions.moderation.withdraw_orphans": "ends by the clock what nobody asks for",
    "community.actions.topics.locked": "what the actions on a topic begin with",
    "community.actions.titles.retitle": "what rename_topic and approve do to a topic once it may have the title",
    "community.actions.topics.bury": "what remove_topic and remove_post do to a topic",
    "community.actions.topics.begin": "what start_topic does once nothing stands against it",
    "support.actions.states.locked": "what the actions on a ticket begin with",
    "support.actions.handing.give": "part of answering: send_message asks",
    **{
        f"support.bulk.{verb}": "the same action on each of many tickets"
        for verb in ("close", "give", "label", "end_shift", "moved", "read", "snooze", "spread", "undo")
    },
    "accounts.audit.record": "writes what an action did",
    "accounts.audit.record_many": "writes what an action did",
    "accounts.guard.lock": "what the actions on people begin with",
    "accounts.factors.recorded": "what changing factors is wrapped in",
    "accounts.invitations.send_again": "called by resend and invite_one, which ask",
    "accounts.invitations.revoke_all": "called by revoke and by what students.invitations does, which ask",
    "accounts.invitations.withdraw": "what taking a person's access away does besides",
    "accounts.email_change.ask": "one's own address, in the session: account_email",
    "accounts.looking.begin": "needs a request: the row of people:look_create",
    "accounts.looking.end": "ends what the session began, whoever asks",
    "accounts.own_data.export": "one's own, found by the session: accounts:own_data",
    "accounts.sessions.end": "the view finds it among one's own: usersessions_list",
    "accounts.sessions.end_others": "one's own",
    "accounts.sign_in.arrived": "part of signing in",
    "accounts.views_factors.tell_of_code": "part of signing in",
    "billing.notices.payment_received": "tells of what record_payment recorded",
    "billing.notices.payment_taken_back": "tells of what take_back_payment took back",
    "courses.actions.writing.lock_course": "what the actions on a course begin with",
    "courses.actions.outline.locked_lesson": "the same, of a lesson",
    "courses.actions.outline.keep_version": "part of saving a lesson",
    "courses.actions.writing.changed_outline": "what the actions on an outline end with",
    "courses.actions.enrollments.end_expired": "ends by the clock what nobody asks for",
    "conversations.actions.clock.lock": "what the actions in a conversation begin with",
    "conversations.actions.clock.lock_message": "the same, of a message",
    "conversations.actions.reading.look_in": "the first visit: called by mark_read and mute, which ask",
    "conversations.views_export.export_detail": "a view: its own rows in urls.txt",
}
