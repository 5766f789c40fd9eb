"""The count vectors C5 to C9, C11 and C12 of the research, one history told step by step (C1 to C4: test_counts.py)."""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.utils import timezone

from apps.community import actions, policies
from apps.community.members import ranked
from apps.community.models import Approval, Flag, Held, Topic
from apps.community.moderation_queue import waiting_count
from apps.conversations.actions import add_reaction, delete_message, edit_message, remove_reaction, send_message
from apps.conversations.approval import Waits
from apps.conversations.models import Message, Reaction
from apps.conversations.search import search
from apps.conversations.threads import open_thread
from apps.courses.models import Enrollment
from apps.notifications.models import Notification
from tests.community.place import fixture_place  # noqa: F401
from tests.community.test_counts import figures

WORD = "refraction"


class History:
    """What A, B, C and the moderators I and M do, one step after another."""

    def __init__(self, place: Any) -> None:
        self.place = place
        for person in (place.a, place.b, place.c):
            actions.choose_levels(person, place.community, "everything", "")

    def C1(self) -> None:  # noqa: N802 - as the research calls it
        self.topic = self.place.topic(self.place.a)

    def C2(self) -> None:  # noqa: N802
        for person in (self.place.b, self.place.b, self.place.c):
            self.place.open(person, self.topic)

    def C3(self) -> None:  # noqa: N802
        self.first = self.place.reply(self.place.b, self.topic)
        self.place.open(self.place.c, self.topic)
        self.place.reply(self.place.c, self.topic, to=self.first)

    def C4(self) -> None:  # noqa: N802
        delete_message(self.place.b, self.first)

    def C5(self) -> None:  # noqa: N802
        self.place.community.approval = Approval.STUDENTS
        type(self.place.community).objects.filter(pk=self.place.community.pk).update(approval=Approval.STUDENTS)
        with pytest.raises(Waits) as waiting:
            send_message(self.place.c, self.talk, f"About {WORD}")
        self.held = waiting.value.held

    def C6(self) -> None:  # noqa: N802
        self.message = actions.approve(self.place.instructor, self.held, 1).message

    def C7(self) -> None:  # noqa: N802
        with pytest.raises(actions.Outdated, match=self.place.instructor.full_name):
            actions.approve(self.place.moderator, self.held, 1)

    def C8(self) -> None:  # noqa: N802
        message = Message.objects.with_titles().get(pk=self.message.pk)
        with pytest.raises(Waits):
            edit_message(self.place.c, message, "About diffraction")

    def C9(self) -> None:  # noqa: N802
        ended = timezone.now() - timedelta(seconds=1)
        Enrollment.objects.filter(student__user=self.place.c).update(
            enrolled_at=ended - timedelta(days=1), expires_at=ended
        )
        actions.withdraw_orphans()

    @property
    def talk(self) -> Any:
        return Topic.objects.select_related("conversation", "community__course").get(pk=self.topic.pk).conversation


class Expected(NamedTuple):
    """Replies, views, unread of A, B and C, what waits for I and M, and the notices that each has of each kind."""

    replies: int
    views: int
    unread: tuple[int, ...]
    queue: tuple[int, int]
    notices: dict[str, int]


# B's reply went with C4; of C's A is told as of any message, since it answers B. What waits is told to I and M.
WAITING = {"i to-moderate": 1, "m to-moderate": 1}
TOLD = {"a reply": 1, "a message": 1, "b reply": 1, "b message": 1, "c moderated": 1}
VECTORS = {
    "C5": Expected(1, 2, (1, 1, 0), (1, 1), {"a reply": 0, "a message": 1, "b reply": 1, "b message": 0, **WAITING}),
    "C6": Expected(2, 2, (2, 2, 0), (0, 0), TOLD | dict.fromkeys(WAITING, 0)),
    "C7": Expected(2, 2, (2, 2, 0), (0, 0), TOLD | dict.fromkeys(WAITING, 0)),
    "C8": Expected(2, 2, (2, 2, 0), (1, 1), TOLD | WAITING),
    "C9": Expected(2, 2, (2, 2, 0), (0, 0), TOLD | dict.fromkeys(WAITING, 0)),
}


def notices(place, wanted):
    who = {"a": place.a, "b": place.b, "c": place.c, "i": place.instructor, "m": place.moderator}
    return {
        name: Notification.objects.filter(recipient=who[name.split()[0]], kind=name.split()[1]).count()
        for name in wanted
    }


@pytest.fixture
def upto(place, django_capture_on_commit_callbacks):
    """The history as far as a step."""

    def tell(step: str) -> History:
        history = History(place)
        for number in range(1, int(step[1:]) + 1):
            with django_capture_on_commit_callbacks(execute=True):
                getattr(history, f"C{number}")()
        return history

    return tell


@pytest.mark.parametrize("step", VECTORS)
def test_all_figures_are_those_of_the_research(place, upto, step):
    history, wanted = upto(step), VECTORS[step]
    queue = waiting_count(place.instructor), waiting_count(place.moderator)
    replies, views, unread = figures(place, history.topic)
    assert Expected(replies, views, tuple(unread), queue, notices(place, wanted.notices)) == wanted


def test_c5_what_waits_is_found_and_shown_to_nobody(place, upto):
    history = upto("C5")
    assert not search(place.a, WORD).hits
    assert all(WORD not in message.body for message in open_thread(place.a, history.talk).messages)


def test_c8_everybody_reads_the_approved_text(place, upto):
    history = upto("C8")
    for person in (place.a, place.b, place.c):
        assert open_thread(person, history.talk).messages[-1].body == f"About {WORD}"


def test_c9_the_clock_ends_all_of_it(place, upto, client_for):
    before = ranked(place.community).count()
    history = upto("C8")
    ends = timezone.now() + timedelta(seconds=1)
    Enrollment.objects.filter(student__user=place.c).update(expires_at=ends)
    assert policies.channel_ends_at(place.c, place.community.pk) == ends
    history.C9()
    assert not policies.can_read_channel(place.c, place.community.pk)
    assert client_for(place.c).get(history.topic.get_absolute_url()).status_code == 404
    assert ranked(place.community).count() == before - 1
    # A mail that is still to be sent asks this again.
    assert not history.talk.type.readers(history.talk, "everyone").filter(pk=place.c.pk).exists()
    assert set(Held.objects.filter(author=place.c).values_list("state", flat=True)) == {"approved", "withdrawn"}


def test_c11_a_reaction_counts_and_is_told_once(place, django_capture_on_commit_callbacks):
    topic = place.topic(place.a)
    reply = place.reply(place.b, topic)
    told = Notification.objects.filter(recipient=place.b, kind="reaction")
    for change, left in ((add_reaction, 1), (remove_reaction, 0)):
        for _ in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                change(place.a, Message.objects.with_titles().get(pk=reply.pk), "👍")
        assert (Reaction.objects.filter(message=reply).count(), told.count()) == (left, left)


def test_c12_a_person_reports_a_post_once(place):
    post = place.reply(place.b, place.topic(place.a))
    for _ in range(2):
        actions.flag_message(place.c, post, "rude")
    assert (Flag.objects.count(), waiting_count(place.instructor), waiting_count(place.moderator)) == (1, 1, 1)
