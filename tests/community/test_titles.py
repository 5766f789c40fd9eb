"""Another title of a topic waits like another text where what its author writes waits."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from apps.community import actions
from apps.community.actions import Correction, Outdated
from apps.community.models import Approval, Held, HeldKind, HeldState, Topic
from apps.community.moderation_queue import Queue
from apps.conversations.actions import edit_message
from tests.community.rooms import held_by, new, room

pytestmark = pytest.mark.django_db
TITLE, VILE = "Lenses", "Lenses are for losers"


@pytest.fixture
def place():
    return room(Approval.STUDENTS)


@pytest.fixture
def topic(place):
    held = held_by(lambda: actions.start_topic(place.ana, place.community, new(TITLE)))
    return actions.approve(place.ida, held, 1).conversation.topic


def rename(person, topic, title=VILE, *, is_question=False):
    return held_by(lambda: actions.rename_topic(person, topic, title, is_question=is_question))


def now(topic):
    topic.refresh_from_db()
    return topic.title, topic.conversation.messages.get().body


def test_another_title_waits_while_the_approved_one_stays(place, topic):
    held = rename(place.ana, topic)
    assert (held.kind, held.title, now(topic)[0]) == (HeldKind.EDIT, VILE, TITLE)
    again = rename(place.ana, topic, "Lenses and mirrors")
    assert (again.pk, again.version) == (held.pk, 2)
    with pytest.raises(Outdated):
        actions.approve(place.maya, held, 1)
    actions.approve(place.maya, held, 2)
    assert now(topic) == ("Lenses and mirrors", "What is a lens?")


def test_a_title_that_is_rejected_or_withdrawn_changes_nothing(place, topic):
    actions.reject(place.ida, rename(place.ana, topic), 1, "Rude")
    actions.withdraw_held(place.ana, rename(place.ana, topic))
    assert now(topic)[0] == TITLE


def test_a_moderators_correction_of_a_title_is_published(place, topic):
    held = rename(place.ana, topic)
    actions.approve(place.ida, held, 1, Correction(held.body, "Lenses for all"))
    held.refresh_from_db()
    assert (now(topic), held.title, held.correction) == (("Lenses for all", "What is a lens?"), VILE, "")


def test_what_kind_of_topic_it_is_waits_for_nobody(place, topic):
    actions.rename_topic(place.ana, topic, TITLE, is_question=True)
    rename(place.ana, topic, is_question=False)
    topic.refresh_from_db()
    assert (topic.title, topic.is_question) == (TITLE, False)


def test_a_title_and_a_text_that_wait_are_one_change(place, topic):
    first = topic.conversation.messages.get()
    text = held_by(lambda: edit_message(place.ana, first, "What are lenses?"))
    both = rename(place.ana, topic)
    assert (both.pk, both.title, both.body, both.version) == (text.pk, VILE, "What are lenses?", 2)
    actions.approve(place.ida, both, 2)
    assert now(topic) == (VILE, "What are lenses?")


def test_the_approved_title_again_takes_back_the_one_that_waits(place, topic):
    held = rename(place.ana, topic)
    actions.rename_topic(place.ana, topic, TITLE, is_question=False)
    held.refresh_from_db()
    assert (held.state, now(topic)[0]) == (HeldState.WITHDRAWN, TITLE)
    text = held_by(lambda: edit_message(place.ana, topic.conversation.messages.get(), "What are lenses?"))
    rename(place.ana, topic)
    actions.rename_topic(place.ana, topic, TITLE, is_question=False)
    text.refresh_from_db()
    assert (text.state, text.title, text.body) == (HeldState.WAITING, "", "What are lenses?")


def test_once_nobody_approves_a_new_title_replaces_the_one_that_waits_and_leaves_a_text(place, topic):
    held = rename(place.ana, topic)
    place.community.approval = Approval.NOBODY
    place.community.save()
    topic = Topic.objects.get()
    edit_message(place.ana, topic.conversation.messages.get(), "Written at once")
    held.refresh_from_db()
    assert (held.state, held.title, held.body) == (HeldState.WAITING, VILE, "Written at once")
    actions.rename_topic(place.ana, topic, "Mirrors", is_question=False)
    held.refresh_from_db()
    assert (held.state, now(topic)) == (HeldState.WITHDRAWN, ("Mirrors", "Written at once"))


def test_a_title_alone_does_not_undo_what_an_admin_wrote_meanwhile(place, topic):
    held = rename(place.ana, topic, "Mirrors")
    edit_message(place.admin, topic.conversation.messages.get(), "Tidied up")
    held.refresh_from_db()
    actions.approve(place.ida, held, held.version)
    assert now(topic) == ("Mirrors", "Tidied up")


def test_moderators_titles_are_written_at_once(place, topic):
    for person in (place.maya, place.ida, place.admin):
        actions.rename_topic(person, topic, f"By {person.given_name}", is_question=False, reason="Clearer")
        assert now(topic)[0] == f"By {person.given_name}"
    with pytest.raises(PermissionDenied):
        actions.rename_topic(place.ben, topic, "Mine", is_question=False)
    assert Queue(place.ida).count == 0


def test_pages_show_it_to_its_author_and_the_moderators_alone(place, topic, client_for):
    url = reverse("community:topic_edit", args=[topic.pk])
    page = client_for(place.ana).post(url, {"title": VILE}, follow=True).text
    assert "The new title waits for a moderator" in page
    assert (VILE in page, "Your new title waits" in page) == (True, True)
    assert f'value="{VILE}"' in client_for(place.ana).get(url).text
    held = Held.objects.get(kind=HeldKind.EDIT)
    assert VILE in client_for(place.ana).get(reverse("community:held_detail", args=[held.pk])).text
    for address in (topic.get_absolute_url(), topic.community.get_absolute_url()):
        seen = client_for(place.ben).get(address).text
        assert (VILE in seen, TITLE in seen) == (False, True)
    queue = client_for(place.ida).get(reverse("community:moderation_list")).text
    assert (f"<del>{TITLE}</del>" in queue, f"<ins>{VILE}</ins>" in queue) == (True, True)
    decided = client_for(place.ida).post(reverse("community:held_approval", args=[held.pk]), {"version": 1})
    assert (decided.status_code, now(topic)[0]) == (302, VILE)
