"""Reports: one a person and post, settled all at once, and never told to the author."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from apps.community import actions
from apps.community.models import Flag, FlagOutcome, Topic
from apps.community.moderation_queue import Queue
from apps.conversations.actions import add_reaction, edit_message, send_message
from apps.conversations.models import Message
from apps.notifications.models import Notification
from tests import factories
from tests.community.rooms import chat, new, room

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return room()


@pytest.fixture
def post(place):
    return send_message(place.ben, place.community.chat, "You are all stupid")


def fresh(message) -> Message:
    return Message.objects.with_titles().get(pk=message.pk)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_person_reports_a_post_once(place, post):
    first, second = (actions.flag_message(place.ana, post, "rude") for _ in range(2))
    assert first == second
    actions.flag_message(place.cleo, post, "spam", "Again and again")
    assert (Flag.objects.count(), Queue(place.ida).count) == (2, 1)


def test_who_can_not_read_a_post_or_wrote_it_or_was_stopped_does_not_report_it(place, post):
    actions.allow_reports(place.ida, place.community, place.cleo, allowed=False)
    for person in (place.otto, place.ben, place.cleo):
        with pytest.raises(PermissionDenied):
            actions.flag_message(person, post, "rude")
    assert not Flag.objects.exists()


def test_messages_of_other_kinds_of_conversation_are_not_reported_here(place):
    message = factories.message()
    with pytest.raises(PermissionDenied):
        actions.flag_message(place.admin, message, "rude")


def test_a_decision_settles_all_reports_of_a_post(place, post):
    for person in (place.ana, place.cleo):
        actions.flag_message(person, post, "rude")
    actions.keep_message(place.ida, post)
    assert set(Flag.objects.values_list("outcome", flat=True)) == {FlagOutcome.KEPT}
    assert Queue(place.ida).count == 0
    with pytest.raises(actions.Settled, match=place.ida.full_name):
        actions.remove_post(place.maya, post, "Rude", seen="reported")
    assert fresh(post).deleted is None


def test_an_edit_of_a_reported_post_is_news_to_its_moderators_and_a_reaction_is_not(place, post, published):
    actions.flag_message(place.ana, post, "rude")
    with published():
        add_reaction(place.cleo, fresh(post), "👍")
    assert f"moderation-{place.community.pk}" not in {channel for channel, _ in published}
    with published():
        edit_message(place.ben, fresh(post), "A vile text")
    assert f"moderation-{place.community.pk}" in {channel for channel, _ in published}


@pytest.mark.parametrize(
    ("verb", "outcome"), [("keeping", FlagOutcome.KEPT), ("hiding", FlagOutcome.OPEN), ("removal", FlagOutcome.REMOVED)]
)
@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}], ids=["script", "no script"])
def test_a_decision_on_a_text_that_changed_meanwhile_is_refused_with_the_new_one(place, post, verb, outcome, headers):
    actions.flag_message(place.ana, post, "rude")
    moderator, url = signed_in(place.ida), reverse(f"community:post_{verb}", args=[post.pk])
    sent = {"version": "", "seen": "reported"}
    if verb != "keeping":
        sent |= {"verb": "Hide" if verb == "hiding" else "Remove", "reason": "Be kind"}
    assert moderator.get(reverse("community:moderation_list")).text.count('name="version" value=""') == 3
    edit_message(place.ben, fresh(post), "A vile text")
    late = moderator.post(url, sent, headers=headers)
    assert (late.status_code, Flag.objects.get().outcome, fresh(post).deleted) == (409, FlagOutcome.OPEN, None)
    assert ("A vile text" in late.text, "has changed this meanwhile" in late.text) == (True, True)
    assert ("Be kind</textarea>" in late.text) == (verb != "keeping")
    version = fresh(post).edited.isoformat()
    assert late.text.count(f'name="version" value="{version}"') == 3
    add_reaction(place.cleo, fresh(post), "❤️")
    done = moderator.post(url, sent | {"version": version}, headers=headers)
    assert done.status_code == (200 if headers else 302)
    assert (Flag.objects.get().outcome, fresh(post).deleted is None) == (outcome, verb == "keeping")


@pytest.mark.parametrize("verb", ["hiding", "removal"])
def test_a_decision_on_the_page_of_a_post_is_refused_after_an_edit(place, post, verb):
    moderator, url = signed_in(place.ida), reverse(f"community:post_{verb}", args=[post.pk])
    assert 'name="version" value=""' in moderator.get(url).text
    edit_message(place.ben, fresh(post), "A vile text")
    late = moderator.post(url, {"version": "", "reason": "Be kind"})
    assert (late.status_code, fresh(post).deleted) == (409, None)
    version = fresh(post).edited.isoformat()
    shown = ("A vile text", "has changed this meanwhile", "Be kind</textarea>", f'name="version" value="{version}"')
    assert [each in late.text for each in shown] == [True] * 4
    assert moderator.post(url, {"version": version, "reason": "Be kind"}).status_code == 302
    assert fresh(post).deleted


def test_a_post_that_may_stay_is_not_reported_again_until_it_is_edited(place, post):
    actions.flag_message(place.ana, post, "rude")
    actions.keep_message(place.ida, post)
    for person in (place.ana, place.cleo):
        with pytest.raises(ValidationError, match="may stay"):
            actions.flag_message(person, post, "rude")
    edit_message(place.ben, fresh(post), "You are all very stupid")
    actions.flag_message(place.ana, post, "rude")
    assert Queue(place.ida).count == 1


def test_a_removed_post_is_a_gap_and_its_author_learns_why(place, post, django_capture_on_commit_callbacks):
    actions.flag_message(place.ana, post, "rude")
    with pytest.raises(ValidationError, match="Say why"):
        actions.remove_post(place.ida, post, " ")
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_post(place.ida, post, "Be kind")
    assert fresh(post).deleted
    text = signed_in(place.ben).get(reverse("notifications:notification_list")).content.decode()
    assert "Be kind" in text
    assert place.ana.full_name not in text.replace(f"{place.ana.full_name} and", "")
    text = signed_in(place.ana).get(reverse("notifications:notification_list")).content.decode()
    assert "was removed" in text


def test_the_first_post_of_a_topic_goes_with_its_topic(place):
    topic = actions.start_topic(place.ben, place.community, new("Cheap", "Buy followers"))
    actions.flag_message(place.ana, topic.conversation.messages.get(), "spam")
    actions.remove_post(place.ida, topic.conversation.messages.get(), "Advertising")
    assert Topic.objects.get().deleted


def test_moderators_are_told_of_a_report_until_one_decides(place, post, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        actions.flag_message(place.ana, post, "rude")
    told = Notification.objects.filter(kind="reported")
    assert set(told.values_list("recipient", flat=True)) == {place.ida.pk, place.maya.pk}
    with django_capture_on_commit_callbacks(execute=True):
        actions.keep_message(place.maya, post)
    assert not told.exists()


def test_a_moderator_neither_sees_nor_decides_reports_of_their_own_post(place):
    own = send_message(place.maya, place.community.chat, "I moderate")
    actions.flag_message(place.ana, own, "rude")
    assert (Queue(place.maya).count, Queue(place.ida).count) == (0, 1)
    with pytest.raises(PermissionDenied):
        actions.keep_message(place.maya, own)
    assert signed_in(place.maya).get(reverse("community:post_decide", args=[own.pk])).status_code == 404


def test_the_form_reports_without_script_and_put_does_with(place, post):
    url = reverse("community:flag_detail", args=[post.pk])
    assert signed_in(place.ana).get(url).status_code == 200
    nothing = signed_in(place.ana).post(url, {"details": "It hurts"})
    assert (nothing.status_code, b"It hurts" in nothing.content) == (422, True)
    assert signed_in(place.ana).post(url, {"reason": "rude"}).status_code == 302
    put = signed_in(place.cleo).put(url, "reason=spam", content_type="application/x-www-form-urlencoded")
    assert put.status_code == 204
    assert signed_in(place.otto).get(url).status_code == 404
    assert Flag.objects.count() == 2


def test_the_queue_shows_reports_beside_what_waits(place, post):
    actions.flag_message(place.ana, post, "rude", "It hurts")
    place.community.approval = "students"
    place.community.save()
    chat(place, place.cleo, "Waiting words")
    text = signed_in(place.ida).get(reverse("community:moderation_list")).content.decode()
    assert ("2 to decide" in text, "It hurts" in text, "Waiting words" in text) == (True, True, True)
    only = signed_in(place.ida).get(reverse("community:moderation_list") + "?kind=reports").content.decode()
    assert ("It hurts" in only, "Waiting words" in only) == (True, False)
    decided = signed_in(place.ida).post(
        reverse("community:post_removal", args=[post.pk]),
        {"reason": "Be kind", "seen": "reported"},
        HTTP_HX_REQUEST="true",
    )
    assert (decided.status_code, b"is-decided" in decided.content) == (200, True)
    assert signed_in(place.ana).post(reverse("community:post_keeping", args=[post.pk])).status_code == 404
