"""Who may read which channel."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.realtime import channels

# A channel, and who may read it; {…} stands for an id.
READERS = {
    "user-{amina_user}": {"amina_user"},
    "student-{amina}": {"admin", "staff", "staff2", "teacher", "amina_user"},
    "student-{amina}-staff": {"admin", "staff", "staff2", "teacher"},
    "student-{chloe}-staff": {"admin", "staff", "staff2", "teacher2"},
    "batch-{batch}": {"admin", "staff", "staff2", "teacher"},
    "payments": {"admin", "staff", "staff2"},
    # A student's thread has channels of its own; by this one it would leak what is for staff.
    "conversation-{thread}": set(),
    "student-999999": set(),
    "student-{amina}-": set(),
    "student-{amina}-staff-{amina}": set(),
    "student-٣": set(),
    "unknown": set(),
    "": set(),
}
CAST = ["admin", "staff", "staff2", "teacher", "teacher2", "amina_user", "bruno_user", "chloe_user", "outsider"]


@pytest.mark.parametrize("channel", READERS)
def test_a_channel_is_read_by_those_who_may_and_nobody_else(cast, channel):
    ids = {name: thing.pk for name, thing in vars(cast).items()} | {"thread": cast.amina.conversation_id}
    name = channel.format(**ids)
    may = {who for who in CAST if channels.can_read(getattr(cast, who), name)}
    # Staff of all kinds read any existing student; nothing else is theirs by accident.
    expected = READERS[channel]
    if channel == "student-999999":
        assert may == set()
    assert may == expected
    assert not channels.can_read(AnonymousUser(), name)


def test_every_channel_asked_for_must_be_allowed(cast):
    allowed = [f"user-{cast.amina_user.pk}", f"student-{cast.amina.pk}"]
    assert channels.can_read_all(cast.amina_user, allowed)
    assert not channels.can_read_all(cast.amina_user, [*allowed, f"student-{cast.amina.pk}-staff"])


def test_django_eventstream_asks_the_same_rules(cast):
    manager = channels.ChannelManager()
    assert manager.can_read_channel(cast.staff, f"student-{cast.amina.pk}-staff")
    assert not manager.can_read_channel(cast.amina_user, f"student-{cast.amina.pk}-staff")
    assert not manager.can_read_channel(None, f"student-{cast.amina.pk}")


def test_a_stream_is_asked_about_at_the_earliest_end_of_what_it_carries(monkeypatch):
    late, soon = datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    monkeypatch.setattr(channels, "_rules", {})
    monkeypatch.setattr(channels, "_ends", {})
    channels.register("open", lambda user, number: True)
    channels.register("endless-#", lambda user, number: True, lambda user, number: None)
    channels.register("course-#", lambda user, number: True, lambda user, number: late if number == 1 else soon)
    assert channels.ends_at(None, ["course-1", "open", "course-2", "endless-3"]) == soon
    assert channels.ends_at(None, ["open", "endless-3", "nobody-registered-it"]) is None
