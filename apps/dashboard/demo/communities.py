# ruff: noqa: E501 - what was said stands in one line
"""The demo's communities: two courses whose students ask, answer and talk, and what waits for their moderators."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from apps.accounts.models import User
from apps.community.actions.counting import recount
from apps.community.models import (
    AcceptedAnswer,
    Approval,
    Community,
    Flag,
    Held,
    HeldKind,
    LessonTalk,
    Membership,
    MembershipRole,
    ModerationNote,
    Removal,
    RemovalState,
    Topic,
)
from apps.community.models.topics import LESSON_KIND, TOPIC_KIND
from apps.conversations import tree
from apps.conversations.history import Line, add_history
from apps.conversations.models import Conversation, Message, Participant, Reaction
from apps.core import markdown
from apps.courses.models import Lesson

# Minutes between two lines of one topic.
PACE = (0, 24, 9, 51, 13, 140, 33, 8, 77, 19)


class Talk(NamedTuple):
    """A topic: hours ago, marks (question, solved, pinned), title, and what was said.

    A line begins with who said it (s0, s1 … members in order, t the teacher), with `>N` the number of the line that it
    answers, and with `+` if it is an accepted answer; `|` is a line break.
    """

    hours: float
    marks: str
    title: str
    words: str


PYTHON = (
    Talk(400, "pinned", "Read me first: how we help each other", """t: Welcome! Three habits make this place useful:||1. **Say what you expected** and what happened instead.|2. Paste the code as text, between three backticks. A photo of a screen can't be tried out.|3. When somebody's answer helped, say so, and mark it as the answer.||Nobody here was born knowing what `NameError` means.
s1: 👍
s3 >0: Can we also share things that aren't questions?
t >2: Please do. Leave the box _This is a question_ unticked then."""),
    Talk(52, "question solved", "Why does input() give me '12' and not 12?", """s0: I want to add two numbers but I get this:||```python|a = input("First? ")|b = input("Second? ")|print(a + b)|```||With 1 and 2 it says `12` 🤨
s2 +: `input` always gives you **text**, and adding texts puts them side by side. Turn them into numbers first:||```python|a = int(input("First? "))|```
s0 >1: that was it, thank you!!
s4 >1: And what if somebody types a word?
t >3: Then `int` raises a `ValueError`. That is lesson 3, and you may skip ahead: it is only four lines.
s4 >4: done, and it works. I put it into a loop so that it asks again
s2 >5: Show us?
s4 >6: ```python|while True:|    try:|        a = int(input("First? "))|        break|    except ValueError:|        print("A number, please.")|```
t >7: Very clean. The `break` right after the line that may fail is exactly how professionals write it."""),
    Talk(29, "question", "Does the order of elif matter?", """s5: In the exercise with the marks I wrote `elif mark > 50` before `elif mark > 80` and everybody gets _passed_, nobody _very good_. I changed the order and it works. Why?
s1: It takes the first one that is true and skips the rest
s5 >1: ok so always the strictest first?
s3 >2: Or you say both ends: `50 < mark <= 80`. Then the order doesn't matter."""),
    Talk(7, "question", "What do you all use to write code on a phone?", """s6: I only have my computer at weekends.
s3: Pydroid works well for what we do here
s7: I write it on paper and type it in on Saturday 😅"""),
    Talk(3, "question", "Homework 4: may we use a list?", """s3: It says _without new tools_, but we had lists on Tuesday."""),
    Talk(100, "", "My quiz about capitals works!", """s2: It asks ten and counts the right ones. Best so far: 7, by my grandmother.
s0: 9 🎉
t: Lovely. Would you show it on Thursday? Five minutes are enough."""),
)  # fmt: skip
ALGEBRA = (
    Talk(380, "pinned", "Before you ask: how to write formulas", """t: Put a formula between two dollar signs: `$\\frac{x}{3} = 5$` becomes $\\frac{x}{3} = 5$.||Say which exercise you mean, and show the line up to which you are sure.
s2: $x^2$ it works!
s0 >1: $\\sqrt{nice}$ 😄"""),
    Talk(26, "question solved", "Do I multiply both sides or only one?", """s1: At $\\frac{x}{3} = 5$ the book says times 3, but I only did the left side and got x = 5.
t +: Both sides, always. Think of the scales from lesson 1: whatever you do on the left, you do on the right, or they tip.
s1 >1: aaah so 15
s0 >1: the picture with the scales is really good"""),
    Talk(70, "question", "Can x be zero?", """s2: In number 6 I get x = 0. Is that allowed, or did I lose something?
s0: I have 0 too!"""),
    Talk(12, "", "Test on Friday: shall we practise together?", """s0: I'd take the library on Wednesday at four.
s1: in!
s2: Me too, can somebody explain brackets with a minus?
s0 >2: yes, I'll bring the sheet from last year"""),
)  # fmt: skip
CHAT = """s2: Is the lesson at five or at half past today?
t: Half past. The room is taken until then.
s0: 👍
s4: can somebody send me the sheet? I was ill
s1: It's in the course, module 2, at the end of the page
s4: found it thanks"""
ALGEBRA_CHAT = """t: The tests are marked. You get them back tomorrow.
s1: Was it bad? 😬
t: No. Number 4 was hard for everybody, and we do it again together.
s0: Can we use the calculator on Friday?
t: Yes, but write down what you typed.
s2: is anybody still in room 2, I left my ruler there
s1: I have it! You get it back tomorrow
s2: thank you!!"""
COMMENTS = """s1: Why is it called a string?
t: Because it is a row of characters, like beads on a string.
s3: now I can't unsee it"""
ALGEBRA_COMMENTS = """s2: Do the scales also work with minus?
t: They do: taking something away on the left is taking the same away on the right.
s0: so minus is just a plus that goes out of the bowl"""
REACTIONS = ("👍", "❤️", "😂", "🎉", "🙏", "👀")


class Place(NamedTuple):
    """What is said in the community of one course, and what its moderators see.

    `waits` is the first post of the newest member, in the topic `below` or in the chat; the post of `reported` was
    reported for `why`; a reply of `hides` is hidden.
    """

    course: str
    talks: tuple[Talk, ...]
    chat: str
    comments: str
    waits: str
    reported: str
    why: str
    below: str = ""
    hides: str = ""


PLACES = (
    Place(
        *("First steps in Python", PYTHON, CHAT, COMMENTS, "Hi everybody, I joined today. Where do I begin?"),
        *("I only have my computer at weekends.", "This isn't about Python."),
        hides="s4",
    ),
    Place(
        *("Mathematics 8", ALGEBRA, ALGEBRA_CHAT, ALGEBRA_COMMENTS, "I got 0 as well. Is it because of the brackets?"),
        *("yes, I'll bring the sheet from last year", "Are we allowed to hand on old tests?"),
        below="Can x be zero?",
    ),
)


def add_communities(now: datetime) -> None:
    """Fill the communities of the two courses with the most students who have an account."""
    for place in PLACES:
        community = Community.objects.filter(course__title=place.course).select_related("course", "chat").first()
        if community is None:
            continue
        students, teacher = _members(community), community.course.teachers.first()
        if len(students) < 3 or teacher is None:
            continue
        text = "Questions, answers and what we built. *No question is too small.*"
        Community.objects.filter(pk=community.pk).update(description=text, description_html=markdown.render(text))
        people = {f"s{number}": students[number % len(students)] for number in range(8)} | {"t": teacher}
        for talk in place.talks:
            _topic(community, talk, people, now)
        add_history(community.chat, _lines(place.chat, people, now - timedelta(hours=5)))
        _react(list(community.chat.messages.order_by("key")), people)
        _lesson(community, place.comments, people, now - timedelta(hours=90))
        _moderation(community, place, people, now)


def _members(community: Community) -> list[User]:
    ids = community.enrolled().values("student__user")
    return list(User.objects.filter(pk__in=ids, is_active=True).order_by("pk")[:8])


def _lines(words: str, people: dict[str, User], begun: datetime) -> list[Line]:
    lines, at = [], begun
    for number, line in enumerate(words.splitlines()):
        head, _, text = line.partition(": ")
        who, *marks = head.split()
        answers = next((int(mark[1:]) for mark in marks if mark.startswith(">")), None)
        at += timedelta(minutes=PACE[number % len(PACE)])
        lines.append(Line(people[who], text.replace("|", "\n"), at, answers=answers))
    return lines


def _topic(community: Community, talk: Talk, people: dict[str, User], now: datetime) -> None:
    conversation = Conversation.objects.create(kind=TOPIC_KIND, area=community.course_id)
    lines = _lines(talk.words, people, now - timedelta(hours=talk.hours))
    topic = Topic.objects.create(
        community=community,
        conversation=conversation,
        author=lines[0].author,
        title=talk.title,
        is_question="question" in talk.marks,
        created=lines[0].at,
        pin_position=1 if "pinned" in talk.marks else None,
    )
    add_history(conversation, lines)
    recount(topic)
    messages = list(conversation.messages.order_by("key"))
    for message, words in zip(messages, talk.words.splitlines(), strict=True):
        if "+" in words.partition(": ")[0]:
            AcceptedAnswer.objects.create(topic=topic, message=message, accepted_by=lines[0].author, at=message.created)
    _seen(conversation, messages, people)
    _react(messages, people)


def _react(messages: Sequence[Message], people: dict[str, User]) -> None:
    """To every second message one, two or three of the others react."""
    members, rows = list(dict.fromkeys(people.values())), []
    for number, message in enumerate(messages[1::2] or messages):
        others = [person for person in members if person.pk != message.author_id]
        emoji = REACTIONS[(number + len(messages)) % len(REACTIONS)]
        rows += [Reaction(message=message, user=person, emoji=emoji) for person in others[: 1 + number % 3]]
    Reaction.objects.bulk_create(rows)


def _seen(conversation: Conversation, messages: Sequence[Message], people: dict[str, User]) -> None:
    """Others have read it, some of them not to its end."""
    readers = [person for name, person in people.items() if name in {"s0", "s1", "s2", "t"}]
    keys = [message.key for message in messages]
    for number, person in enumerate(dict.fromkeys(readers)):
        read = keys[-1] if number % 2 else keys[len(keys) // 2]
        Participant.objects.get_or_create(
            conversation=conversation, user=person, defaults={"last_read": read, "delivered": read, "follows": True}
        )


def _lesson(community: Community, comments: str, people: dict[str, User], begun: datetime) -> None:
    lesson = Lesson.objects.counting().filter(Q(module__course=community.course_id)).in_order().first()
    if lesson:
        conversation = Conversation.objects.create(kind=LESSON_KIND, area=community.course_id)
        talk = LessonTalk.objects.create(lesson=lesson, conversation=conversation)
        add_history(talk.conversation, _lines(comments, people, begun))


def _moderation(community: Community, place: Place, people: dict[str, User], now: datetime) -> None:
    """The first post of each person waits; one does, one was reported, and a student moderates."""
    Community.objects.filter(pk=community.pk).update(approval=Approval.NEWCOMERS)
    Membership.objects.create(community=community, user=people["s2"], role=MembershipRole.MODERATOR)
    topic = Topic.objects.filter(community=community, title=place.below).select_related("conversation").first()
    Held.objects.create(
        community=community,
        kind=HeldKind.REPLY if topic else HeldKind.CHAT,
        conversation=topic.conversation if topic else community.chat,
        author=people["s7"],
        body=place.waits,
        created=now - timedelta(minutes=50),
    )
    if place.hides:
        Removal.objects.bulk_create(_hidden(community, people[place.hides], people["t"], now))
    ModerationNote.objects.create(
        community=community,
        person=people["s7"],
        author=people["t"],
        body="Joined late: be patient with first questions.",
        created=now - timedelta(days=1),
    )
    reported = Message.objects.get(conversation__topic__community=community, body=place.reported)
    Flag.objects.create(community=community, message=reported, user=people["s1"], reason="other", details=place.why)


def _hidden(community: Community, author: User, teacher: User, now: datetime) -> list[Removal]:
    """A reply that the teacher hid this morning."""
    replies = Message.objects.filter(conversation__topic__community=community, author=author, deleted=None)
    last = replies.exclude(place=tree.FIRST).last()
    if last is None:
        return []
    Message.objects.filter(pk=last.pk).update(deleted=now - timedelta(minutes=20), hidden=True)
    recount(Topic.objects.get(conversation=last.conversation_id))
    why = "Please leave the solution out until Friday: others are still working on it."
    state = {"state": RemovalState.HIDDEN, "reason": why, "decided_by": teacher}
    return [Removal(community=community, message=last, created=now - timedelta(minutes=20), **state)]
