"""The 31 endpoints of the owner's descriptions, each as a route here, and who has it.

Of communities: 27, and two sockets, which are channels of the stream here; of lessons: the two of their comments.
Theirs are a REST API; here a list is a page, PUT of a form is a POST, and what begins or ends is a thing of its own.
"""

import uuid

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from apps.accounts.models import Role
from apps.community.models import Approval, Community, Held, Topic
from apps.conversations.actions import send_message
from apps.conversations.approval import Waits
from apps.courses.models import Enrollment
from apps.realtime.channels import can_read
from tests import factories
from tests.community.place import fixture_place  # noqa: F401

pytestmark = pytest.mark.django_db
PEOPLE = ("admin", "staff", "teacher", "batch_teacher", "moderator", "member", "expired", "outsider", "anonymous")
# Who asks, in the order of PEOPLE: y may, n finds nothing or is refused.
EVERYONE, READERS, TEAM, OFFICE = "yyyyyyyyn", "yyyyyynnn", "yyynynnnn", "yynnnnnnn"
# Staff and admins belong to every community: they have nothing to leave.
LEAVERS, ONE = "nnyyyynnn", "nnnnnynnn"
COURSE = {"title": "Botany", "level": "any", "visibility": "enrolled"}
NEW = {"title": "Why?", "body": "Because"}
BETTER = {"title": "Better", "reason": "Clearer"}
LESSON = "/courses/{course}/lessons/{lesson}/comments/"
CONVERSATION, TOPIC = "/conversations/{chat}/messages/", "/conversations/{talk}/messages/"

# Theirs, ours, what is sent, the view that answers, who has it.
ENDPOINTS = (
    ("GET groups/", "GET /communities/", {}, "community:community_list", EVERYONE),
    # A community is made with its course.
    ("POST groups/", "POST /courses/new/", COURSE, "courses:course_create", OFFICE),
    ("GET groups/{id}/", "GET /courses/{course}/community/", {}, "community:topic_list", READERS),
    ("POST groups/{id}/join/", "PUT /courses/{course}/community/membership/", {}, "community:membership", READERS),
    ("POST groups/{id}/leave/", "DELETE /courses/{course}/community/membership/", {}, "community:membership", LEAVERS),
    ("GET groups/{id}/members/", "GET /courses/{course}/community/members/", {}, "community:member_list", READERS),
    ("GET groups/{id}/posts/", "GET /courses/{course}/community/", {}, "community:topic_list", READERS),
    ("POST groups/{id}/posts/", "POST /courses/{course}/community/topics/", NEW, "community:topic_create", READERS),
    ("GET groups/{id}/messages/", "GET /courses/{course}/community/chat/", {}, "community:chat_detail", READERS),
    ("GET posts/", "GET /courses/{course}/community/?page=1", {}, "community:topic_list", READERS),
    ("POST posts/", "POST /courses/{course}/community/topics/", NEW, "community:topic_create", READERS),
    ("GET posts/{id}/", "GET /topics/{topic}/", {}, "community:topic_detail", READERS),
    ("PUT posts/{id}/", "POST /topics/{topic}/edit/", BETTER, "community:topic_edit", "yyynyynnn"),
    # What is another's, moderators remove for a reason: community:post_removal in tests/doors.
    ("DELETE posts/{id}/", "POST /topics/{topic}/deletion/", {}, "community:topic_deletion", ONE),
    (
        "POST posts/{id}/react/",
        f"POST {TOPIC}{{reply}}/reactions/",
        {"emoji": "👍"},
        "conversations:reaction_list",
        READERS,
    ),
    ("POST posts/{id}/approve/", "POST /moderation/{held}/approval/", {"version": 1}, "community:held_approval", TEAM),
    (
        "POST posts/{id}/reject/",
        "POST /moderation/{held}/rejection/",
        {"version": 1, "reason": "Off topic"},
        "community:held_rejection",
        TEAM,
    ),
    ("GET messages/", f"GET {CONVERSATION}", {}, "conversations:message_list", READERS),
    ("POST messages/", f"POST {CONVERSATION}", {"body": "Hello"}, "conversations:message_list", READERS),
    (
        "PUT messages/{id}/",
        f"POST {CONVERSATION}{{own}}/",
        {"body": "Better"},
        "conversations:message_detail",
        "ynnnnynnn",
    ),
    ("DELETE messages/{id}/", f"DELETE {CONVERSATION}{{own}}/", {}, "conversations:message_detail", ONE),
    (
        "POST messages/{id}/mark-as-read/",
        "POST /conversations/{chat}/position/",
        {"read": "{key}"},
        "conversations:position_create",
        READERS,
    ),
    ("GET notifications/", "GET /notifications/", {}, "notifications:notification_list", EVERYONE),
    # Each is led on: whose it is to what it is about, all others to their own list.
    ("GET notifications/{id}/", "GET /notifications/{notice}/", {}, "notifications:notification_detail", EVERYONE),
    (
        "POST notifications/{id}/mark-as-read/",
        "POST /notifications/{notice}/reading/",
        {},
        "notifications:read_one",
        ONE,
    ),
    (
        "POST notifications/mark-all-as-read/",
        "POST /notifications/reading/",
        {"upto": "{notice}"},
        "notifications:read_all",
        EVERYONE,
    ),
    ("GET notifications/unread-count/", "GET /notifications/unread/", {}, "notifications:unread", EVERYONE),
    ("GET lessons/{id}/comments/", f"GET {LESSON}", {}, "community:comment_list", READERS),
    ("POST lessons/{id}/comments/", f"POST {LESSON}", {"body": "Why?"}, "community:comment_list", READERS),
)
# Of those who are signed in; the stream takes nobody else.
CHANNELS = (
    ("ws/community/chat/{id}/", "conversation-{chat}", READERS[:-1]),
    ("ws/notifications/", "user-{member}", ONE[:-1]),
)


@pytest.fixture
def house(place):
    """The people of PEOPLE in one course, and one of each thing that the endpoints name."""
    made = {"admin": factories.user(Role.ADMIN, "Adm"), "staff": factories.user(Role.STAFF, "Stu")}
    made |= {"teacher": place.instructor, "moderator": place.moderator, "member": place.a, "outsider": place.outsider}
    place.batch.teacher = made["batch_teacher"] = factories.user(Role.TEACHER, "Bea")
    place.batch.save()
    made["expired"] = place.b
    topic, talk = place.topic(place.a, "Mine"), place.topic(place.a, "Talk")
    reply, own = place.reply(place.b, talk), send_message(place.a, place.community.chat, "Hello")
    lesson = factories.lesson(module=factories.module(course=place.course))
    Enrollment.objects.filter(student__user=place.b).update(expires_at=timezone.now())
    Community.objects.filter(pk=place.community.pk).update(approval=Approval.STUDENTS)
    with pytest.raises(Waits):
        place.topic(place.c, "Held")
    Community.objects.filter(pk=place.community.pk).update(approval=Approval.NOBODY)
    names = {"course": place.course.pk, "chat": place.community.chat_id, "topic": topic.pk, "lesson": lesson.pk}
    names |= {"talk": talk.conversation_id, "reply": reply.pk, "own": own.pk, "key": own.key}
    names |= {"held": Held.objects.get().pk, "notice": factories.notification(recipient=place.a).pk}
    return made, names | {"member": place.a.pk}


def test_there_are_31_and_each_is_there_once():
    theirs = [row[0] for row in (*ENDPOINTS, *CHANNELS)]
    assert len(theirs) == len(set(theirs)) == 31


@pytest.mark.parametrize(("theirs", "ours", "sent", "view", "who"), ENDPOINTS, ids=[row[0] for row in ENDPOINTS])
def test_each_is_a_route_and_for_whom_the_table_says(house, client_for, theirs, ours, sent, view, who):
    people, names = house
    method, path = ours.format(**names).split(" ")
    assert resolve(path.partition("?")[0]).view_name == view
    found = ""
    for name in PEOPLE:
        with transaction.atomic():
            found += "y" if may(client_for(people.get(name)), method, path, fields(sent, names)) else "n"
            transaction.set_rollback(True)
    assert dict(zip(PEOPLE, found, strict=True)) == dict(zip(PEOPLE, who, strict=True))


@pytest.mark.parametrize(("theirs", "channel", "who"), CHANNELS)
def test_each_socket_is_a_channel(house, theirs, channel, who):
    people, names = house
    found = "".join("y" if can_read(people[name], channel.format(**names)) else "n" for name in PEOPLE[:-1])
    assert found == who


def fields(sent, names):
    """What is sent; each topic is one of its own."""
    own = {"client_key": str(uuid.uuid4())} if "title" in sent and "body" in sent else {}
    return {name: str(value).format(**names) for name, value in sent.items()} | own


def may(client: Client, method: str, path: str, data: dict[str, str]) -> bool:
    """Was it shown, or done? Of a deletion a page says afterwards what stands against it."""
    answer = getattr(client, method.lower())(path, data if method in {"GET", "POST"} else None)
    if answer.status_code == 302 and ("/login/" in answer["Location"]):
        return False
    if path.endswith("/deletion/") and answer.status_code == 302:
        return Topic.objects.filter(pk=path.split("/")[2], deleted__isnull=False).exists()
    assert answer.status_code in {200, 201, 204, 302, 401, 403, 404}, (path, answer.status_code)
    return answer.status_code < 400
