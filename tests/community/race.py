"""Several people pin and begin topics at the same moment, on whatever database the environment names.

Run by test_race.py in a process of its own. Ends silently, or with the assertion that failed.
"""

import os
import uuid

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from apps.community import actions  # noqa: E402
from apps.community.models import Topic  # noqa: E402
from apps.conversations.actions import add_reaction, remove_reaction  # noqa: E402
from apps.conversations.models import Message, Reaction  # noqa: E402
from tests.community.place import Place  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

MANY = 4


def race_of_pins(place):
    """Each topic that is pinned at once has a position of its own, and moving them keeps all of these."""
    topics = [place.topic(place.a, f"Topic {number}") for number in range(MANY)]
    keepers = [place.instructor, place.moderator]
    errors = at_once(*(lambda n=n: actions.pin_topic(keepers[n % 2], topics[n]) for n in range(MANY)))
    assert not any(isinstance(each, Exception) for each in errors), errors
    errors = at_once(*(lambda n=n: actions.move_pin(keepers[n % 2], topics[n], 1 - 2 * (n % 2)) for n in range(MANY)))
    assert not any(isinstance(each, Exception) for each in errors), errors
    positions = Topic.objects.filter(pin_position__isnull=False).values_list("pin_position", flat=True)
    assert sorted(positions) == list(range(1, MANY + 1)), positions


def race_of_one_topic(place):
    """The same form sent several times at once begins one topic, and each is answered with it."""
    before = Topic.objects.count()
    new = actions.NewTopic("Once", "Only once", uuid.uuid4())
    found = at_once(*(lambda: actions.start_topic(place.b, place.community, new) for _ in range(MANY)))
    assert len({topic.pk for topic in found}) == 1, found
    assert Topic.objects.count() == before + 1


def race_of_replies(place):
    """Replies at once to one post have places of their own, and the topic counts all of them."""
    topic = place.topic(place.a, "Busy")
    people = [place.a, place.b, place.c, place.moderator]
    found = at_once(*(lambda n=n: place.reply(people[n], topic, str(n)) for n in range(MANY)))
    assert not any(isinstance(each, Exception) for each in found), found
    topic.refresh_from_db()
    places = Message.objects.filter(conversation=topic.conversation).values_list("place", flat=True)
    assert sorted(places) == ["00000", "00001", "00002", "00003", "00004"]
    assert topic.replies == MANY


def race_of_one_reaction(place):
    """One person's emoji from several tabs at once stands once and is told once; taken back as often, it is gone."""
    reply = place.reply(place.a, place.topic(place.b, "Liked"))
    for change, left in ((add_reaction, 1), (remove_reaction, 0)):
        errors = at_once(*(lambda change=change: change(place.c, reply, "👍") for _ in range(MANY)))
        assert not any(isinstance(each, Exception) for each in errors), errors
        assert Reaction.objects.filter(message=reply.pk).count() == left
    version = reply.version
    reply.refresh_from_db()
    assert reply.version == version + 2, (version, reply.version)


place = Place()
race_of_pins(place)
race_of_one_topic(place)
race_of_replies(place)
race_of_one_reaction(place)
print("settled")
