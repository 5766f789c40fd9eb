"""Posts that moderators hide: out of everybody's sight at once, and in the queue until one of them decides."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditEntry
from apps.community import actions
from apps.community.models import Flag, Removal, Topic
from apps.community.moderation_queue import Queue, waiting_count
from apps.conversations import tree
from apps.conversations.actions import delete_message, send_message
from apps.conversations.models import Message
from apps.conversations.search import search
from apps.conversations.threads import open_thread
from apps.notifications.models import Notification
from tests import factories
from tests.community.rooms import new, room

pytestmark = pytest.mark.django_db
TEXT = "You are all quite stupid"


@pytest.fixture
def place():
    return room()


def fresh(message) -> Message:
    return Message.objects.with_titles().get(pk=message.pk)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def in_chat(place):
    return send_message(place.ben, place.community.chat, TEXT)


def in_topic(place):
    topic = actions.start_topic(place.ana, place.community, new())
    return send_message(place.ben, topic.conversation, TEXT)


def below_lesson(place):
    lesson = factories.lesson(module=factories.module(course=place.course), published=True)
    return actions.comment(place.ben, place.community, lesson, TEXT, uuid.uuid4())


@pytest.fixture(params=[in_chat, in_topic, below_lesson], ids=lambda make: make.__name__)
def post(request, place):
    return fresh(request.param(place))


def page_of(post, person) -> str:
    return signed_in(person).get(post.conversation.type.url(post.conversation, person)).content.decode()


def test_members_see_a_neutral_sentence_and_author_and_moderators_the_text(
    place, post, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        removal = actions.hide_post(place.maya, post, "Be kind")
    for person in (place.ana, place.ben, place.ida):
        page = page_of(post, person)
        assert ("A moderator hid this message." in page, TEXT in page) == (True, False)
    address = reverse("community:post_restoration", args=[post.pk])
    for person in (place.ben, place.ida, place.maya):
        detail = signed_in(person).get(address, follow=True).content.decode()
        assert (TEXT in detail, "Be kind" in detail) == (True, True)
        assert ("Put back</button>" in detail) == (person != place.ben)
    # Without script the link stands in everybody's page: to others it says what they know already.
    without_script = page_of(post, place.ben).partition('class="tombstone"')[2].partition("<noscript>")[2]
    assert f'<a class="tombstone-plain" href="{address}">See why</a></noscript>' in without_script
    other = signed_in(place.ana).get(address)
    text = other.content.decode()
    assert (other.status_code, "its author and the moderators" in text) == (200, True)
    assert not any(secret in text for secret in (TEXT, "Be kind", place.maya.given_name, place.ben.given_name))
    assert signed_in(place.otto).get(address).status_code == 404
    for person in (place.ana, place.otto):
        assert signed_in(person).post(address).status_code == 404
    told = signed_in(place.ben).get(reverse("notifications:notification_list")).content.decode()
    assert ("A moderator hid what you wrote" in told, "Be kind" in told) == (True, True)
    assert AuditEntry.objects.filter(verb="post.hidden", actor=place.maya).count() == 1
    assert Removal.objects.get() == removal


def test_what_is_hidden_is_found_by_nobody_and_stands_as_a_gap_even_without_replies(place):
    post = in_topic(place)
    reply = send_message(place.ana, fresh(post).conversation, "Is that so?", reply_to=post)
    delete_message(place.ana, reply)
    actions.hide_post(place.maya, fresh(post), "Be kind")
    assert not search(place.ana, "quite").hits
    shown = open_thread(place.ana, fresh(post).conversation).messages
    assert [message.hidden for message in shown] == [False, True]


def test_it_stays_in_the_queue_until_it_is_removed(place, post, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        flag = actions.flag_message(place.ana, post, "rude")
        actions.hide_post(place.maya, post, "Be kind", seen="reported")
    assert [waiting_count(person) for person in (place.maya, place.ida, place.ben)] == [1, 1, 0]
    (item,) = Queue(place.ida).items()[0]
    assert (item.waits, item.removal.reason, [each.user for each in item.flags]) == (True, "Be kind", [place.ana])
    assert not Notification.objects.filter(recipient=place.ana, kind="report-settled").exists()
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_post(place.ida, post, "Be kind", seen="hidden")
    flag.refresh_from_db()
    assert (flag.outcome, waiting_count(place.ida), fresh(post).hidden) == ("removed", 0, False)
    assert Notification.objects.filter(recipient=place.ben, kind="post-removed").count() == 1
    assert Notification.objects.filter(recipient=place.ana, kind="report-settled").count() == 1


def test_or_put_back_and_what_was_reported_was_acceptable(place, post, django_capture_on_commit_callbacks):
    flag = actions.flag_message(place.ana, post, "rude")
    with django_capture_on_commit_callbacks(execute=True):
        actions.hide_post(place.maya, post, "Be kind")
    with django_capture_on_commit_callbacks(execute=True):
        actions.restore_post(place.ida, post, seen="hidden")
    flag.refresh_from_db()
    assert (flag.outcome, waiting_count(place.ida)) == ("kept", 0)
    assert (fresh(post).deleted, fresh(post).hidden) == (None, False)
    assert TEXT in page_of(post, place.ana)
    told = signed_in(place.ben).get(reverse("notifications:notification_list")).content.decode()
    assert ("put back what you wrote" in told, "hid what you wrote" in told) == (True, False)


def test_its_author_neither_deletes_it_nor_decides(place, post):
    actions.hide_post(place.maya, post, "Be kind")
    with pytest.raises(PermissionDenied):
        delete_message(place.ben, post)
    with pytest.raises(PermissionDenied):
        actions.restore_post(place.ben, post)
    assert fresh(post).hidden


def test_who_decides_on_what_another_moderator_has_decided_is_told_so(place, post):
    actions.flag_message(place.ana, post, "rude")
    actions.hide_post(place.maya, post, "Be kind", seen="reported")
    for late in (
        lambda: actions.hide_post(place.ida, post, "Rude", seen="reported"),
        lambda: actions.remove_post(place.ida, post, "Rude", seen="reported"),
        lambda: actions.keep_message(place.ida, post),
        lambda: actions.hide_post(place.ida, post, "Rude"),
    ):
        with pytest.raises(actions.Settled, match=f"{place.maya.full_name} has hidden this already"):
            late()
    actions.remove_post(place.maya, post, "Be kind", seen="hidden")
    with pytest.raises(actions.Settled, match="has removed this already"):
        actions.restore_post(place.ida, post, seen="hidden")
    actions.restore_post(place.maya, post)
    with pytest.raises(actions.Settled, match="has put back this already"):
        actions.remove_post(place.ida, post, "Rude", seen="hidden")
    assert fresh(post).deleted is None


def test_a_hidden_topic_is_in_no_list_and_its_page_says_who_hid_it(place):
    topic = actions.start_topic(place.ben, place.community, new("Cheap", "Buy followers"))
    client = signed_in(place.maya)
    first = topic.conversation.messages.get(place=tree.FIRST)
    asked = client.get(reverse("community:topic_deletion", args=[topic.pk]) + "?hide=1")
    assert asked.url == reverse("community:post_hiding", args=[first.pk])
    assert "whole topic goes" in client.get(asked.url).content.decode()
    assert client.post(asked.url, {"reason": " "}).status_code == 422
    assert client.post(asked.url, {"reason": "Advertising"}).status_code == 302
    assert f"{place.maya.full_name}</bdi> hid this topic" in client.get(topic.get_absolute_url()).content.decode()
    for person in (place.ana, place.ben):
        assert signed_in(person).get(topic.get_absolute_url()).status_code == 404
    listed = signed_in(place.ana).get(place.community.get_absolute_url())
    assert not listed.context["listing"].rows
    assert waiting_count(place.ida) == 1
    client.post(reverse("community:topic_restoration", args=[topic.pk]))
    assert (Topic.objects.get().deleted, Removal.objects.get().state, waiting_count(place.ida)) == (None, "restored", 0)


def test_the_queue_hides_and_decides_without_script(place, post):
    actions.flag_message(place.ana, post, "rude")
    client, queue = signed_in(place.maya), reverse("community:moderation_list")
    hiding = reverse("community:post_hiding", args=[post.pk])
    refused = client.post(hiding, {"reason": "", "seen": "reported", "verb": "Hide"})
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    assert client.post(hiding, {"reason": "Be kind", "seen": "reported"}).url == queue
    page = client.get(queue).content.decode()
    assert ("1 to decide" in page, "Hidden by" in page, TEXT in page) == (True, True, True)
    assert "Hidden by" in client.get(f"{queue}?kind=hidden").content.decode()
    late = signed_in(place.ida).post(hiding, {"reason": "Rude", "seen": "reported"})
    assert (late.status_code, "has hidden this already" in late.content.decode()) == (409, True)
    back = reverse("community:post_restoration", args=[post.pk])
    assert client.post(back, {"seen": "hidden"}).url == queue
    assert "Nothing to decide" in client.get(queue).content.decode()


def test_an_author_who_deletes_what_was_reported_leaves_nothing_to_decide(
    place, post, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.flag_message(place.ana, post, "rude")
    assert Notification.objects.filter(recipient=place.ida, kind="reported").exists()
    with django_capture_on_commit_callbacks(execute=True):
        delete_message(place.ben, post)
    assert (waiting_count(place.ida), Flag.objects.get().outcome) == (0, "gone")
    assert not Notification.objects.filter(recipient=place.ida, kind="reported").exists()
    told = signed_in(place.ana).get(reverse("notifications:notification_list")).content.decode()
    assert "was deleted by its author" in told
    with pytest.raises(actions.Settled, match="Its author has deleted"):
        actions.keep_message(place.ida, post)


def test_undoing_that_brings_a_reported_topic_back_to_the_queue(place, django_capture_on_commit_callbacks):
    topic = actions.start_topic(place.ben, place.community, new())
    first = Message.objects.with_titles().get(conversation=topic.conversation, place=tree.FIRST)
    with django_capture_on_commit_callbacks(execute=True):
        actions.flag_message(place.ana, first, "spam")
    with django_capture_on_commit_callbacks(execute=True):
        removed = actions.remove_topic(place.ben, topic)
    assert (waiting_count(place.ida), Flag.objects.get().outcome) == (0, "gone")
    with django_capture_on_commit_callbacks(execute=True):
        actions.restore_topic(place.ben, removed, undoing=True)
    assert (waiting_count(place.ida), Flag.objects.get().outcome) == (1, "open")
    assert not Notification.objects.filter(recipient=place.ana, kind="report-settled").exists()
    assert Notification.objects.filter(recipient=place.ida, kind="reported").exists()


def test_the_admin_deletes_anothers_post_with_the_same_action(place, post):
    client = signed_in(place.admin)
    actions.flag_message(place.ana, post, "rude")
    url = reverse("admin:conversations_message_delete", args=[post.pk])
    assert client.post(url, {"post": "yes", "reason": "Rude"}).status_code == 302
    removal = Removal.objects.get(message=post)
    assert (removal.decided_by, removal.state, Flag.objects.get().outcome) == (place.admin, "removed", "removed")
    assert client.post(url, {"post": "yes", "reason": "Rude"}).status_code == 302
    other = in_chat(place)
    chosen = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    assert client.post(reverse("admin:conversations_message_changelist"), chosen).status_code == 302
    assert fresh(other).deleted


def test_only_another_moderator_hides_and_says_why(place, post):
    for person in (place.ana, place.ben, place.otto):
        with pytest.raises(PermissionDenied):
            actions.hide_post(person, post, "No")
    with pytest.raises(ValidationError, match="Say why"):
        actions.hide_post(place.ida, post, " ")
    assert fresh(post).deleted is None
