"""Files of posts that wait, are reported, hidden, removed and put back: who opens them, and how long they stay."""

import uuid
from contextlib import closing
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.community import actions
from apps.community.models import Approval, Community, Held
from apps.conversations import tree
from apps.conversations.actions import delete_message, edit_message, files, send_message, upload
from apps.conversations.models import Attachment, Conversation, Message
from apps.courses.models import Enrollment
from tests import factories
from tests.community.place import fixture_place  # noqa: F401
from tests.community.rooms import held_by
from tests.conversations.files import PDF, picture


def chosen(person, conversation=None, name="sheet.pdf"):
    """A file that a person has uploaded."""
    return upload(person, conversation, SimpleUploadedFile(name, PDF, "application/pdf"))


def address(file):
    return reverse("conversations:attachment_detail", args=[file.conversation_id, file.pk])


def opened(client, file):
    """What a file's address answers with."""
    with closing(client.get(address(file))) as answer:
        return answer.status_code


def posted(place, name="sheet.pdf"):
    """A chat message that is a file alone."""
    chat = place.community.chat
    return send_message(place.a, chat, "", attachments=[chosen(place.a, chat, name).pk])


def days_later(days=3):
    """All that was deleted was so many days ago."""
    Message.objects.exclude(deleted=None).update(deleted=timezone.now() - timedelta(days=days))
    return files.sweep()


def left(message):
    return Attachment.objects.filter(message=message).count()


@pytest.mark.parametrize("withhold", [actions.hide_post, actions.remove_post], ids=["hidden", "removed"])
def test_what_moderators_took_down_comes_back_with_its_files_days_later(place, withhold):
    post = posted(place)
    withhold(place.instructor, post, "Wait until Monday")
    assert (days_later(), left(post)) == (0, 1)
    actions.restore_post(place.instructor, post)
    assert (days_later(), left(post)) == (0, 1)


def test_a_topic_comes_back_with_its_files(place):
    file = chosen(place.a)
    topic = actions.start_topic(place.a, place.community, new_topic(), [file.pk])
    first = topic.conversation.messages.get(place=tree.FIRST)
    actions.remove_post(place.instructor, first, "Not now")
    days_later()
    actions.restore_post(place.instructor, first)
    assert left(first) == 1


def test_what_nobody_can_put_back_loses_its_files(place):
    """Its author deleted it; or it was removed, put back, and then deleted by its author."""
    gone, again = posted(place), posted(place, "again.pdf")
    actions.remove_post(place.instructor, again, "Wait")
    actions.restore_post(place.instructor, again)
    for post in (gone, again):
        delete_message(place.a, Message.objects.with_titles().get(pk=post.pk))
    assert (files.sweep(), days_later(), left(gone), left(again)) == (0, 2, 0, 0)


def new_topic(title="Lenses"):
    return actions.NewTopic(title, "", uuid.uuid4())


HELD = ["topic", "reply", "chat", "comment"]


class Waiting:
    """A post of `a` with a file, of one kind, that waits; and who opens the file."""

    def __init__(self, place, kind, client_for):
        self.place, self.client_for = place, client_for
        topic = place.topic(place.b)
        lesson = factories.lesson(module=factories.module(course=place.course), published=True)
        comment = actions.comment(place.b, place.community, lesson, "First", uuid.uuid4())
        talks = {"reply": topic.conversation, "chat": place.community.chat, "comment": comment.conversation}
        talk = talks.get(kind)
        Community.objects.filter(pk=place.community.pk).update(approval=Approval.STUDENTS)
        self.file = chosen(place.a, talk)
        author, ids = User.objects.get(pk=place.a.pk), [self.file.pk]
        if kind == "topic":
            self.held = held_by(lambda: actions.start_topic(author, place.community, new_topic("Waits"), ids))
        else:
            fresh = Conversation.objects.with_titles().get(pk=talk.pk)
            self.held = held_by(lambda: send_message(author, fresh, "", attachments=ids))
        self.file.refresh_from_db()

    def opened_by(self):
        """The people to whom its address answers."""
        place, found = self.place, set()
        people = {name: getattr(place, name) for name in ("a", "b", "moderator", "instructor", "outsider")}
        people |= {"admin": factories.user("admin"), "teacher": factories.user("teacher")}
        for name, person in people.items():
            status = opened(self.client_for(person), self.file)
            assert status in {200, 404}, (name, status)
            found |= {name} if status == 200 else set()
        return found


DECIDING = {"moderator", "instructor", "admin"}


@pytest.mark.parametrize("kind", HELD)
def test_files_of_what_waits_open_for_its_author_and_for_who_decides(place, client_for, kind):
    waiting = Waiting(place, kind, client_for)
    assert waiting.opened_by() == {"a", *DECIDING}
    assert client_for(place.a).delete(address(waiting.file)).status_code == 404
    page = client_for(place.instructor).get(reverse("community:held_decide", args=[waiting.held.pk])).text
    own = client_for(place.a).get(reverse("community:held_detail", args=[waiting.held.pk])).text
    assert (address(waiting.file) in page, address(waiting.file) in own) == (True, True)


@pytest.mark.parametrize("kind", HELD)
def test_once_approved_the_file_is_its_readers(place, client_for, kind):
    waiting = Waiting(place, kind, client_for)
    actions.approve(place.instructor, waiting.held, 1)
    assert waiting.opened_by() == {"a", "b", *DECIDING}


@pytest.mark.parametrize("kind", HELD)
def test_once_rejected_the_file_is_its_authors_for_three_days(place, client_for, kind):
    waiting = Waiting(place, kind, client_for)
    actions.reject(place.instructor, waiting.held, 1, "Not here")
    Attachment.objects.update(created=timezone.now() - timedelta(days=9))
    assert (actions.release_refused(), files.sweep(), waiting.opened_by()) == (0, 0, {"a"})
    Held.objects.update(decided_at=timezone.now() - timedelta(days=3, minutes=1))
    assert (actions.release_refused(), files.sweep(), waiting.opened_by()) == (1, 1, set())


@pytest.mark.parametrize("kind", HELD)
def test_once_withdrawn_the_file_is_its_authors_alone(place, client_for, kind):
    waiting = Waiting(place, kind, client_for)
    actions.withdraw_held(place.a, waiting.held)
    assert waiting.opened_by() == {"a"}
    assert client_for(place.a).delete(address(waiting.file)).status_code == 204


@pytest.mark.parametrize("kind", HELD)
def test_an_author_whose_enrollment_ended_opens_no_file_that_waits(place, client_for, kind):
    waiting = Waiting(place, kind, client_for)
    Enrollment.objects.filter(student__user=place.a).update(is_active=False)
    assert waiting.opened_by() == DECIDING


def test_files_that_wait_stay_while_they_wait(place, client_for):
    waiting = Waiting(place, "topic", client_for)
    Attachment.objects.update(created=timezone.now() - timedelta(days=9))
    assert (actions.release_refused(), files.sweep(), waiting.opened_by()) == (0, 0, {"a", *DECIDING})


def test_an_edit_that_waits_leaves_the_file_to_its_readers(place, client_for):
    post = posted(place)
    Community.objects.filter(pk=place.community.pk).update(approval=Approval.STUDENTS)
    author = User.objects.get(pk=place.a.pk)
    held_by(lambda: edit_message(author, Message.objects.with_titles().get(pk=post.pk), "With a text"))
    file = Attachment.objects.get(message=post)
    answers = [opened(client_for(person), file) for person in (place.a, place.b, place.outsider)]
    assert answers == [200, 200, 404]


@pytest.mark.parametrize("withhold", [actions.hide_post, actions.remove_post], ids=["hidden", "removed"])
def test_what_was_taken_down_opens_for_its_author_and_for_who_decides(place, client_for, withhold):
    post = posted(place)
    file, removal = Attachment.objects.get(message=post), withhold(place.instructor, post, "Not now")
    answers = {
        name: opened(client_for(getattr(place, name)), file)
        for name in ("a", "b", "moderator", "instructor", "outsider")
    }
    assert answers == {"a": 200, "b": 404, "moderator": 200, "instructor": 200, "outsider": 404}
    kind = "hidden" if withhold is actions.hide_post else "removed"
    queue = client_for(place.moderator).get(reverse("community:moderation_list") + f"?kind={kind}").text
    own = client_for(place.a).get(reverse("community:removal_detail", args=[removal.pk])).text
    assert (address(file) in queue, address(file) in own) == (True, True)
    actions.restore_post(place.instructor, post)
    assert opened(client_for(place.b), file) == 200


def test_a_reported_picture_is_in_the_queue(place, client_for):
    post = posted(place)
    actions.flag_message(place.b, post, "rude")
    for person in (place.moderator, place.instructor):
        page = client_for(person).get(reverse("community:moderation_list")).text
        assert address(Attachment.objects.get(message=post)) in page


def test_the_file_of_a_topic_that_was_removed_is_its_authors_to_save(place, client_for):
    file = chosen(place.a)
    topic = actions.start_topic(place.a, place.community, new_topic(), [file.pk])
    file.refresh_from_db()
    actions.remove_post(place.instructor, topic.conversation.messages.get(place=tree.FIRST), "Not now")
    answers = [opened(client_for(person), file) for person in (place.a, place.b, place.instructor)]
    assert answers == [200, 404, 200]


def test_a_picture_without_words_is_seen_by_who_decides_and_by_its_author(
    place, client_for, django_capture_on_commit_callbacks
):
    chat = place.community.chat
    with django_capture_on_commit_callbacks(execute=True):
        image = upload(place.a, chat, SimpleUploadedFile("a.jpg", picture(), "image/jpeg"))
    post = send_message(place.a, chat, "", attachments=[image.pk])
    removal = actions.hide_post(place.instructor, post, "Whose face is this?")
    small = reverse("conversations:attachment_thumbnail", args=[chat.pk, image.pk])
    pages = {
        place.moderator: reverse("community:post_decide", args=[post.pk]),
        place.a: reverse("community:removal_detail", args=[removal.pk]),
    }
    for person, page in pages.items():
        client = client_for(person)
        assert f'<img src="{small}"' in client.get(page).text
        with closing(client.get(small)) as answer:
            assert answer.status_code == 200
    assert client_for(place.b).get(small).status_code == 404
