"""What waits is no message: it becomes one by a decision, once, and its author alone sees it until then."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.community import actions
from apps.community.actions import Correction, Outdated
from apps.community.models import Approval, Held, HeldState, Topic
from apps.community.moderation_queue import Queue
from apps.conversations.actions import delete_message, edit_message, send_message, set_locked, upload
from apps.conversations.attachments import readable
from apps.conversations.models import Attachment, Message, Participant
from apps.courses.models import Enrollment
from tests.community.rooms import chat, held_by, new, room

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return room(Approval.STUDENTS)


def topic(place):
    return actions.start_topic(place.ida, place.community, new())


def expire(user):
    ended = timezone.now() - datetime.timedelta(seconds=1)
    begun = ended - datetime.timedelta(days=1)
    Enrollment.objects.filter(student__user=user).update(enrolled_at=begun, expires_at=ended)


def test_an_approved_post_is_a_message_of_its_author_written_when_it_was_written(place):
    held = chat(place, place.cleo)
    assert not Message.objects.exists()
    held = actions.approve(place.ida, held, 1)
    message = Message.objects.get()
    assert (message.author, message.body, message.created) == (place.cleo, "Hello there", held.created)
    assert (held.message, held.state, held.decided_by) == (message, HeldState.APPROVED, place.ida)
    assert AuditEntry.objects.filter(verb="held.approved", actor=place.ida).count() == 1


def test_an_approved_topic_begins_with_its_title_and_what_it_says(place):
    held = held_by(lambda: actions.start_topic(place.ana, place.community, new("Prisms", "Why rainbows?")))
    assert not Topic.objects.exists()
    actions.approve(place.maya, held, 1)
    begun = Topic.objects.get()
    assert (begun.title, begun.author, begun.replies) == ("Prisms", place.ana, 0)
    assert begun.conversation.messages.get().body == "Why rainbows?"


def test_the_same_sending_is_held_once_and_published_once(place):
    key = uuid.uuid4()
    first, again = (chat(place, place.cleo, client_key=key) for _ in range(2))
    assert first == again
    actions.approve(place.ida, first, 1)
    assert send_message(place.cleo, place.community.chat, "Hello there", client_key=key) == Message.objects.get()


def test_what_others_wrote_while_it_waited_stays_unread_for_its_author(place):
    of = topic(place)
    answer = held_by(lambda: send_message(place.cleo, of.conversation, "Held"))
    send_message(place.ida, of.conversation, "Sent meanwhile")
    actions.approve(place.ida, answer, 1)
    assert Topic.objects.all().with_figures_for(place.cleo).get().unread == 2
    assert Participant.objects.get(user=place.cleo, conversation=of.conversation).follows


def test_an_approved_reply_stands_last_among_its_siblings_and_says_when_it_was_written(place):
    of = topic(place)
    answer = held_by(lambda: send_message(place.cleo, of.conversation, "Held", reply_to=of.conversation.messages.get()))
    later = send_message(place.ida, of.conversation, "Sent later", reply_to=of.conversation.messages.get())
    published = actions.approve(place.ida, answer, 1).message
    assert (published.place > later.place, published.created < later.created) == (True, True)


def test_a_moderators_correction_is_published_and_the_author_keeps_both(place):
    held = held_by(lambda: actions.start_topic(place.ana, place.community, new("Prisms", "wy rainbow")))
    held = actions.approve(place.ida, held, 1, Correction("Why rainbows?", "Prisms and rainbows"))
    message = Message.objects.get()
    assert (message.body, message.conversation.topic.title) == ("Why rainbows?", "Prisms and rainbows")
    assert (held.body, held.title, held.correction) == ("wy rainbow", "Prisms", "Why rainbows?")
    assert AuditEntry.objects.filter(verb="held.corrected").exists()


def test_a_correction_that_can_not_stand_leaves_it_waiting(place):
    held = held_by(lambda: actions.start_topic(place.ana, place.community, new()))
    with pytest.raises(ValidationError, match="Write something"):
        actions.approve(place.ida, held, 1, Correction("  ", "Title"))
    assert Held.objects.get().state == HeldState.WAITING


def test_who_rejects_says_why(place):
    held = chat(place, place.cleo)
    with pytest.raises(ValidationError, match="Say why"):
        actions.reject(place.ida, held, 1, "  \n ")
    held = actions.reject(place.ida, held, 1, "Off topic")
    assert (held.state, held.reason, held.body) == (HeldState.REJECTED, "Off topic", "Hello there")
    assert not Message.objects.exists()


def test_the_second_moderator_is_told_who_decided(place):
    held = chat(place, place.cleo)
    actions.approve(place.ida, held, 1)
    for late in (lambda: actions.approve(place.maya, held, 1), lambda: actions.reject(place.maya, held, 1, "No")):
        with pytest.raises(Outdated, match=place.ida.full_name):
            late()
    assert Message.objects.count() == 1


def test_a_decision_on_the_text_before_is_told_that_it_changed(place):
    held = chat(place, place.cleo)
    actions.change_held(place.cleo, held, 1, "Hello everybody")
    with pytest.raises(Outdated, match="changed this meanwhile") as told:
        actions.approve(place.ida, held, 1)
    assert (told.value.held.body, told.value.held.version) == ("Hello everybody", 2)
    assert actions.approve(place.ida, held, 2).message.body == "Hello everybody"


def test_what_was_decided_can_neither_be_changed_nor_withdrawn(place):
    held = actions.approve(place.ida, chat(place, place.cleo), 1)
    with pytest.raises(Outdated, match="approved"):
        actions.change_held(place.cleo, held, 1, "Other")
    with pytest.raises(Outdated, match="approved"):
        actions.withdraw_held(place.cleo, held)


def test_what_is_withdrawn_is_nobodys_to_decide_and_others_can_not_withdraw_it(place):
    held = chat(place, place.cleo)
    with pytest.raises(PermissionDenied):
        actions.withdraw_held(place.ana, held)
    actions.withdraw_held(place.cleo, held)
    with pytest.raises(Outdated, match="withdrawn"):
        actions.approve(place.ida, held, 1)
    assert Queue(place.ida).count == 0


def test_members_and_moderators_of_other_courses_decide_nothing(place):
    held = chat(place, place.cleo)
    for person in (place.ana, place.otto, place.cleo):
        with pytest.raises(PermissionDenied):
            actions.approve(person, held, 1)


def test_an_edit_waits_while_the_approved_text_stays(place):
    message = actions.approve(place.ida, chat(place, place.cleo), 1).message
    edit = held_by(lambda: edit_message(place.cleo, message, "Hello all"))
    message.refresh_from_db()
    assert message.body == "Hello there"
    again = held_by(lambda: edit_message(place.cleo, message, "Hello to all of you"))
    assert (again.pk, again.version) == (edit.pk, 2)
    actions.approve(place.maya, again, 2)
    message.refresh_from_db()
    assert message.body == "Hello to all of you"


def test_an_edit_is_withdrawn_when_its_post_is_deleted(place):
    message = actions.approve(place.ida, chat(place, place.cleo), 1).message
    edit = held_by(lambda: edit_message(place.cleo, message, "Hello all"))
    delete_message(place.cleo, message)
    edit.refresh_from_db()
    assert edit.state == HeldState.WITHDRAWN


def test_an_older_edit_does_not_overwrite_one_that_needed_no_approval(place):
    message = actions.approve(place.ida, chat(place, place.cleo), 1).message
    edit = held_by(lambda: edit_message(place.cleo, message, "Hello all"))
    place.community.approval = Approval.NOBODY
    place.community.save()
    message = Message.objects.with_titles().get()
    edit_message(place.cleo, message, "Hello, newest")
    with pytest.raises(Outdated):
        actions.approve(place.ida, edit, 1)


def close(place, topic):
    set_locked(place.ida, topic.conversation, True, "Answered")


OBSTACLES = {
    "expired": (lambda place, of, answered: expire(place.cleo), "no longer in this course"),
    "left": (lambda place, of, answered: actions.leave(place.cleo, place.community), "has left this community"),
    "locked": (lambda place, of, answered: close(place, of), "closed for writing"),
    "deleted": (lambda place, of, answered: actions.remove_topic(place.ida, of), "topic was deleted"),
    "answered": (lambda place, of, answered: delete_message(place.ida, answered), "What this answers was deleted"),
}


@pytest.mark.parametrize("case", OBSTACLES)
def test_what_can_not_be_published_any_more_says_why_and_waits_on(place, case):
    happen, said = OBSTACLES[case]
    of = topic(place)
    answered = send_message(place.ida, of.conversation, "Thin or thick")
    held = held_by(lambda: send_message(place.cleo, of.conversation, "Thick", reply_to=answered))
    happen(place, of, answered)
    with pytest.raises(ValidationError, match=said):
        actions.approve(place.ida, held, 1)
    held.refresh_from_db()
    assert (held.state, held.body) == (HeldState.WAITING, "Thick")
    assert not Message.objects.filter(author=place.cleo).exists()
    actions.reject(place.ida, held, 1, "The talk went on")


def test_edits_of_those_whose_access_ended_are_withdrawn(place):
    message = actions.approve(place.ida, chat(place, place.cleo), 1).message
    kept = actions.approve(place.ida, chat(place, place.ana), 1).message
    edit = held_by(lambda: edit_message(place.cleo, message, "Hello all"))
    other = held_by(lambda: edit_message(place.ana, kept, "Hello all"))
    expire(place.cleo)
    assert (actions.withdraw_orphans(), actions.withdraw_orphans()) == (1, 0)
    assert list(Held.objects.filter(pk__in=[edit.pk, other.pk], state=HeldState.WAITING)) == [other]


def test_nobody_can_answer_what_waits(place):
    of = topic(place)
    held = held_by(lambda: send_message(place.cleo, of.conversation, "Thick"))
    assert not of.conversation.messages.filter(body="Thick").exists()
    assert Queue(place.ida).count == 1
    assert held.conversation.messages.count() == 1


def test_files_of_what_waits_are_its_authors_and_the_moderators(place, settings):
    file = SimpleUploadedFile("notes.txt", b"what is a lens", "text/plain")
    attachment = upload(place.cleo, place.community.chat, file)
    held = chat(place, place.cleo, "See this", attachments=[attachment.pk])
    may = {
        name: readable(getattr(place, name), place.community.chat).filter(pk=attachment.pk).exists()
        for name in ("cleo", "ida", "maya", "admin", "ana", "ben")
    }
    assert may == {"cleo": True, "ida": True, "maya": True, "admin": True, "ana": False, "ben": False}
    message = actions.approve(place.ida, held, 1).message
    assert list(message.attachments.all()) == [attachment]
    assert readable(place.ana, place.community.chat).filter(pk=attachment.pk).exists()
    assert not Attachment.objects.filter(waits=True).exists()


def test_files_of_what_is_withdrawn_are_their_authors_again(place):
    file = SimpleUploadedFile("notes.txt", b"what is a lens", "text/plain")
    attachment = upload(place.cleo, place.community.chat, file)
    actions.withdraw_held(place.cleo, chat(place, place.cleo, "See this", attachments=[attachment.pk]))
    assert not readable(place.ida, place.community.chat).filter(pk=attachment.pk).exists()
    assert readable(place.cleo, place.community.chat).filter(pk=attachment.pk).exists()


def test_as_many_first_posts_wait_as_its_teachers_set():
    place = room(Approval.NEWCOMERS)
    type(place.community).objects.filter(pk=place.community.pk).update(first_posts=3)
    place.community.refresh_from_db()
    for number in range(3):
        actions.approve(place.ida, chat(place, place.cleo, f"Post {number}"), 1)
    assert send_message(place.cleo, place.community.chat, "The fourth").pk


def test_first_posts_alone_wait_where_newcomers_are_looked_at():
    place = room(Approval.NEWCOMERS)
    actions.approve(place.ida, chat(place, place.cleo), 1)
    assert send_message(place.cleo, place.community.chat, "Second").pk
    for trusted in (place.ida, place.maya, place.admin):
        assert send_message(trusted, place.community.chat, "First").pk
