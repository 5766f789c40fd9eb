"""Posts that moderators take down and put back: their authors learn what was done and why, and keep the text."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditEntry
from apps.community import actions
from apps.community.models import Removal, Topic
from apps.conversations import tree
from apps.conversations.actions import delete_message, send_message
from apps.conversations.models import Message
from apps.notifications.models import Notification
from tests.community.rooms import new, room

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return room()


@pytest.fixture
def post(place):
    return send_message(place.ben, place.community.chat, "You are all *stupid*")


def fresh(message) -> Message:
    return Message.objects.with_titles().get(pk=message.pk)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def told(user) -> str:
    return signed_in(user).get(reverse("notifications:notification_list")).content.decode()


def test_the_author_reads_why_and_gets_the_text_back_and_no_note(place, post, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        actions.add_note(place.ida, place.community, post, "quokka")
        removal = actions.remove_post(place.maya, post, "Be kind")
    assert fresh(post).deleted
    assert "Be kind" in told(place.ben)
    page = signed_in(place.ben).get(reverse("community:removal_detail", args=[removal.pk])).content.decode()
    assert ("Be kind" in page, "You are all *stupid*" in page, "Put back" in page) == (True, True, False)
    assert "quokka" not in page + told(place.ben)
    for stranger in (place.ana, place.otto):
        assert signed_in(stranger).get(reverse("community:removal_detail", args=[removal.pk])).status_code == 404
    assert AuditEntry.objects.filter(verb="post.removed", actor=place.maya).count() == 1


def test_put_back_it_stands_where_it_stood_and_its_author_is_told(place, post, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_post(place.maya, post, "Be kind")
    with django_capture_on_commit_callbacks(execute=True):
        actions.restore_post(place.ida, post)
    assert fresh(post).deleted is None
    assert Notification.objects.get(recipient=place.ben, kind="post-removed").thing == Removal.objects.get().pk
    assert "put back what you wrote" in told(place.ben)
    with pytest.raises(actions.Settled):
        actions.restore_post(place.maya, post)


def test_two_moderators_remove_it_once(place, post):
    actions.remove_post(place.maya, post, "Be kind")
    with pytest.raises(actions.Settled, match=place.maya.full_name):
        actions.remove_post(place.ida, post, "Rude")
    assert Removal.objects.get().reason == "Be kind"


def test_removing_settles_what_was_reported(place, post):
    flag = actions.flag_message(place.ana, post, "rude")
    actions.remove_post(place.maya, post, "Be kind")
    flag.refresh_from_db()
    assert flag.outcome == "removed"


def test_only_another_moderator_does_it_and_says_why(place, post):
    own = send_message(place.maya, place.community.chat, "I moderate")
    for person, message in ((place.ana, post), (place.ben, post), (place.otto, post), (place.maya, own)):
        with pytest.raises(PermissionDenied):
            actions.remove_post(person, message, "No")
    with pytest.raises(ValidationError, match="Say why"):
        actions.remove_post(place.ida, post, " ")
    # Without a reason there is no way.
    with pytest.raises(PermissionDenied):
        delete_message(place.ida, post)
    actions.remove_post(place.ida, own, "No")
    with pytest.raises(PermissionDenied):
        actions.restore_post(place.maya, own)
    assert fresh(post).deleted is None


def test_a_topic_goes_and_comes_back_with_its_first_post(place):
    topic = actions.start_topic(place.ben, place.community, new("Cheap", "Buy followers"))
    send_message(place.ana, topic.conversation, "No")
    with pytest.raises(PermissionDenied):
        actions.remove_topic(place.ida, topic)
    client = signed_in(place.maya)
    asked = client.get(reverse("community:topic_deletion", args=[topic.pk]))
    first = topic.conversation.messages.get(place=tree.FIRST)
    assert asked.url == reverse("community:post_removal", args=[first.pk])
    assert "whole topic goes" in client.get(asked.url).content.decode()
    client.post(asked.url, {"reason": "Advertising"})
    assert Topic.objects.get().deleted
    page = signed_in(place.ben).get(reverse("community:removal_detail", args=[Removal.objects.get().pk]))
    assert "Cheap" in page.content.decode()
    client.post(reverse("community:topic_restoration", args=[topic.pk]))
    assert (Topic.objects.get().deleted, Removal.objects.get().state) == (None, "restored")


def test_the_form_asks_for_the_reason_and_the_queue_lists_what_was_removed(place, post):
    url = reverse("community:post_removal", args=[post.pk])
    client = signed_in(place.maya)
    assert client.get(url).status_code == 200
    refused = client.post(url, {"reason": " "})
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    long = client.post(url, {"reason": "x" * 501})
    assert (long.status_code, "x" * 501 in long.content.decode()) == (422, True)
    assert client.post(url, {"reason": "Be kind"}).status_code == 302
    assert client.post(url, {"reason": "Be kind"}).status_code == 409
    queue = client.get(reverse("community:moderation_list") + "?kind=removed").content.decode()
    assert ("1 removed" in queue, "Be kind" in queue, "stupid" in queue) == (True, True, True)
    back = reverse("community:post_restoration", args=[post.pk])
    for stranger in (place.ana, place.ben, place.otto):
        assert signed_in(stranger).get(url).status_code == 404
        assert signed_in(stranger).post(back).status_code == 404
    answer = client.post(back, headers={"HX-Request": "true"})
    assert (answer.status_code, "Put back by" in answer.content.decode()) == (200, True)
    assert client.post(back, headers={"HX-Request": "true"}).status_code == 409
    assert fresh(post).deleted is None


def test_the_queue_of_removed_posts_takes_the_same_queries_for_one_as_for_many(place, post, query_count):
    client, url = signed_in(place.maya), reverse("community:moderation_list") + "?kind=removed"
    actions.remove_post(place.ida, post, "Be kind")
    one = query_count(lambda: client.get(url))
    for number in range(3):
        actions.remove_post(place.ida, send_message(place.ben, place.community.chat, f"Bad {number}"), "Be kind")
    assert query_count(lambda: client.get(url)) == one <= 15


def test_pages_offer_moderators_a_reason_instead_of_deleting_silently(place, post):
    chat = reverse("community:chat_detail", args=[place.course.pk])
    for person, offered in ((place.maya, True), (place.ana, False)):
        page = signed_in(person).get(chat).content.decode()
        rights = page.partition('data-rights="')[2].partition('"')[0].split()
        assert ("remove-any" in rights, "delete-any" in rights) == (offered, False)


def test_what_its_author_deleted_no_moderator_puts_back(place, post):
    delete_message(place.ben, post)
    topic = actions.remove_topic(place.ana, actions.start_topic(place.ana, place.community, new("Mine", "Never mind")))
    first = topic.conversation.messages.get(place=tree.FIRST)
    for person in (place.maya, place.ida, place.admin):
        for message in (post, first):
            with pytest.raises(PermissionDenied, match="Its author deleted this"):
                actions.restore_post(person, message)
        with pytest.raises(PermissionDenied):
            actions.restore_topic(person, topic)
    client, address = signed_in(place.maya), reverse("community:post_restoration", args=[post.pk])
    page = client.get(address).content.decode()
    assert ("Its author deleted this" in page, "Put back</button>" in page) == (True, False)
    assert "Its author deleted this" in client.post(address, follow=True).content.decode()
    page = client.get(topic.get_absolute_url()).content.decode()
    assert ("only moderators see it" in page, "Restore</button>" in page) == (True, False)
    assert fresh(post).deleted
    assert Topic.objects.get(pk=topic.pk).deleted


def test_the_admin_asks_why_a_post_of_another_is_deleted_and_its_author_reads_it(place, post):
    client, url = signed_in(place.admin), f"/admin/conversations/message/{post.pk}/delete/"
    assert "Why? Its author reads this." in client.get(url).text
    refused = client.post(url, {"post": "yes", "reason": " "}, follow=True)
    assert "Say why: its author reads it." in refused.text
    assert fresh(post).deleted is None
    assert "there is room for 500" in client.post(url, {"post": "yes", "reason": "x" * 501}, follow=True).text
    assert fresh(post).deleted is None
    client.post(url, {"post": "yes", "reason": "Names a third person"})
    assert fresh(post).deleted
    assert Removal.objects.get().reason == "Names a third person"
