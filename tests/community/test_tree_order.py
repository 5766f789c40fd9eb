"""2,500 replies, sixty deep: the first page, later ones, a catch-up, the stream and pages without script agree.

What opening one of 10,000 takes is measured by tests/benchmarks/community.py.
"""

import random
import re

from apps.accounts.models import Role, User
from apps.conversations import tree
from apps.conversations.cursor import Cursor
from apps.conversations.live import upsert
from apps.conversations.models import Conversation, Message
from apps.conversations.threads import Place as At
from apps.conversations.threads import catch_up, open_thread
from apps.courses.models import Enrollment
from apps.students.models import Student
from tests.community.place import fixture_place  # noqa: F401

MANY, DEEP = 2_500, 60


def grow(topic, author):
    """A random forest: replies to what was written lately make it deep, replies to anything make it wide.

    Returns the ids of its messages in the order of the tree, found by walking it from the question on.
    """
    draw = random.Random(7)
    first = topic.conversation.messages.get()
    place_of, below, depth = {0: first.place}, {0: []}, {0: 0}
    for number in range(1, MANY + 1):
        parent = draw.randrange(max(0, number - 40), number) if draw.random() < 0.9 else draw.randrange(number)
        while depth[parent] >= DEEP:
            parent = draw.randrange(number)
        siblings = below[parent]
        place_of[number] = tree.following(place_of[parent], place_of[siblings[-1]] if siblings else "")
        siblings.append(number)
        below[number], depth[number] = [], depth[parent] + 1
    assert max(depth.values()) == DEEP
    written = {"conversation": topic.conversation, "author": author, "author_name": "C", "author_role": "student"}
    rows = [
        Message(
            **written,
            key=first.key + number,
            version=first.version + number,
            place=place_of[number],
            body=f"Reply {number}",
            audience="everyone",
        )
        for number in range(1, MANY + 1)
    ]
    # Written in another order than that of their places: nothing may come to be in order by itself.
    draw.shuffle(rows)
    Message.objects.bulk_create(rows, batch_size=2_000)
    Conversation.objects.filter(pk=topic.conversation_id).update(clock=first.version + MANY)
    ids = dict(Message.objects.filter(conversation=topic.conversation).values_list("key", "pk"))
    order, left = [], [0]
    while left:
        number = left.pop()
        order.append(ids[first.key + number])
        left += reversed(below[number])
    return order


def places(html):
    """The messages of a fragment, each with the place by which a page puts it in order."""
    return {int(pk): key for pk, key in re.findall(r'id="message-(\d+)" data-key="([^"]+)"', html)}


def test_thousands_of_replies_have_one_order_on_every_route(place, client_for):
    topic = place.topic(place.a)
    order = grow(topic, place.c)
    conversation = Conversation.objects.with_titles().get(pk=topic.conversation_id)
    assert list(conversation.messages.order_by("place").values_list("pk", flat=True)) == order

    # Page after page, from the first one on.
    thread = open_thread(place.b, conversation, size=500)
    walked = [message.pk for message in thread.messages]
    while thread.newer:
        thread = open_thread(place.b, conversation, At(after=thread.newer), size=500)
        walked += [message.pk for message in thread.messages]
    assert walked == order

    # Without script, by the links of the pages: the first ones, one in the middle, and the one before that.
    client, url, half = client_for(place.b), topic.get_absolute_url(), order[MANY // 2]
    first = client.get(url).context["thread"]
    second = client.get(f"{url}?newer={first.newer}").context["thread"]
    shown = [message.pk for message in (*first.messages, *second.messages)]
    assert shown == order[: len(shown)]
    middle = client.get(f"{url}?at={half}").context["thread"]
    earlier = client.get(f"{url}?before={middle.older}").context["thread"]
    shown = [message.pk for message in (*earlier.messages, *middle.messages)]
    start = order.index(shown[0])
    assert half in shown
    assert shown == order[start : start + len(shown)]

    # What a page missed comes in the order of what happened; by its places it stands where it stands everywhere.
    missed = catch_up(place.b, conversation, Cursor(conversation.clock - 300, None))
    fragment = places(upsert(conversation, missed.messages))
    assert len(fragment) > 10
    assert sorted(fragment, key=fragment.__getitem__) == [pk for pk in order if pk in fragment]

    # Live: behind the last of the branch that it ends.
    answered = Message.objects.get(pk=half)
    branch = conversation.messages.filter(place__startswith=answered.place).order_by("place")
    last = branch.values_list("pk", flat=True).last()
    live = place.reply(place.c, topic, "Live", to=answered)
    order.insert(order.index(last) + 1, live.pk)
    assert list(conversation.messages.order_by("place").values_list("pk", flat=True)) == order
    pushed = places(upsert(conversation, [Message.objects.for_display().get(pk=live.pk)]))
    assert pushed == {live.pk: live.place}
    before, after = (Message.objects.get(pk=order[order.index(live.pk) + step]).place for step in (-1, 1))
    assert before < live.place < after


def test_a_message_to_two_thousand_takes_as_many_queries_as_to_few(place, client_for, query_count):
    """The answer waits for nobody who reads it: how long that takes stands in figures.md."""
    url = f"/conversations/{place.community.chat_id}/messages/"
    client = client_for(place.a)

    def send():
        answer = client.post(url, {"body": "Hello"}, headers={"HX-Request": "true"})
        assert answer.status_code == 201

    few = query_count(send)
    people = User.objects.bulk_create(
        User(email=f"member{number}@homeroom.test", given_name="M", role=Role.STUDENT) for number in range(2_000)
    )
    students = Student.objects.bulk_create(
        Student(user=user, code=f"M{number:05}", given_name="M", family_name="M") for number, user in enumerate(people)
    )
    Enrollment.objects.bulk_create(Enrollment(student=student, course=place.course) for student in students)
    assert place.community.readers().count() > 2_000
    assert query_count(send) == few
