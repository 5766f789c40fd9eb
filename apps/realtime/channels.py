"""The channels of the stream, and who may read them.

Each app registers the channels it owns; what nobody registered nobody may read.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django_eventstream.channelmanager import DefaultChannelManager

MAX_CHANNELS = 20

Reader = AbstractBaseUser | AnonymousUser
# Takes the reader and the number in the channel's name (0 where it has none).
Rule = Callable[[Any, int], bool]

_rules: dict[str, Rule] = {}


def register(name: str, rule: Rule) -> None:
    """Say who may read the channels called `name`, where `#` stands for a number: `student-#-staff`."""
    _rules[name] = rule


def can_read(user: Reader, channel: str) -> bool:
    """May this person read this channel?"""
    if not user.is_authenticated:
        return False
    number = re.search(r"\d{1,18}", channel, re.ASCII)
    name = channel.replace(number[0], "#", 1) if number else channel
    rule = _rules.get(name)
    return bool(rule and rule(user, int(number[0]) if number else 0))


def can_read_all(user: Reader, channels: Iterable[str]) -> bool:
    """May this person read each of these channels?"""
    return all(can_read(user, channel) for channel in channels)


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
