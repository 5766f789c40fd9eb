"""What the pages of a community cost on PostgreSQL: 2,000 members, 50,000 topics, a million replies.

    uv run python -m tests.benchmarks.community [--members 2000] [--topics 50000] [--replies 1000000] [--rounds 5]

In one community stand so many topics, and beside them one of 50 replies and one of 10,000, 60 deep; in another, quiet
one 1,500, where one message has a word that all of the first have. Prints the median
time of each page, its queries, the time of the slowest of them, and its bytes; at last how long a message in the chat,
which all members read, takes to be answered. More in `tests.benchmarks.on_postgres`.
"""

import statistics
import time

from tests.benchmarks.on_postgres import Asked, Benchmark, Cost, Size, run

DEEP = 60
CHAT = 5_000
AUTHORS = 200
# More than a search names one by one (apps.conversations.search).
QUIET = 1_500
TOPICS = """
INSERT INTO conversations_conversation (kind, area, clock, staff_clock, locked, created)
SELECT 'topic', %(course)s, 0, 0, false, now() - n * interval '5 minutes' FROM generate_series(1, %(topics)s) n;
INSERT INTO community_topic (community_id, conversation_id, author_id, title, is_question, created, replies, last_key)
SELECT %(community)s, c.id, (%(people)s)[1 + c.id %% cardinality(%(people)s)],
       'Topic ' || c.id || ' about exercise ' || c.id %% 97, c.id %% 2 = 0, c.created, 0, 0
FROM conversations_conversation c
WHERE c.kind = 'topic' AND NOT EXISTS (SELECT 1 FROM community_topic t WHERE t.conversation_id = c.id)
"""
# As many replies to each of them, none to another reply.
MESSAGES = """
INSERT INTO conversations_message (conversation_id, key, version, client_key, author_id, author_name, author_role,
    audience, place, body, html, created, retracted, hidden)
SELECT t.conversation_id, 1000000 * t.id + n, n + 1, gen_random_uuid(),
       (%(people)s)[1 + (t.id + n) %% cardinality(%(people)s)], 'Some Body', 'student', 'everyone',
       lpad(n::text, 5, '0'), 'I tried exercise ' || (t.id + n) %% 997 || %(words)s,
       '<p>I tried it and it works</p>', t.created, false, false
FROM community_topic t, generate_series(0, %(each)s) n
WHERE t.title LIKE 'Topic %%' AND t.community_id = %(community)s
"""
COUNTED = """
UPDATE community_topic t SET replies = m.count - 1, last_key = m.last
FROM (SELECT conversation_id, count(*) AS count, max(key) AS last FROM conversations_message GROUP BY conversation_id) m
WHERE m.conversation_id = t.conversation_id;
UPDATE conversations_conversation c SET clock = m.last
FROM (SELECT conversation_id, max(version) AS last FROM conversations_message GROUP BY conversation_id) m
WHERE m.conversation_id = c.id
"""


def fill(members: int, topics: int, replies: int) -> None:
    """Make all of it."""
    from django.db import connection
    from django.utils import timezone

    from apps.accounts.models import Role, User
    from apps.community.models import Topic
    from apps.conversations.history import Line, add_history
    from apps.conversations.models import Conversation
    from apps.courses.models import Course, Enrollment
    from apps.students.models import Student

    User.objects.create(email="s@homeroom.test", given_name="Sam", role=Role.STAFF)
    users = User.objects.bulk_create(
        User(email=f"m{n}@homeroom.test", given_name=f"Member {n}", role=Role.STUDENT) for n in range(members)
    )
    students = Student.objects.bulk_create(
        Student(code=f"S{n}", given_name=user.given_name, user=user) for n, user in enumerate(users)
    )
    course = Course.objects.create(title="Large", published=True)
    Enrollment.objects.bulk_create((Enrollment(student=each, course=course) for each in students), batch_size=5_000)
    people, now = users[:AUTHORS], timezone.now()

    def topic(title: str, count: int) -> None:
        deep = min(DEEP, count)
        answered = [n - 1 if 1 < n <= deep else None for n in range(count + 1)]
        lines = [Line(people[n % len(people)], f"Reply {n}", now, answers=to) for n, to in enumerate(answered)]
        talk = Conversation.objects.create(kind="topic", area=course.pk)
        Topic.objects.create(community=course.community, conversation=talk, author=users[0], title=title)
        add_history(talk, lines)

    topic("Small tree", 50)
    topic("Large tree", 10_000)
    add_history(course.community.chat, [Line(people[n % len(people)], f"Chat {n}", now) for n in range(CHAT)])
    # What all say in the large one, one person says in the quiet one.
    quiet = Course.objects.create(title="Quiet", published=True)
    Enrollment.objects.bulk_create(Enrollment(student=each, course=quiet) for each in students[:AUTHORS])
    add_history(quiet.community.chat, [Line(people[0], "This works too", now)])
    sizes = [(course, topics, replies // max(topics, 1), " and it works"), (quiet, QUIET, 20, " and gave up")]
    with connection.cursor() as cursor:
        for each, count, answers, words in sizes:
            what = {
                "course": each.pk,
                "community": each.community.pk,
                "people": [user.pk for user in people],
                "words": words,
            }
            cursor.execute(TOPICS, what | {"topics": count})
            cursor.execute(MESSAGES, what | {"each": answers})
        cursor.execute(COUNTED)
        cursor.execute("VACUUM ANALYZE")


def pages() -> list[Asked]:
    """Each page as the one who needs it asks for it."""
    from apps.accounts.models import Role, User
    from apps.community.models import Topic
    from apps.courses.models import Course

    staff, student = User.objects.get(role=Role.STAFF), User.objects.get(email="m0@homeroom.test")
    place, quiet = (f"/courses/{Course.objects.get(title=each).pk}/community/" for each in ("Large", "Quiet"))
    small, large = (Topic.objects.get(title=f"{size} tree").pk for size in ("Small", "Large"))
    return [
        Asked("communities", student, "/communities/"),
        Asked("topics", student, place),
        Asked("topics, staff", staff, place),
        Asked("topics, unread", student, f"{place}?show=unread"),
        Asked("topics, unanswered", student, f"{place}?show=unanswered"),
        Asked("topic of 50 replies", student, f"/topics/{small}/"),
        Asked("topic of 10,000, 60 deep", student, f"/topics/{large}/"),
        Asked("chat", student, f"{place}chat/"),
        Asked("members", student, f"{place}members/"),
        Asked("here, a rare word", student, f"{place}search/?q=996"),
        Asked("here, a common word", student, f"{place}search/?q=works"),
        Asked("here, common, staff", staff, f"{place}search/?q=works"),
        Asked("rare here, common elsewhere", student, f"{quiet}search/?q=works"),
        Asked("search, a rare word", student, "/conversations/search/?q=996"),
        Asked("search, a common word", student, "/conversations/search/?q=works"),
        Asked("search, common, staff", staff, "/conversations/search/?q=works"),
    ]


def posts(rounds: int) -> list[Cost]:
    """A message in the chat that all members read, until its answer is there."""
    from django.test import Client

    from apps.accounts.models import User
    from apps.courses.models import Course

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(email="m0@homeroom.test"))
    path = f"/conversations/{Course.objects.get(title='Large').community.chat_id}/messages/"
    times = []
    for number in range(rounds + 1):
        began = time.perf_counter()
        response = client.post(path, {"body": f"Good morning {number}"}, headers={"HX-Request": "true"}, secure=True)
        times.append((time.perf_counter() - began) * 1_000)
        assert response.status_code == 201, response.content[:300]
    return [Cost("a post to the chat", statistics.median(times[1:]), 0, 0, len(response.content))]


SIZES = (
    Size("members", 2_000, "who read it"),
    Size("topics", 50_000, "in it"),
    Size("replies", 1_000_000, "to them, spread evenly"),
)

if __name__ == "__main__":
    run(Benchmark("tests.benchmarks.community", __doc__ or "", SIZES, fill, pages, posts))
