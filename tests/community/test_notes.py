"""Notes of moderators: for moderators alone."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from apps.accounts import parts
from apps.community import actions
from apps.community.models import Approval, ModerationNote
from apps.conversations.actions import send_message
from apps.notifications.models import Notification
from tests.community.rooms import chat, room

pytestmark = pytest.mark.django_db
MARKER = "quokka"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def place():
    return room(Approval.STUDENTS)


def test_moderators_read_each_others_notes_beside_what_they_are_about(place):
    held = chat(place, place.cleo)
    url = reverse("community:held_note", args=[held.pk])
    assert signed_in(place.maya).post(url, {"note": f"The {MARKER} again"}, HTTP_HX_REQUEST="true").status_code == 200
    assert MARKER in signed_in(place.ida).get(reverse("community:moderation_list")).content.decode()
    assert signed_in(place.maya).post(url, {"note": "  "}).status_code == 422
    for stranger in (place.ana, place.cleo, place.otto):
        assert signed_in(stranger).post(url, {"note": "Mine"}).status_code == 404
    assert ModerationNote.objects.count() == 1


def test_who_wrote_a_post_notes_nothing_about_it_and_neither_do_members(place):
    own = send_message(place.maya, place.community.chat, "I moderate")
    for person in (place.maya, place.ana, place.otto):
        with pytest.raises(PermissionDenied):
            actions.add_note(person, place.community, own, "Fine")
    with pytest.raises(ValidationError, match="room for"):
        actions.add_note(place.ida, place.community, own, "x" * 2001)


def test_a_note_is_in_nothing_that_a_member_gets(place, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post = send_message(place.ida, place.community.chat, "Welcome")
        held = chat(place, place.cleo)
        actions.add_note(place.maya, place.community, held, MARKER)
        actions.add_note(place.maya, place.community, post, MARKER)
        actions.reject(place.ida, held, 1, "Said before")
    pages = [
        reverse("community:topic_list", args=[place.course.pk]),
        reverse("community:chat_detail", args=[place.course.pk]),
        reverse("conversations:message_list", args=[place.community.chat_id]) + "?after=0",
        reverse("community:conversation_held", args=[place.community.chat_id]),
        reverse("notifications:notification_list"),
    ]
    for person in (place.cleo, place.ana):
        client = signed_in(person)
        for url in pages:
            response = client.get(url)
            assert response.status_code == 200, url
            assert MARKER not in response.content.decode(), url
        assert MARKER not in str([part.own_data(person) for part in parts.parts()])
    text = signed_in(place.cleo).get(reverse("community:held_detail", args=[held.pk])).content.decode()
    assert ("Said before" in text, MARKER in text) == (True, False)
    assert not Notification.objects.filter(data__icontains=MARKER).exists()


def test_notes_on_a_person_stand_at_their_line_and_beside_their_posts_for_moderators_alone(
    place, django_capture_on_commit_callbacks
):
    members, page = (
        reverse("community:member_list", args=[place.course.pk]),
        reverse("community:member_detail", args=[place.course.pk, place.cleo.pk]),
    )
    held = chat(place, place.cleo)
    moderator = signed_in(place.maya)
    assert "None yet" in moderator.get(page).content.decode()
    assert moderator.post(page, {"note": " "}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        assert moderator.post(page, {"note": f"The {MARKER} again"}).status_code == 302
    queue = reverse("community:moderation_list")
    for person in (place.ida, place.admin, place.maya):
        assert MARKER in signed_in(person).get(page).content.decode()
        assert MARKER in signed_in(person).get(queue).content.decode()
        line = signed_in(person).get(members).content.decode()
        assert (page in line, "1 note<" in line) == (True, True)
    for person in (place.cleo, place.ana, place.otto):
        assert signed_in(person).get(page).status_code == 404
        assert signed_in(person).post(page, {"note": "Mine"}).status_code == 404
    line = signed_in(place.ana).get(members).content.decode()
    assert (page in line, "1 note<" in line) == (False, False)
    for person in (place.cleo, place.ana):
        assert MARKER not in str([part.own_data(person) for part in parts.parts()])
    url = reverse("community:held_note", args=[held.pk])
    assert moderator.post(url, {"note": "From the queue", "about": "person"}).status_code == 302
    assert "From the queue" in signed_in(place.ida).get(page).content.decode()


def test_a_moderator_reads_no_note_on_themselves(place):
    actions.add_note(place.ida, place.community, place.maya, MARKER)
    post = send_message(place.maya, place.community.chat, "I moderate")
    actions.add_note(place.ida, place.community, post, MARKER)
    page = reverse("community:member_detail", args=[place.course.pk, place.maya.pk])
    client = signed_in(place.maya)
    assert client.get(page).status_code == 404
    assert page not in client.get(reverse("community:member_list", args=[place.course.pk])).content.decode()
    assert not ModerationNote.objects.visible_to(place.maya).exists()
    with pytest.raises(PermissionDenied):
        actions.add_note(place.maya, place.community, place.maya, "Good")


def test_the_pages_with_notes_take_the_same_queries_for_one_as_for_many(place, query_count):
    client = signed_in(place.ida)
    urls = [
        reverse("community:member_detail", args=[place.course.pk, place.cleo.pk]),
        reverse("community:member_list", args=[place.course.pk]),
        reverse("community:moderation_list"),
    ]
    chat(place, place.cleo)
    actions.add_note(place.maya, place.community, place.cleo, "One")
    one = [query_count(lambda url=url: client.get(url)) for url in urls]
    for number in range(3):
        chat(place, place.ben, f"Hello {number}")
        actions.add_note(place.maya, place.community, place.ben, "Another")
        actions.add_note(place.maya, place.community, place.cleo, "Another")
    assert [query_count(lambda url=url: client.get(url)) for url in urls] == one
    assert max(one) <= 15
