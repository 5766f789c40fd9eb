"""A pinned topic that comes back is pinned again where it was."""

from apps.community import actions
from apps.community.models import Topic
from tests.community.place import fixture_place  # noqa: F401


def test_a_pinned_topic_comes_back_where_it_was_pinned(place):
    one, two, three, late = topics = [place.topic(place.instructor, f"Topic {number}") for number in range(4)]
    first = {topic: topic.conversation.messages.get() for topic in topics}
    for topic in (one, two, three):
        actions.pin_topic(place.moderator, topic)

    def pinned():
        return list(Topic.objects.filter(pin_position__isnull=False).order_by("pin_position"))

    actions.hide_post(place.moderator, first[two], "Look at this again")
    assert pinned() == [one, three]
    actions.restore_post(place.moderator, first[two])
    assert pinned() == [one, two, three]
    # Another one is pinned where it stood: it comes back below the others.
    for topic in (two, three):
        actions.remove_post(place.moderator, first[topic], "Off topic")
    actions.pin_topic(place.moderator, late)
    for topic in (three, two):
        actions.restore_post(place.moderator, first[topic])
    assert pinned() == [one, late, three, two]


def test_a_topic_that_was_unpinned_comes_back_among_the_others(place):
    topic = place.topic(place.instructor)
    actions.pin_topic(place.moderator, topic)
    actions.unpin_topic(place.moderator, topic)
    actions.remove_topic(place.instructor, topic)
    assert actions.restore_topic(place.instructor, topic, undoing=True).pin_position is None
