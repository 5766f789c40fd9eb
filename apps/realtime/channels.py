"""The channels of the stream, and who may read them.

Each app registers the channels it owns; what nobody registered nobody may read.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django_eventstream.channelmanager import DefaultChannelManager

MAX_CHANNELS = 20

Reader = AbstractBaseUser | AnonymousUser
# Takes the reader and the number in the channel's name (0 where it has none).
Rule = Callable[[Any, int], bool]
# Takes the same of a reader who may; returns the moment at which that must be asked again, None where no clock ends it.
Ends = Callable[[Any, int], datetime | None]


class Asked(NamedTuple):
    """A channel's rules, and the number in its name."""

    rule: Rule | None
    ends: Ends | None
    number: int


_rules: dict[str, Rule] = {}
_ends: dict[str, Ends] = {}


def register(name: str, rule: Rule, ends: Ends | None = None) -> None:
    """Say who may read the channels called `name`, where `#` stands for a number: `student-#-staff`.

    Where a right ends by the clock alone, `ends` says when: a stream is asked about again at that moment.
    """
    _rules[name] = rule
    _ends.pop(name, None)
    if ends:
        _ends[name] = ends


def can_read(user: Reader, channel: str) -> bool:
    """May this person read this channel?"""
    if not user.is_authenticated:
        return False
    asked = _asked(channel)
    return bool(asked.rule and asked.rule(user, asked.number))


def can_read_all(user: Reader, channels: Iterable[str]) -> bool:
    """May this person read each of these channels?"""
    return all(can_read(user, channel) for channel in channels)


def ends_at(user: Reader, channels: Iterable[str]) -> datetime | None:
    """The earliest moment at which the right to one of these channels must be asked again; None: no clock ends any."""
    asked = map(_asked, channels)
    moments = (each.ends(user, each.number) for each in asked if each.ends)
    return min((moment for moment in moments if moment), default=None)


def _asked(channel: str) -> Asked:
    number = re.search(r"\d{1,18}", channel, re.ASCII)
    name = channel.replace(number[0], "#", 1) if number else channel
    return Asked(_rules.get(name), _ends.get(name), int(number[0]) if number else 0)


class ChannelManager(DefaultChannelManager):  # type: ignore[misc]
    """The same rules for django-eventstream."""

    def get_channels_for_request(self, request: HttpRequest, view_kwargs: dict[str, Any]) -> set[str]:
        """The channels that a request asks for."""
        return set(request.GET.getlist("channel"))

    def can_read_channel(self, user: Any, channel: str) -> bool:
        """May this person (None: nobody signed in) read this channel?"""
        return can_read(user or AnonymousUser(), channel)

    def is_channel_reliable(self, channel: str) -> bool:
        """No event is stored: catch-up reads our own tables."""
        return False
