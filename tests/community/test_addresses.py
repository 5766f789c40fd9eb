"""Who gets what: every address of communities, those of the engine on their conversations, and every channel, by role.

What the owner's 31 endpoints say of themselves stands in test_endpoints.py; here is the rest.
"""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import get_resolver, resolve
from django.utils import timezone

from apps.accounts.models import Role
from apps.community import actions, urls
from apps.community.models import Approval, Community, Held
from apps.conversations.actions import pin_message, send_message
from apps.conversations.approval import Waits
from apps.realtime.channels import can_read
from tests import factories
from tests.community.place import fixture_place  # noqa: F401
from tests.community.test_endpoints import ENDPOINTS, house  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
# Who asks, in the order of the columns: y may, n finds nothing or is refused. "stranger" teaches another course.
PEOPLE = [
    "admin",
    "staff",
    "teacher",
    "batch_teacher",
    "moderator",
    "member",
    "expired",
    "outsider",
    "stranger",
    "anonymous",
]
SIGNED_IN, READERS, TEAM, INSTRUCTORS = "yyyyyyyyyn", "yyyyyynnnn", "yyynynnnnn", "yyynnnnnnn"
# The author of what is asked for is the member; who moderates nothing may have a queue that is empty for good.
AUTHOR, AUTHOR_AND_TEAM, QUEUE, NOBODY = "nnnnnynnnn", "yyynyynnnn", "yyyyynnnyn", "nnnnnnnnnn"
COURSE = "/courses/{course}/community"
SETTINGS = {"title": "Plants", "audience": "members", "approval": "nobody", "first_posts": "1"}
NOTE, WHY = {"note": "Again"}, {"reason": "Off topic"}

HTMX = {"HX-Request": "true"}

# What is asked for, what is sent, who has it.
ADDRESSES = (
    ("GET /communities/", {}, SIGNED_IN),
    (f"GET {COURSE}/", {}, READERS),
    (f"GET {COURSE}/?show=mine&sort=replies", {}, READERS),
    (f"GET {COURSE}/topics/", {}, READERS),
    (f"POST {COURSE}/topics/preview/", {"body": "Why"}, READERS),
    (f"GET {COURSE}/chat/", {}, READERS),
    (f"GET {COURSE}/members/", {}, READERS),
    (f"POST {COURSE}/members/{{member}}/role/", {"role": "moderator"}, INSTRUCTORS),
    (f"GET {COURSE}/members/{{member}}/", {}, TEAM),
    (f"GET {COURSE}/search/?q=why", {}, READERS),
    (f"GET {COURSE}/settings/", {}, INSTRUCTORS),
    (f"POST {COURSE}/settings/", SETTINGS, INSTRUCTORS),
    # It has none: tests/doors asks for one that is there.
    (f"GET {COURSE}/banner/", {}, NOBODY),
    (f"POST {COURSE}/settings/banner/", {"remove": "1"}, INSTRUCTORS),
    (f"GET {COURSE}/levels/", {}, READERS),
    (f"POST {COURSE}/levels/", {"level": "nothing"}, READERS),
    (f"POST {COURSE}/membership/", {}, READERS),
    (f"GET {COURSE}/moderation/", {}, TEAM),
    (f"GET {COURSE}/held/", {}, READERS),
    ("GET /topics/{topic}/level/", {}, READERS),
    ("POST /topics/{topic}/level/", {"level": "nothing"}, READERS),
    ("GET /courses/{course}/lessons/{lesson}/comments/", {}, READERS),
    ("GET /courses/{course}/lessons/{draft}/comments/", {}, "yyyynnnnnn"),
    ("POST /courses/{course}/lessons/{draft}/comments/", {"body": "Why"}, "yyyynnnnnn"),
    ("GET /conversations/{chat}/held/", {}, READERS),
    ("GET /held/{waiting}/", {}, AUTHOR),
    ("POST /held/{waiting}/", {"version": "1", "body": "Better"}, AUTHOR),
    ("POST /held/{waiting}/withdrawal/", {}, AUTHOR),
    ("DELETE /held/{waiting}/withdrawal/", {}, AUTHOR),
    ("GET /messages/{rude}/flag/", {}, READERS),
    ("POST /messages/{rude}/flag/", {"reason": "rude"}, READERS),
    ("GET /moderation/", {}, QUEUE),
    ("GET /moderation/count/", {}, QUEUE),
    ("POST /moderation/looking/", {"page": "abc"}, QUEUE),
    ("GET /moderation/{waiting}/", {}, TEAM),
    ("POST /moderation/{waiting}/approval/", {"version": "1", "body": "Corrected"}, TEAM),
    ("POST /moderation/{waiting}/rejection/", {"version": "1", "reason": "No"}, TEAM),
    ("POST /moderation/{waiting}/notes/", NOTE, TEAM),
    ("GET /moderation/posts/{rude}/", {}, TEAM),
    ("POST /moderation/posts/{rude}/notes/", NOTE, TEAM),
    ("POST /moderation/posts/{rude}/keeping/", {}, TEAM),
    ("GET /moderation/posts/{rude}/removal/", {}, TEAM),
    ("POST /moderation/posts/{rude}/removal/", WHY, TEAM),
    ("GET /moderation/posts/{rude}/hiding/", {}, TEAM),
    ("POST /moderation/posts/{rude}/hiding/", WHY, TEAM),
    ("POST /moderation/posts/{taken}/restoration/", {}, TEAM),
    ("GET /removals/{removal}/", {}, AUTHOR_AND_TEAM),
    ("GET /topics/{topic}/", {}, READERS),
    ("GET /topics/{topic}/head/", {}, READERS),
    ("GET /topics/{topic}/edit/", {}, AUTHOR_AND_TEAM),
    ("GET /topics/{topic}/closing/", {}, TEAM),
    ("POST /topics/{topic}/closing/", WHY, TEAM),
    ("POST /topics/{topic}/pin/", {}, TEAM),
    ("DELETE /topics/{topic}/pin/", {}, TEAM),
    ("POST /topics/{asked}/answers/", {"message": "{reply}"}, AUTHOR_AND_TEAM),
    ("GET /topics/{topic}/deletion/", {}, TEAM),
    ("POST /topics/{topic}/read/", {}, READERS),
    ("GET /topics/{lost}/", {}, TEAM),
    ("POST /topics/{lost}/restoration/", {}, TEAM),
    # The engine's, on the chat, on a topic, and on the conversation of a topic that waits: nobody has that one.
    ("GET /conversations/{chat}/", {}, READERS),
    ("GET /conversations/{chat}/messages/?after=0", {}, READERS),
    ("GET /conversations/{talk}/messages/?after=0", {}, READERS),
    ("GET /conversations/{lost_talk}/messages/?after=0", {}, TEAM),
    ("GET /conversations/{chat}/messages/{own}/source/", {}, READERS),
    ("POST /conversations/{chat}/messages/{own}/pin/", {}, TEAM),
    ("DELETE /conversations/{chat}/messages/{own}/sending/", {}, AUTHOR),
    ("GET /conversations/{chat}/pins/", {}, READERS),
    ("GET /conversations/{chat}/people/?q=a", {}, READERS),
    ("GET /conversations/{chat}/readers/", {}, NOBODY),
    ("GET /conversations/{chat}/addressee/", {}, NOBODY),
    ("GET /conversations/{chat}/assignment/", {}, NOBODY),
    ("POST /conversations/{chat}/typing/", {}, READERS),
    ("POST /conversations/{chat}/mute/", {"span": "hour"}, READERS),
    ("POST /conversations/{chat}/lock/", {}, TEAM),
    ("POST /conversations/{talk}/lock/", {}, TEAM),
    ("POST /conversations/{chat}/export/", {}, TEAM),
    ("POST /conversations/{talk}/export/", {"format": "json"}, TEAM),
    ("GET /conversations/{chat}/foot/", {}, READERS),
    ("GET /conversations/search/?q=x&in={chat}", {}, READERS),
    ("GET /conversations/{unborn}/", {}, NOBODY),
    ("GET /conversations/{unborn}/messages/?after=0", {}, NOBODY),
    ("POST /conversations/{unborn}/messages/", {"body": "Early"}, NOBODY),
    ("POST /conversations/{unborn}/position/", {}, NOBODY),
    ("POST /conversations/{unborn}/export/", {}, NOBODY),
    ("GET /conversations/{unborn}/held/", {}, NOBODY),
)
CHANNELS = {
    "conversation-{chat}": READERS,
    "conversation-{talk}": READERS,
    "conversation-{comments}": READERS,
    "conversation-{drafted}": "yyyynnnnnn",
    "conversation-{lost_talk}": TEAM,
    "conversation-{unborn}": NOBODY,
    "conversation-{chat}-staff": NOBODY,
    "community-{community}": READERS,
    "moderation-{community}": TEAM,
    "moderation": "yynnnnnnnn",
    "user-{member}": AUTHOR,
}
# What may be said there, by the event's name; an event without one carries messages. Nothing else is published.
EVENTS = {
    "conversation-#": {"", "topic-#", "catch-up-#"},
    # Of no community: nobody may read it.
    "conversation-#-staff": {"catch-up-#"},
    "community-#": {"community-#", "comments-#"},
    "moderation-#": {"moderation-#"},
    "moderation": {"moderation"},
    "user-#": {"", "bell", "unread", "to-moderate", "held-#", "held-topics-#", "message-gone", "comments-#"},
}


def waits(write):
    with pytest.raises(Waits) as waiting:
        write()
    return waiting.value.held


@pytest.fixture
def academy(house, place):  # noqa: F811
    """The same, with one more of everything that has an address."""
    people, names = house
    people["stranger"] = factories.user(Role.TEACHER, "Sven")
    factories.course_teacher(course=factories.course(published=True), teacher=people["stranger"])
    community, member = place.community, people["member"]
    rude, bad = send_message(place.c, community.chat, "Rude"), send_message(member, community.chat, "Bad")
    actions.flag_message(place.moderator, rude, "rude", "")
    removal = actions.remove_post(place.instructor, bad, "Be kind")
    taken = send_message(place.c, community.chat, "Worse")
    actions.remove_post(place.instructor, taken, "Be kind")
    lost, asked = place.topic(member, "Lost"), place.topic(member, "Asked")
    actions.remove_post(place.instructor, lost.conversation.messages.get(), "Asked before")
    answer = place.reply(place.c, asked)
    draft = factories.lesson(module=factories.module(course=place.course))
    type(draft).objects.filter(pk=names["lesson"]).update(published=True)
    type(draft).objects.filter(pk=draft.pk).update(published=False)
    lesson = type(draft).objects.get(pk=names["lesson"])
    first = actions.comment(member, community, lesson, "Why?", uuid.uuid4())
    drafted = actions.comment(place.instructor, community, draft, "Not yet", uuid.uuid4())
    Community.objects.filter(pk=community.pk).update(approval=Approval.STUDENTS)
    waiting = waits(lambda: send_message(member, place.community.chat, "May I?"))
    Community.objects.filter(pk=community.pk).update(approval=Approval.NOBODY)
    own = send_message(member, place.community.chat, "Mine")
    # It can be taken back for some seconds: these last as long as the test.
    type(own).objects.filter(pk=own.pk).update(created=timezone.now() + timedelta(hours=1))
    return people, names | {
        "community": community.pk,
        "rude": rude.pk,
        "removal": removal.pk,
        "taken": taken.pk,
        "lost": lost.pk,
        "lost_talk": lost.conversation_id,
        "asked": asked.pk,
        "reply": answer.pk,
        "draft": draft.pk,
        "comments": first.conversation_id,
        "drafted": drafted.conversation_id,
        "waiting": waiting.pk,
        "unborn": Held.objects.get(kind="topic").conversation_id,
        "own": own.pk,
    }


def names_of(rows):
    return {resolve(re.sub(r"\{\w+\}", "1", path.split(" ")[1]).partition("?")[0]).view_name for path in rows}


def test_every_address_of_communities_stands_in_a_table():
    every = {f"community:{pattern.name}" for pattern in urls.urlpatterns}
    assert every - names_of([*(row[0] for row in ADDRESSES), *(row[1] for row in ENDPOINTS)]) == set()
    # And every address of the engine that is about one conversation; files and reactions are in other tables.
    engine = {
        f"conversations:{name}"
        for name, *_ in get_resolver("apps.conversations.urls").reverse_dict.items()
        if isinstance(name, str)
    }
    assert {"conversations:lock", "conversations:export_detail"} <= engine
    asked = names_of([*(row[0] for row in ADDRESSES), *(row[1] for row in ENDPOINTS)])
    elsewhere = {"attachment_create", "attachment_detail", "attachment_thumbnail", "unread_list"}
    assert engine - asked == {f"conversations:{name}" for name in elsewhere}


def test_each_address_is_for_whom_the_table_says(academy, client_for):
    """One test of all rows: what they are about is made once."""
    people, names = academy
    clients = {name: client_for(people.get(name)) for name in PEOPLE}
    differ = {}
    for asked, sent, who in ADDRESSES:
        method, path = asked.format(**names).split(" ")
        fields = {name: value.format(**names) for name, value in sent.items()}
        found = ""
        for name in PEOPLE:
            with transaction.atomic():
                answer = getattr(clients[name], method.lower())(path, fields or None, headers=HTMX)
                assert answer.status_code in {200, 201, 204, 302, 401, 403, 404}, (asked, name, answer.status_code)
                found += "y" if answer.status_code < 400 else "n"
                transaction.set_rollback(True)
        if found != who:
            differ[asked] = f"{found} and not {who}"
    assert differ == {}


def test_each_channel_is_for_whom_the_table_says(academy):
    people, names = academy
    found = {
        channel: "".join(
            "y" if name in people and can_read(people[name], channel.format(**names)) else "n" for name in PEOPLE
        )
        for channel in CHANNELS
    }
    assert found == CHANNELS


def test_nothing_is_published_elsewhere_or_under_another_name(place, published):
    """Everything is done once; the channels and the names of events are those of the tables."""
    community, chat = place.community, place.community.chat
    with published():
        topic = place.topic(place.a)
        reply = place.reply(place.b, topic)
        actions.accept_answer(place.a, topic, reply)
        actions.pin_topic(place.instructor, topic)
        actions.rename_topic(place.a, topic, "Better", is_question=True)
        rude = send_message(place.c, chat, f"Rude @{place.a.full_name}")
        pin_message(place.instructor, rude)
        actions.flag_message(place.a, rude, "rude", "")
        actions.add_note(place.instructor, community, rude, "Again")
        actions.remove_post(place.instructor, rude, "Be kind")
        actions.restore_post(place.moderator, rude)
        lesson = factories.lesson(module=factories.module(course=place.course), published=True)
        actions.comment(place.a, community, lesson, "Why?", uuid.uuid4())
        actions.appoint(place.instructor, community, place.b, "moderator")
        actions.leave(place.c, community)
        actions.join(place.c, community)
        Community.objects.filter(pk=community.pk).update(approval=Approval.STUDENTS)
        waiting = waits(lambda: send_message(place.a, place.community.chat, "May I?"))
        actions.approve(place.instructor, waiting, waiting.version)
        begun = waits(lambda: place.topic(place.c, "Held"))
        actions.reject(place.instructor, begun, begun.version, "No")
        own = place.topic(place.instructor, "Own")
        actions.remove_topic(place.instructor, own)
        actions.restore_topic(place.instructor, own, undoing=True)
    said = {}
    for channel, text in published:
        first = text.partition("\n")[0]
        name = first.removeprefix("event: ") if first.startswith("event: ") else ""
        said.setdefault(re.sub(r"\d+", "#", channel), set()).add(re.sub(r"\d+", "#", name))
    unknown = {channel: names - EVENTS.get(channel, set()) for channel, names in said.items()}
    assert {channel: names for channel, names in unknown.items() if names} == {}
    assert {channel for channel in said if channel not in EVENTS} == set()
