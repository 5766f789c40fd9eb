"""The queue of moderators, page and decisions, and what an author sees meanwhile."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import parts
from apps.accounts.models import AuditEntry
from apps.community import actions
from apps.community.comparing import compare
from apps.community.models import Approval, HeldState
from apps.conversations import tree
from apps.conversations.actions import edit_message, set_locked
from apps.conversations.models import Message
from apps.notifications.models import Event, Notification
from tests.community.rooms import chat, held_by, new, room

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
EVERY_ACT = {
    *("held.approved", "held.rejected", "held.corrected", "flag.kept", "post.hidden", "post.restored", "post.removed"),
    *("note.written", "topic.pinned", "topic.unpinned", "conversation.locked", "conversation.unlocked"),
    *("topic.renamed", "topic.removed", "topic.restored", "community.reports_stopped", "community.reports_allowed"),
}


@pytest.fixture
def place():
    return room(Approval.STUDENTS)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user, name="community:moderation_list", *args, **query):
    response = signed_in(user).get(reverse(name, args=args), query)
    return response.status_code, response.content.decode()


def test_a_queue_holds_what_its_moderator_may_decide_oldest_first(place):
    chat(place, place.cleo, "From Cleo")
    held_by(lambda: actions.start_topic(place.ana, place.community, new("Prisms", "From Ana")))
    for person in (place.ida, place.maya, place.admin):
        status, text = page(person)
        assert (status, "2 to decide" in text) == (200, True)
        assert 0 < text.index("From Cleo") < text.index("From Ana")
    assert page(place.ana)[0] == 404
    assert "Nothing to decide" in page(room().ida)[1]


def test_each_act_of_a_moderator_is_audited_under_their_name(place):
    first, second = (chat(place, place.cleo, text) for text in ("One", "Two"))
    third = chat(place, place.cleo, "Three")
    message = actions.approve(place.maya, first, 1).message
    actions.reject(place.maya, second, 1, "Off topic")
    actions.approve(place.maya, third, 1, actions.Correction("3"))
    actions.flag_message(place.ana, message, "rude")
    actions.keep_message(place.maya, message)
    actions.hide_post(place.maya, message, "Wait")
    actions.restore_post(place.maya, message)
    actions.remove_post(place.maya, message, "Rude")
    actions.add_note(place.maya, place.community, place.cleo, "New here")
    topic = actions.start_topic(place.ida, place.community, new())
    actions.pin_topic(place.maya, topic)
    actions.unpin_topic(place.maya, topic)
    set_locked(place.maya, topic.conversation, True, "Answered")
    set_locked(place.maya, topic.conversation, False)
    actions.rename_topic(place.maya, topic, "Renamed", is_question=False, reason="Clearer")
    opening = topic.conversation.messages.with_titles().get(place=tree.FIRST)
    actions.remove_post(place.maya, opening, "Rude")
    actions.restore_post(place.maya, opening)
    for allowed in (False, True):
        actions.allow_reports(place.maya, place.community, place.cleo, allowed=allowed)
    done = set(AuditEntry.objects.filter(actor=place.maya).values_list("verb", flat=True))
    assert EVERY_ACT - done == set()


def test_a_queue_is_narrowed_to_one_community_and_to_edits(place):
    message = actions.approve(place.ida, chat(place, place.cleo, "Early words"), 1).message
    held_by(lambda: edit_message(place.cleo, message, "Later words"))
    chat(place, place.ana, "From Ana")
    assert "From Ana" not in page(place.ida, kind="edits")[1]
    assert "Later" not in page(place.ida, kind="posts")[1]
    status, text = page(place.ida, "community:community_moderation", place.course.pk)
    assert (status, "From Ana" in text) == (200, True)
    assert page(place.ida, community=place.other.pk)[0] == 404
    assert page(place.ana, "community:community_moderation", place.course.pk)[0] == 404


def test_an_edit_shows_what_it_changes():
    assert [(kind, text) for kind, text in compare("a big lens", "a small lens")] == [
        ("", "a "),
        ("del", "big"),
        ("ins", "small"),
        ("", " lens"),
    ]


def decide(user, held, part="approval", **data):
    url = reverse(f"community:held_{part}", args=[held.pk])
    return signed_in(user).post(url, {"version": held.version, **data}, **HTMX)


def test_a_moderator_approves_rejects_and_corrects_on_the_page(place):
    first, second, third = (chat(place, place.cleo, text) for text in ("One", "Two", "Thre"))
    assert decide(place.ida, first).status_code == 200
    assert decide(place.maya, second, "rejection", reason="Said before").status_code == 200
    assert decide(place.ida, third, body="Three").status_code == 200
    assert list(Message.objects.order_by("key").values_list("body", flat=True)) == ["One", "Three"]


def test_what_is_wrong_with_a_decision_is_said_at_the_item_and_keeps_what_was_typed(place):
    held = chat(place, place.cleo)
    refused = decide(place.ida, held, "rejection", reason=" ")
    assert (refused.status_code, b"Say why" in refused.content) == (422, True)
    refused = decide(place.ida, held, "rejection", reason="x" * 501)
    assert (refused.status_code, b"x" * 501 in refused.content) == (422, True)
    actions.change_held(place.cleo, held, 1, "Rewritten")
    late = decide(place.ida, held)
    assert (late.status_code, b"Rewritten" in late.content, b"changed this meanwhile" in late.content) == (
        409,
        True,
        True,
    )
    held.refresh_from_db()
    actions.approve(place.maya, held, 2)
    late = decide(place.ida, held)
    assert (late.status_code, place.maya.full_name.encode() in late.content) == (409, True)


def test_what_was_decided_stays_where_it_stood_while_the_queue_is_on_screen(place):
    first, second = (chat(place, place.cleo, text) for text in ("One", "Two"))
    actions.approve(place.maya, first, 1)
    url = reverse("community:moderation_list")
    live = signed_in(place.ida).get(url, {"shown": f"held-{first.pk} held-{second.pk} held-x"}, **HTMX).content.decode()
    assert live.index("is-decided") < live.index("Two")
    assert place.maya.full_name in live
    assert "is-decided" not in signed_in(place.ida).get(url).text.partition("<template")[0]


def test_a_decision_works_without_script(place):
    held = chat(place, place.cleo)
    client = signed_in(place.ida)
    answer = client.post(reverse("community:held_approval", args=[held.pk]), {"version": 1})
    assert (answer.status_code, answer.url) == (302, reverse("community:moderation_list"))
    assert Message.objects.get().body == "Hello there"


def test_an_author_sees_what_waits_changes_it_and_withdraws_it(place):
    held = chat(place, place.cleo, "My words")
    own = page(place.cleo, "community:conversation_held", place.community.chat_id)[1]
    assert ("My words" in own, "Waits for approval" in own) == (True, True)
    assert "My words" not in page(place.ana, "community:conversation_held", place.community.chat_id)[1]
    client, url = signed_in(place.cleo), reverse("community:held_detail", args=[held.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"version": 1, "body": "Better words"}).status_code == 302
    blank = client.post(url, {"version": 2, "body": "  "})
    assert (blank.status_code, b"Write something" in blank.content) == (422, True)
    assert client.post(url, {"version": 1, "body": "From another tab"}).status_code == 409
    assert client.post(reverse("community:held_withdrawal", args=[held.pk])).status_code == 302
    held.refresh_from_db()
    assert (held.state, held.body) == (HeldState.WITHDRAWN, "Better words")
    for stranger in (place.ana, place.ida, place.otto):
        assert signed_in(stranger).get(url).status_code == 404


def test_an_author_reads_why_it_was_refused_and_gets_the_text_back(place):
    held = chat(place, place.cleo, "My words")
    actions.reject(place.ida, held, 1, "Ask this in the lesson")
    for name, pk in (("community:held_detail", held.pk), ("community:conversation_held", place.community.chat_id)):
        text = page(place.cleo, name, pk)[1]
        assert ("My words" in text, "Ask this in the lesson" in text) == (True, True)


def test_an_author_gets_both_texts_of_a_correction(place):
    held = chat(place, place.cleo, "My wrods")
    actions.approve(place.ida, held, 1, actions.Correction("My words"))
    text = page(place.cleo, "community:held_detail", held.pk)[1]
    assert ("My wrods" in text, "My words" in text) == (True, True)


def told(user, kind):
    return Notification.objects.filter(recipient=user, kind=kind).count()


def test_moderators_are_told_until_one_decides_and_the_author_learns_the_outcome(
    place, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        held = chat(place, place.cleo)
    assert [told(each, "to-moderate") for each in (place.ida, place.maya, place.admin, place.ana)] == [1, 1, 0, 0]
    with django_capture_on_commit_callbacks(execute=True):
        actions.approve(place.ida, held, 1)
    assert [told(each, "to-moderate") for each in (place.ida, place.maya)] == [0, 0]
    assert [told(each, "moderated") for each in (place.cleo, place.ana)] == [1, 0]
    text = signed_in(place.cleo).get(reverse("notifications:notification_list")).content.decode()
    assert "was approved" in text


def test_what_waits_is_in_nothing_that_others_get(place, django_capture_on_commit_callbacks):
    marker = "zebrafish"
    with django_capture_on_commit_callbacks(execute=True):
        chat(place, place.cleo, f"About gnomons and {marker}")
        held_by(lambda: actions.start_topic(place.cleo, place.community, new(f"On {marker}", marker)))
    client = signed_in(place.ana)
    urls = [
        reverse("community:topic_list", args=[place.course.pk]),
        reverse("community:chat_detail", args=[place.course.pk]),
        reverse("community:member_list", args=[place.course.pk]),
        reverse("conversations:message_list", args=[place.community.chat_id]) + "?after=0",
        reverse("community:conversation_held", args=[place.community.chat_id]),
        reverse("community:topics_held", args=[place.course.pk]),
        reverse("conversations:search_list") + "?q=gnomons",
        reverse("notifications:notification_list"),
    ]
    for url in urls:
        response = client.get(url)
        assert response.status_code == 200, url
        assert marker not in response.content.decode(), url
    assert marker not in str([part.own_data(place.ana) for part in parts.parts()])
    assert not Notification.objects.filter(recipient=place.ana).exists()
    assert not Event.objects.filter(title__contains=marker).exists()


def test_the_numbers_beside_moderation_are_what_the_queue_counts(place):
    elsewhere = room(Approval.STUDENTS)
    for where in (place, place, elsewhere):
        chat(where, where.cleo, "Hello")
    count = reverse("community:moderation_count")
    for person, number, everywhere in ((place.maya, 2, 2), (place.ida, 2, 2), (place.admin, 2, 3)):
        client = signed_in(person)
        tab = client.get(f"{count}?community={place.community.pk}").content.decode()
        assert (f">{number}</span>" in tab, f"community-{place.community.pk}-to-moderate" in tab) == (True, True)
        assert f">{everywhere}</span>" in client.get(count).content.decode()
    assert signed_in(place.maya).get(f"{count}?community={elsewhere.community.pk}").status_code == 404
    for held in place.community.held.all():
        actions.approve(place.ida, held, 1)
    assert "></span>" in signed_in(place.maya).get(f"{count}?community={place.community.pk}").content.decode()


def test_the_tab_and_its_number_are_on_every_page_of_a_community_for_moderators_alone(place):
    pages = ("topic_list", "chat_detail", "member_list", "community_moderation")
    for name in pages:
        url, count = reverse(f"community:{name}", args=[place.course.pk]), f"?community={place.community.pk}"
        assert count in signed_in(place.maya).get(url).content.decode(), name
        assert count not in signed_in(place.ana).get(url).content.decode(), name


@pytest.mark.parametrize(("deed", "sent"), [("notes", {"note": "Hm"}), ("rejection", {"version": 1, "reason": " "})])
def test_the_page_of_one_item_follows_it_also_after_a_form_was_answered_in_it(place, deed, sent):
    held, client = chat(place, place.cleo, "From Cleo"), signed_in(place.ida)
    url = reverse("community:held_decide", args=[held.pk])
    shown = client.get(url).content.decode()
    answer = client.post(f"{url}{deed}/", sent, **HTMX).content.decode()
    assert f'<li class="moderation-item" id="held-{held.pk}"' in answer
    after, count = re.subn(r'<li class="moderation-item".*(?=</ol>)', lambda _: answer, shown, flags=re.DOTALL)
    assert count == 1
    follows = f'data-channels="moderation-{place.community.pk}" hx-get="{url}"'
    assert (shown.count(follows), after.count(follows)) == (1, 1)
    # Sent without script, what is wrong is said on a page that follows the item, not the form's address.
    refused = client.post(f"{url}rejection/", {"version": 1, "reason": " "})
    assert (refused.status_code, refused.content.decode().count(follows)) == (422, 1)
    # What it asks for is what it replaces: the region, not a page.
    region = client.get(url, **HTMX).content.decode()
    assert (region.count(follows), "<html" in region) == (1, False)


def test_the_tab_says_how_much_waits_without_script(place):
    url = reverse("community:chat_detail", args=[place.course.pk])

    def badge(user):
        text = signed_in(user).get(url).content.decode()
        found = re.search(r'<span class="nav-badge" id="community-\d+-to-moderate"[^>]*>(\d*)</span>', text)
        return found and found[1]

    assert badge(place.maya) == ""
    chat(place, place.cleo, "From Cleo")
    assert (badge(place.maya), badge(place.ida), badge(place.cleo)) == ("1", "1", None)
