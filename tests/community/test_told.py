"""Whatever a moderator does with what somebody wrote, its author is told what was done and why, and finds the text."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from django.urls import reverse

from apps.community import actions
from apps.community.audit_labels import LABELS
from apps.community.models import Held
from apps.conversations import tree
from apps.conversations.actions import ReasonMissing, send_message, set_locked
from apps.notifications.models import Notification
from tests.community.rooms import chat, new, room

pytestmark = pytest.mark.django_db
TEXT, WHY = "Buy my notes, they are cheap", "Ads go elsewhere"


def waiting(place: SimpleNamespace) -> Held:
    place.community.approval = "students"
    place.community.save(update_fields=["approval"])
    return chat(place, place.ben, TEXT)


def post(place):
    return send_message(place.ben, place.community.chat, TEXT)


def topic(place):
    return actions.start_topic(place.ben, place.community, new("Cheap notes", TEXT))


def first(place):
    return topic(place).conversation.messages.get(place=tree.FIRST)


def restore(place, message):
    actions.remove_post(place.maya, message, WHY)
    actions.restore_post(place.maya, message)


def reopen(place, begun):
    set_locked(place.maya, begun.conversation, True, WHY)
    set_locked(place.maya, begun.conversation, False)


class Act(NamedTuple):
    """`done` to what `of` makes: the author reads `told`, and why where that is a reason's to say."""

    of: Callable
    done: Callable
    told: str
    why: bool = True


# By the verb under which the audit has it.
ACTS = {
    "held.approved": Act(
        waiting, lambda place, held: actions.approve(place.maya, held, 1), "message in {} was approved", why=False
    ),
    "held.corrected": Act(
        waiting,
        lambda place, held: actions.approve(place.maya, held, 1, actions.Correction("My notes")),
        "message in {} was corrected and approved",
        why=False,
    ),
    "held.rejected": Act(
        waiting, lambda place, held: actions.reject(place.maya, held, 1, WHY), "message in {} was rejected"
    ),
    "post.hidden": Act(
        post, lambda place, message: actions.hide_post(place.maya, message, WHY), "A moderator hid what you wrote in {}"
    ),
    "post.removed": Act(
        post,
        lambda place, message: actions.remove_post(place.maya, message, WHY),
        "A moderator removed what you wrote in {}",
    ),
    "topic.removed": Act(
        first,
        lambda place, message: actions.remove_post(place.maya, message, WHY),
        "A moderator removed what you wrote in {}",
    ),
    "post.restored": Act(post, restore, "A moderator put back what you wrote in {}", why=False),
    "topic.restored": Act(first, restore, "A moderator put back what you wrote in {}", why=False),
    "conversation.locked": Act(
        topic,
        lambda place, begun: set_locked(place.maya, begun.conversation, True, WHY),
        "A moderator closed your topic Cheap notes",
    ),
    "conversation.unlocked": Act(topic, reopen, "A moderator reopened your topic Cheap notes", why=False),
    "topic.pinned": Act(
        topic,
        lambda place, begun: actions.pin_topic(place.maya, begun),
        "A moderator pinned your topic Cheap notes",
        why=False,
    ),
    "topic.renamed": Act(
        topic,
        lambda place, begun: actions.rename_topic(place.maya, begun, "Notes", is_question=False, reason=WHY),
        "A moderator renamed your topic Cheap notes to Notes",
    ),
}
# What a moderator does that changes nothing of what one wrote, or is taken back by it.
UNTOLD = {
    *("topic.unpinned", "flag.kept", "note.written", "community.reports_allowed", "community.reports_stopped"),
    *("topic.answered", "topic.unanswered", "topic.started", "flag.raised", "held.withdrawn"),
    *("community.appointed", "community.banner", "community.changed"),
}


def read(client, address: str) -> str:
    """What stands on a page, as words."""
    return " ".join(re.sub(r"<[^>]+>", "", client.get(address).text.partition("<main")[2]).split())


@pytest.mark.parametrize("verb", ACTS)
def test_the_author_is_told_what_was_done_and_why_and_finds_the_text(
    verb, client_for, django_capture_on_commit_callbacks
):
    place, act = room(), ACTS[verb]
    with django_capture_on_commit_callbacks(execute=True):
        act.done(place, act.of(place))
    client = client_for(place.ben)
    notices = read(client, reverse("notifications:notification_list"))
    assert act.told.format(place.community.name) in notices
    assert (WHY in notices) == act.why
    # Neither who moderated nor who reported is named.
    assert place.maya.given_name not in notices
    newest = Notification.objects.filter(recipient=place.ben).latest("pk")
    opened = client.get(reverse("notifications:notification_detail", args=[newest.pk]), follow=True)
    assert TEXT in opened.text
    for other in (place.ana, place.maya, place.otto):
        kinds = set(Notification.objects.filter(recipient=other).values_list("kind", flat=True))
        assert not kinds & {"moderated", "post-removed", "topic-moderated"}


def test_no_verb_of_moderators_is_forgotten():
    assert {*ACTS} | UNTOLD == {*LABELS} | {"conversation.locked", "conversation.unlocked"}
    assert not {*ACTS} & UNTOLD


def test_what_holds_no_longer_is_told_no_longer(client_for, django_capture_on_commit_callbacks):
    place = room()
    begun = topic(place)
    with django_capture_on_commit_callbacks(execute=True):
        actions.pin_topic(place.maya, begun)
        actions.unpin_topic(place.maya, begun)
        reopen(place, begun)
    notices = read(client_for(place.ben), reverse("notifications:notification_list"))
    assert ("pinned your topic" in notices, "closed your topic" in notices) == (False, False)
    assert "reopened your topic" in notices
    acts = [notice.data["act"] for notice in Notification.objects.filter(recipient=place.ben, kind="topic-moderated")]
    assert acts == ["reopened"]


def test_a_topic_that_is_closed_again_is_told_as_closed_alone(client_for, django_capture_on_commit_callbacks):
    place = room()
    begun = topic(place)
    with django_capture_on_commit_callbacks(execute=True):
        reopen(place, begun)
        set_locked(place.maya, begun.conversation, True, WHY)
    notices = read(client_for(place.ben), reverse("notifications:notification_list"))
    assert ("closed your topic" in notices, "reopened your topic" in notices) == (True, False)
    acts = [notice.data["act"] for notice in Notification.objects.filter(recipient=place.ben, kind="topic-moderated")]
    assert acts == ["closed"]


def test_each_renaming_is_told_with_its_own_titles(client_for, django_capture_on_commit_callbacks):
    place = room()
    begun = topic(place)
    for title in ("Notes", "Notes for sale"):
        with django_capture_on_commit_callbacks(execute=True):
            begun = actions.rename_topic(place.maya, begun, title, is_question=False, reason=WHY)
    with django_capture_on_commit_callbacks(execute=True):
        actions.rename_topic(place.maya, begun, "Notes for sale", is_question=True, reason=WHY)
    notices = read(client_for(place.ben), reverse("notifications:notification_list"))
    assert "renamed your topic Cheap notes to Notes:" in notices
    assert "renamed your topic Notes to Notes for sale:" in notices
    assert "changed your topic Notes for sale:" in notices
    subjects = list(Notification.objects.filter(kind="topic-moderated").order_by("pk").values_list("title", flat=True))
    assert [subject.partition(":")[0] for subject in subjects] == [
        *["Your topic was renamed"] * 2,
        "Your topic was changed",
    ]


def test_moderators_are_not_told_of_their_own_acts(django_capture_on_commit_callbacks):
    place = room()
    own = actions.start_topic(place.maya, place.community, new("Mine"))
    with django_capture_on_commit_callbacks(execute=True):
        actions.pin_topic(place.maya, own)
        actions.rename_topic(place.maya, own, "Still mine", is_question=True)
        set_locked(place.maya, own.conversation, True)
    assert not Notification.objects.filter(kind="topic-moderated").exists()


def test_closing_and_renaming_ask_why(client_for):
    place = room()
    begun, client = topic(place), client_for(place.maya)
    with pytest.raises(ReasonMissing):
        set_locked(place.maya, begun.conversation, True)
    button = reverse("conversations:lock", args=[begun.conversation_id])
    form = reverse("community:topic_closing", args=[begun.pk])
    assert client.post(button, {"reason": "x" * 501}).url == form
    assert client.post(button, headers={"HX-Request": "true"}).headers["HX-Redirect"] == form
    for url, sent in ((form, {}), (reverse("community:topic_edit", args=[begun.pk]), {"title": "Notes"})):
        for reason, said in ((" ", "Say why"), ("x" * 501, "501 characters")):
            refused = client.post(url, sent | {"reason": reason})
            assert (refused.status_code, said in refused.text, f"{reason}</textarea>" in refused.text) == (
                422,
                True,
                True,
            )
    begun.refresh_from_db()
    assert (begun.title, begun.conversation.locked) == ("Cheap notes", False)
    assert client.post(form, {"reason": WHY}).url == begun.get_absolute_url()
    begun.conversation.refresh_from_db()
    assert begun.conversation.locked
    again = client.post(form, {"reason": WHY}, follow=True)
    assert "This topic is closed already." in again.text
    assert client_for(place.ben).get(reverse("community:topic_edit", args=[begun.pk])).status_code == 404


def test_whoever_reads_no_longer_is_told_nothing_more(django_capture_on_commit_callbacks):
    place = room()
    begun = topic(place)
    with django_capture_on_commit_callbacks(execute=True):
        set_locked(place.maya, begun.conversation, True, WHY)
    assert Notification.objects.visible_to(place.ben).filter(kind="topic-moderated").count() == 1
    place.community.enrolled().filter(student__user=place.ben).update(is_active=False)
    assert not Notification.objects.visible_to(place.ben).filter(kind="topic-moderated").exists()
