"""What can't be taken is said in words at its place, and what was typed is still there."""

import uuid

import pytest
from django.urls import reverse

from apps.community import actions
from apps.community.models import Approval, Community, Held, Topic
from apps.conversations.actions import delete_message, send_message, set_locked
from apps.conversations.approval import Waits
from apps.conversations.models import Message
from tests import factories
from tests.community.place import fixture_place  # noqa: F401

HTMX = {"HX-Request": "true"}
TYPED = "What I typed for half an hour"


def hold(place, write):
    Community.objects.filter(pk=place.community.pk).update(approval=Approval.STUDENTS)
    with pytest.raises(Waits) as waiting:
        write()
    return waiting.value.held


def deleted(place, topic, answered):
    delete_message(place.b, answered)


def closed(place, topic, answered):
    set_locked(place.instructor, topic.conversation, True, "Answered")


def has_left(place, topic, answered):
    actions.leave(place.a, place.community)


def nothing(place, topic, answered):
    pass


# What happened meanwhile, which message is answered, and what is said.
REPLIES = {
    "a reply that was deleted": (deleted, "answered", 422, "You can still answer the topic"),
    "a topic that was closed": (closed, "answered", 403, "closed this topic meanwhile. You can start a new topic"),
    "a message of another topic": (nothing, "elsewhere", 422, "The message that you reply to is gone"),
    "a message of the chat": (nothing, "chat", 422, "The message that you reply to is gone"),
    "a message that there is not": (nothing, 987_654_321, 422, "The message that you reply to is gone"),
    "what one left": (has_left, "answered", 403, "You left"),
}


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["script", "no script"])
@pytest.mark.parametrize("case", REPLIES)
def test_a_reply_that_cannot_be_sent_says_why_and_keeps_the_text(place, client_for, case, headers):
    happen, to, status, said = REPLIES[case]
    topic, other = place.topic(place.a), place.topic(place.a, "Another")
    ids = {"answered": place.reply(place.b, topic), "elsewhere": place.reply(place.b, other)}
    ids["chat"] = send_message(place.b, place.community.chat, "Hello")
    happen(place, topic, ids["answered"])
    url = reverse("conversations:message_list", args=[topic.conversation_id])
    sent = {"body": TYPED, "client_key": str(uuid.uuid4()), "reply_to": ids[to].pk if to in ids else to}
    answer = client_for(place.a).post(url, sent, headers=headers)
    assert answer.status_code == status
    assert said in answer.text
    if not headers:
        assert TYPED in answer.text, "without script the page is all there is"
        if happen is closed:
            assert (
                f'href="{reverse("community:topic_create", args=[place.course.pk])}">Start a new topic' in answer.text
            )
    assert not Message.objects.filter(body=TYPED).exists()


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["script", "no script"])
def test_a_reply_to_a_topic_that_was_deleted_meanwhile_keeps_the_text(place, client_for, headers):
    topic = place.topic(place.b)
    first = topic.conversation.messages.get()
    actions.remove_post(place.instructor, first, "Asked before")
    url = reverse("conversations:message_list", args=[topic.conversation_id])
    answer = client_for(place.a).post(url, {"body": TYPED}, headers=headers)
    assert answer.status_code == 404
    # A page with script keeps it in its composer and says that this was deleted (static/js/thread/outbox.js).
    assert (TYPED in answer.text) is not bool(headers)


BAD_TITLES = {
    "blanks": ("  \t\r\n ", "Give it a title"),
    "letters that nobody sees": ("\u200b\u3164\u2060", "Give it a title"),
    "controls of direction alone": ("\u202e\u2066", "Give it a title"),
    "5,000 characters": ("x" * 5_000, "5,000 characters long; there is room for 160"),
    "5,000 emoji": ("🦊" * 5_000, "5,000 characters long; there is room for 160"),
}
GOOD_TITLES = {
    "emoji": ("👩‍👩‍👧‍👦 and 🏴‍☠️ and 🇫🇷", "👩‍👩‍👧‍👦 and 🏴‍☠️ and 🇫🇷"),
    "controls of direction": ("Read \u202egpj.exe\u202c \u2067now\u2069", "Read gpj.exe now"),
    "a NUL": ("A\0B", "A\N{REPLACEMENT CHARACTER}B"),
    "two spellings of one letter": ("Cafe\u0301", "Café"),
    "right to left": ("שלום، مرحبا", "שלום، مرحبا"),
    "markup": ("<b>Bold</b> & {{ title }}", "<b>Bold</b> & {{ title }}"),
}


@pytest.mark.parametrize("title", BAD_TITLES)
def test_a_title_that_says_nothing_or_too_much_is_refused_at_its_field(place, client_for, title):
    typed, said = BAD_TITLES[title]
    client, topic = client_for(place.a), place.topic(place.a, "Before")
    held = hold(place, lambda: place.topic(place.a, "Held"))
    moderator = client_for(place.instructor)
    attempts = {
        "a new topic": client.post(reverse("community:topic_create", args=[place.course.pk]), new(typed)),
        "another title": client.post(reverse("community:topic_edit", args=[topic.pk]), {"title": typed}),
        "what waits": client.post(
            reverse("community:held_detail", args=[held.pk]), {"version": 1, "title": typed, "body": TYPED}
        ),
        "a correction": moderator.post(
            reverse("community:held_approval", args=[held.pk]), {"version": 1, "title": typed, "body": TYPED}
        ),
    }
    for attempt, answer in attempts.items():
        assert answer.status_code == 422, attempt
        assert said in answer.text, attempt
        if attempt != "another title":
            assert TYPED in answer.text, attempt
        assert typed.strip()[:300].replace("\0", "") in answer.text or not typed.strip(), attempt
    topic.refresh_from_db()
    held.refresh_from_db()
    assert (topic.title, held.title, Topic.objects.count()) == ("Before", "Held", 1)


@pytest.mark.parametrize("title", GOOD_TITLES)
def test_a_title_is_kept_but_for_what_turns_the_text_around_it(place, client_for, title):
    typed, stored = GOOD_TITLES[title]
    client = client_for(place.a)
    answer = client.post(reverse("community:topic_create", args=[place.course.pk]), new(typed))
    topic = Topic.objects.get()
    assert (answer.status_code, topic.title) == (302, stored)
    page = client.get(topic.community.get_absolute_url()).text
    assert "<b>Bold</b>" not in page
    # Whatever its direction, it stands by itself.
    assert page.count("<bdi>") >= 1


def new(title, **more):
    return {"title": title, "body": TYPED, "is_question": "on", "client_key": str(uuid.uuid4())} | more


def test_the_same_topic_sent_twice_is_one_also_where_it_waits(place, client_for):
    client, url = client_for(place.a), reverse("community:topic_create", args=[place.course.pk])
    sent = new("Once")
    assert client.post(url, sent).url == client.post(url, sent).url
    Community.objects.filter(pk=place.community.pk).update(approval=Approval.STUDENTS)
    # Published before approval was asked for, and sent again after it.
    assert client.post(url, sent).url == Topic.objects.get().get_absolute_url()
    waits = new("Waits")
    assert client.post(url, waits).url == client.post(url, waits).url
    held = Held.objects.get()
    actions.approve(place.instructor, held, 1)
    assert client.post(url, waits).url in {topic.get_absolute_url() for topic in Topic.objects.all()} | {
        place.community.get_absolute_url()
    }
    assert (Topic.objects.count(), Held.objects.count()) == (2, 1)


def test_a_key_that_was_used_for_something_else_is_said_and_loses_nothing(place, client_for):
    key = uuid.uuid4()
    send_message(place.a, place.community.chat, "Hello", client_key=key)
    answer = client_for(place.a).post(
        reverse("community:topic_create", args=[place.course.pk]), new("Again", client_key=str(key))
    )
    assert answer.status_code == 422
    assert "already sent in another conversation" in answer.text
    assert TYPED in answer.text


def test_who_left_meanwhile_keeps_the_topic_that_they_typed(place, client_for):
    actions.leave(place.a, place.community)
    answer = client_for(place.a).post(reverse("community:topic_create", args=[place.course.pk]), new("Mine"))
    assert answer.status_code == 403
    assert "You left this community" in answer.text
    assert TYPED in answer.text
    assert 'value="Mine"' in answer.text


class TestDecisions:
    """A moderator's page was open for a while."""

    @pytest.mark.parametrize("headers", [HTMX, {}], ids=["script", "no script"])
    @pytest.mark.parametrize("verb", ["approval", "rejection"])
    def test_what_is_gone_is_said_to_its_moderators_with_what_was_typed(self, place, client_for, verb, headers):
        held = hold(place, lambda: send_message(place.a, place.community.chat, "May I?"))
        url = reverse(f"community:held_{verb}", args=[held.pk])
        sent = {"version": 1, "community": place.community.pk, "reason": TYPED, "body": TYPED}
        queue = client_for(place.instructor).get(reverse("community:moderation_list")).text
        assert f'name="community" value="{place.community.pk}"' in queue
        item = f'id="held-{held.pk}"'
        held.delete()
        answer = client_for(place.instructor).post(url, sent, headers=headers)
        assert answer.status_code == 410
        assert ("This is gone" in answer.text, TYPED in answer.text) == (True, True)
        assert item in answer.text
        elsewhere = factories.course(published=True).community
        assert client_for(place.instructor).post(url, sent | {"community": elsewhere.pk}).status_code == 404
        assert client_for(place.instructor).post(url, {"version": 1}).status_code == 404
        for person in (place.a, place.outsider):
            assert client_for(person).post(url, sent, headers=headers).status_code == 404

    @pytest.mark.parametrize("headers", [HTMX, {}], ids=["script", "no script"])
    @pytest.mark.parametrize(
        ("happen", "said"),
        [
            (lambda place, held: actions.change_held(place.a, held, 1, "May I ask?"), "has changed this meanwhile"),
            (lambda place, held: actions.withdraw_held(place.a, held), "has withdrawn this"),
            (lambda place, held: actions.approve(place.moderator, held, 1), "has approved this already"),
            (lambda place, held: actions.reject(place.moderator, held, 1, "No"), "has rejected this already"),
        ],
        ids=["changed", "withdrawn", "approved", "rejected"],
    )
    @pytest.mark.parametrize("verb", ["approval", "rejection"])
    def test_what_changed_is_said_with_what_was_typed(self, place, client_for, happen, said, headers, verb):
        held = hold(place, lambda: send_message(place.a, place.community.chat, "May I?"))
        happen(place, held)
        sent = {"version": 1, "reason": TYPED, "body": TYPED}
        url = reverse(f"community:held_{verb}", args=[held.pk])
        answer = client_for(place.instructor).post(url, sent, headers=headers)
        assert answer.status_code == 409
        assert (said in answer.text, TYPED in answer.text) == (True, True)
        assert ("May I ask?" in answer.text) == said.startswith("has changed")
        to_copy = f'readonly dir="auto">{TYPED}' in answer.text
        assert to_copy != said.startswith("has changed")

    @pytest.mark.parametrize("headers", [HTMX, {}], ids=["script", "no script"])
    @pytest.mark.parametrize("kind", ["held", "post"])
    def test_a_note_that_is_too_long_is_kept(self, place, client_for, kind, headers):
        if kind == "post":
            thing = send_message(place.a, place.community.chat, "May I?")
            actions.flag_message(place.b, thing, "rude")
        else:
            thing = hold(place, lambda: send_message(place.a, place.community.chat, "May I?"))
        sent = {"note": TYPED + "x" * 5_001, "about": "person"}
        answer = client_for(place.instructor).post(
            reverse(f"community:{kind}_note", args=[thing.pk]), sent, headers=headers
        )
        assert (answer.status_code, TYPED in answer.text) == (422, True)
        assert 'value="person" checked' in answer.text

    @pytest.mark.parametrize("version", ["", "0", "-1", "x", "9" * 30])
    def test_a_torn_form_is_said(self, place, client_for, version):
        held = hold(place, lambda: send_message(place.a, place.community.chat, "May I?"))
        url = reverse("community:held_rejection", args=[held.pk])
        answer = client_for(place.instructor).post(url, {"version": version, "reason": TYPED})
        assert answer.status_code == 422
        assert "Load the page again" in answer.text
        assert TYPED in answer.text

    @pytest.mark.parametrize("back", ["https://elsewhere.test/", "//elsewhere.test/", "nowhere", "javascript:alert(1)"])
    def test_the_way_back_leads_nowhere_else(self, place, client_for, back):
        held = hold(place, lambda: send_message(place.a, place.community.chat, "May I?"))
        url = reverse("community:held_approval", args=[held.pk])
        answer = client_for(place.instructor).post(url, {"version": 1, "back": back})
        assert (answer.status_code, answer["Location"]) == (302, reverse("community:moderation_list"))
