# ruff: noqa: F811 - fixtures of notifications are arguments here
"""What is not for a person is in no byte that they are sent: a marker in each thing that moderators alone read.

A note about a post and about what waits, what waits itself (a topic, a reply, an edit), why it was rejected and why a
post was removed, and what somebody wrote who reported one.
"""

import io
import json
from contextlib import closing

import pytest
from django.urls import reverse

from apps.community import actions
from apps.community.models import Approval, Community
from apps.conversations.actions import edit_message, send_message
from apps.conversations.approval import Waits
from apps.conversations.models import Message
from apps.core import email_delivery
from apps.notifications.models import Notification
from tests.community.place import fixture_place  # noqa: F401
from tests.notifications.conftest import _no_thread, commits, later, postbox  # noqa: F401 - fixtures
from tests.walks import holding, kept, pdf_text, walk

NOTE, HELD, EDIT, REJECTED, REMOVED, TAKEN, REPORT = MARKERS = (
    *("zimtstern", "muskatnuss", "sternanis", "kardamom", "kurkuma", "wacholder", "pfeffernuss"),
)
# In every text beside a marker: a search for it would find them.
BESIDE = "lakritz"
OWN = {"author": {HELD, EDIT, REJECTED, REMOVED, TAKEN}, "reporter": {REPORT}, "bystander": set()}


def held_by(write):
    with pytest.raises(Waits) as waiting:
        write()
    return waiting.value.held


@pytest.fixture
def planted(place, published):
    """Ada writes all that is held, removed and reported; Ben reports it; Cora has no part in it."""
    place.author, place.reporter, place.bystander = place.a, place.b, place.c
    chat = place.community.chat
    with published():
        topic = place.topic(place.instructor, f"About {BESIDE}", f"All about {BESIDE}")
        own = place.reply(place.author, topic, f"My {BESIDE}")
        answer = place.reply(place.bystander, topic, f"Yes {BESIDE}", to=own)
        rude = send_message(place.author, chat, f"Rude {BESIDE}")
        taken = send_message(place.author, chat, f"{TAKEN} {BESIDE}")
    # Until now everybody read it.
    published.clear()
    with published():
        actions.flag_message(place.reporter, rude, "rude", f"{REPORT} {BESIDE}")
        actions.add_note(place.instructor, place.community, rude, f"{NOTE} {BESIDE}")
        actions.remove_post(place.instructor, taken, f"{REMOVED} {BESIDE}")
        Community.objects.filter(pk=place.community.pk).update(approval=Approval.STUDENTS)
    with published():
        text = f"{HELD} {BESIDE} @{place.bystander.full_name} @{place.reporter.full_name}"
        begun = held_by(lambda: place.topic(place.author, f"{HELD} {BESIDE}", text))
        reply = held_by(lambda: send_message(place.author, _talk(topic), text, reply_to=answer))
        said = held_by(lambda: send_message(place.author, place.community.chat, text))
        edit = held_by(lambda: edit_message(place.author, Message.objects.with_titles().get(pk=own.pk), EDIT))
        for each in (begun, reply, said, edit):
            actions.add_note(place.moderator, place.community, each, f"{NOTE} {BESIDE}")
        actions.reject(place.instructor, said, 1, f"{REJECTED} {BESIDE}")
        actions.keep_message(place.instructor, rude)
    things = [place.course, chat, topic, topic.conversation, rude, taken, begun, said]
    place.numbers = [*(thing.pk for thing in things), place.community.removals.get().pk]
    place.held = [begun, reply, said, edit]
    messages = [own.pk, answer.pk, rude.pk, taken.pk]
    place.pairs = [(talk, pk) for talk in (chat.pk, topic.conversation_id) for pk in messages]
    place.pairs.append((place.course.pk, place.author.pk))
    place.topic_talk, place.rude = topic.conversation_id, rude
    return place


def _talk(topic):
    return type(topic.conversation).objects.with_titles().get(pk=topic.conversation_id)


def everything(client, place, user, events, box):
    own = Notification.objects.filter(recipient=user).values_list("pk", flat=True)
    queries = ("", f"?q={BESIDE}&after=0&show=mine")
    yield from walk(client, user, [*place.numbers, *own], queries, place.pairs)
    yield from kept(user, events, box.to(user.email))


@pytest.mark.parametrize("who", ["author", "bystander"])
def test_nobody_is_sent_a_byte_of_what_is_not_theirs(planted, client_for, published, postbox, later, who):
    """All addresses of the house are asked, which takes seconds."""
    later(60)
    email_delivery.send_due()
    user = getattr(planted, who)
    found = holding(MARKERS, everything(client_for(user), planted, user, published, postbox))
    assert {marker: places for marker, places in found.items() if places and marker not in OWN[who]} == {}
    # What is theirs they get: the walk looks where it would be.
    assert {marker for marker, places in found.items() if places} == OWN[who]


def test_moderators_have_it_on_their_pages_and_nobody_is_sent_it(planted, client_for, published, postbox, later):
    later(60)
    client = client_for(planted.moderator)
    pages = [reverse("community:moderation_list"), f"{reverse('community:moderation_list')}?kind=removed"]
    pages += [reverse("community:held_decide", args=[held.pk]) for held in planted.held]
    pages += [reverse("community:post_decide", args=[planted.rude.pk])]
    found = holding(MARKERS, ((page, client.get(page).getvalue()) for page in pages))
    assert {marker for marker, places in found.items() if places} >= {NOTE, HELD, EDIT, REMOVED, TAKEN}
    for who in ("moderator", "reporter", "bystander"):
        user = getattr(planted, who)
        sent = holding(MARKERS, kept(user, published, postbox.to(user.email)))
        assert {marker for marker, places in sent.items() if places} == OWN.get(who, set()), who


def test_who_reported_is_in_nothing_that_the_author_is_told(planted, client_for, published, postbox, later):
    later(60)
    author, name = planted.author, planted.reporter.given_name
    pages = [reverse("notifications:notification_list"), reverse("community:removal_detail", args=[removal(planted)])]
    shown = [(page, client_for(author).get(page).getvalue()) for page in pages]
    told = [(place, data) for place, data in kept(author, published, postbox.to(author.email)) if "mail" in place]
    assert told
    assert [place for place, data in (*shown, *told) if name.encode() in data] == []


def removal(place):
    return place.community.removals.get().pk


@pytest.mark.parametrize("of", ["topic", "chat"])
@pytest.mark.parametrize("format", ["text", "json", "pdf"])
def test_an_export_of_a_moderator_has_what_members_read_alone(planted, client_for, of, format):
    client = client_for(planted.moderator)
    talk = planted.topic_talk if of == "topic" else planted.community.chat_id
    answer = client.post(f"/conversations/{talk}/export/", {"format": format, "staff": "1"})
    if format == "pdf":
        answer = client.get(f"{answer.url}file/")
    with closing(answer):
        data = answer.getvalue()
    text = pdf_text(data) if format == "pdf" else data.decode()
    assert BESIDE in text
    assert [marker for marker in MARKERS if marker in text] == []
    assert io.BytesIO(data).read(1)
    if format == "json":
        assert json.loads(text)
    # A member may take away nothing of others'.
    assert client_for(planted.bystander).post(f"/conversations/{talk}/export/", {}).status_code == 404


def test_a_student_who_moderates_has_no_admin(planted, client_for):
    client = client_for(planted.moderator)
    for name in ("moderationnote", "held", "flag", "removal", "topic", "membership", "community"):
        for path in (f"/admin/community/{name}/", f"/admin/community/{name}/{planted.held[0].pk}/change/"):
            answer = client.get(path)
            assert (answer.status_code, NOTE in getattr(answer, "text", "")) in {(302, False), (404, False)}
            assert answer.status_code == 404 or answer.url.startswith("/admin/login/")
