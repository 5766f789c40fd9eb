"""The order of replies: the same in SQL, on pages, and after a catch-up (vectors T1 to T12 of the research)."""

import datetime
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from apps.community import actions
from apps.conversations import tree
from apps.conversations.actions import delete_message, restore_message, sending
from apps.conversations.cursor import Cursor
from apps.conversations.models import Conversation, Message
from apps.conversations.threads import Place as At
from apps.conversations.threads import catch_up, open_thread
from tests.community.place import fixture_place  # noqa: F401

# Which post answers which, in the order of writing; 8 and 10 are deleted afterwards.
PARENTS = {2: 1, 3: 1, 4: 2, 5: 4, 6: 5, 7: 6, 8: 2, 9: 8, 10: 3, 11: 7, 12: 3}
DELETED = (8, 10)


class Grown:
    """A topic with the posts of PARENTS: `number` knows each by its number in the table."""

    def __init__(self, place):
        self.place = place
        self.topic = place.topic(place.a, body="1")
        self.posts = {1: self.topic.conversation.messages.get()}
        for number, parent in PARENTS.items():
            self.reply(number, parent)
        for number in DELETED:
            delete_message(place.b, self.posts[number])

    def reply(self, number, parent):
        answered = None if parent == 1 else Message.objects.get(pk=self.posts[parent].pk)
        self.posts[number] = self.place.reply(self.place.b, self.topic, str(number), to=answered)

    @property
    def conversation(self):
        """As it is now: what a page knows of the clock is of its own time."""
        return Conversation.objects.get(pk=self.topic.conversation_id)

    def numbers(self, messages):
        known = {post.pk: number for number, post in self.posts.items()}
        return [known[message.pk] for message in messages]

    def page(self, place=None, size=50):
        thread = open_thread(self.place.a, self.conversation, *([place] if place else []), size=size)
        return thread, self.numbers(thread.messages)


@pytest.fixture
def grown(place):
    return Grown(place)


def test_replies_stand_in_the_order_of_the_tree_and_a_gap_only_above_what_is_left(grown):
    # T1, T2
    thread, numbers = grown.page()
    assert numbers == [1, 2, 4, 5, 6, 7, 11, 8, 9, 3, 12]
    assert [message.depth for message in thread.messages] == [0, 1, 2, 3, 4, 5, 6, 2, 3, 1, 2]
    by_place = Message.objects.filter(conversation=grown.topic.conversation).order_by("place")
    assert grown.numbers(by_place) == [1, 2, 4, 5, 6, 7, 11, 8, 9, 3, 10, 12]


def test_replies_are_counted_without_the_question_and_without_gaps(grown):
    # T3, T4
    grown.topic.refresh_from_db()
    assert grown.topic.replies == 9
    delete_message(grown.place.b, grown.posts[9])
    assert grown.page()[1] == [1, 2, 4, 5, 6, 7, 11, 3, 12]
    grown.topic.refresh_from_db()
    assert grown.topic.replies == 8


def test_what_is_restored_brings_the_gap_above_it_back_to_pages_that_left_it_out(grown):
    # T4, live
    delete_message(grown.place.b, grown.posts[9])
    cursor = grown.page()[0].cursor
    restore_message(grown.place.instructor, grown.posts[9])
    assert grown.page()[1] == [1, 2, 4, 5, 6, 7, 11, 8, 9, 3, 12]
    missed = catch_up(grown.place.a, grown.conversation, cursor)
    assert grown.numbers(missed.messages) == [8, 9]


def test_pages_follow_one_another_without_a_reply_twice_or_missing(grown):
    # T6
    thread, first = grown.page(size=4)
    assert first == [1, 2, 4, 5]
    thread, second = grown.page(At(after=thread.newer), size=4)
    assert second == [6, 7, 11, 8]
    following = thread.newer
    grown.reply(13, 4)
    assert grown.page(At(after=following), size=4)[1] == [9, 3, 12]
    thread, _ = grown.page(size=4)
    assert grown.page(At(after=thread.newer), size=4)[1] == [6, 7, 11, 13]
    assert grown.page(At(around=grown.posts[13].pk), size=4)[1] == [11, 13, 8, 9]
    assert grown.page(At(before=grown.posts[8].place), size=4)[1] == [6, 7, 11, 13]


def test_what_a_page_missed_comes_with_its_place(grown):
    cursor = grown.page()[0].cursor
    grown.reply(13, 4)
    missed = catch_up(grown.place.a, grown.conversation, cursor)
    assert grown.numbers(missed.messages) == [13]
    whole = catch_up(grown.place.a, grown.conversation, Cursor(0, None)).messages
    assert grown.numbers(sorted(whole, key=lambda message: message.place)) == grown.numbers(
        grown.topic.conversation.messages.order_by("place")
    )


def test_siblings_stand_by_their_keys_where_the_clock_goes_back(grown, monkeypatch):
    # T7
    earlier = grown.posts[12].created - datetime.timedelta(hours=1)
    monkeypatch.setattr(sending, "timezone", SimpleNamespace(now=lambda: earlier))
    grown.reply(13, 3)
    grown.reply(14, 3)
    assert grown.page()[1][-4:] == [3, 12, 13, 14]
    assert grown.posts[12].key < grown.posts[13].key < grown.posts[14].key


def test_a_reply_to_what_was_deleted_is_refused_with_where_it_can_go(grown):
    # T10
    with pytest.raises(ValidationError, match=r"deleted meanwhile\. You can still answer .*or the topic"):
        grown.reply(13, 8)
    grown.reply(14, 9)
    assert grown.page()[1][7:10] == [8, 9, 14]


def test_an_accepted_answer_keeps_its_place(grown):
    # T12
    before = grown.page()[1]
    actions.accept_answer(grown.place.a, grown.topic, grown.posts[6])
    assert grown.page()[1] == before
    grown.topic.refresh_from_db()
    assert grown.topic.replies == 9


def test_no_reply_is_refused_for_its_depth(place):
    topic = place.topic(place.a)
    last = None
    for number in range(tree.DEEPEST + 5):
        last = place.reply(place.b, topic, str(number), to=last)
    shown = open_thread(place.a, topic.conversation, size=100).messages
    assert [message.body for message in shown[1:]] == [str(number) for number in range(tree.DEEPEST + 5)]
    assert {message.depth for message in shown[-6:]} == {tree.DEEPEST}
    assert tree.ancestors("00001a00002a00003") == ["00001", "00001a00002"]
