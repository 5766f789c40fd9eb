"""Who is named in a message: `@Given Family`, as the composer completes it or as somebody typed it."""

import re
from functools import reduce
from operator import or_

from django.db.models import Q

from apps.accounts.models import User
from apps.conversations.models import Mention, Message

# An at sign at the beginning of a word; an address (ada@example.com) isn't one.
AT = re.compile(r"(?<![\w.@/])@(?=(\w[\w'’.-]*))")
MAX_MENTIONS = 20


def mentioned(message: Message) -> dict[int, str]:
    """The people whom the text names and who may read it: their id and the name as it stands there.

    Names are compared without case. Of several people who are called so, each is meant; of "Ada" and "Ada Lovelace",
    the longer name.
    """
    places = [(match.end(), match[1]) for match in AT.finditer(message.body)][:MAX_MENTIONS]
    if not places:
        return {}
    readers = message.conversation.owner.readers(message.conversation, message.audience)
    first_words = {word.rstrip(".-'’") for _, word in places}
    called = reduce(or_, [Q(given_name__istartswith=word) for word in first_words])
    people: dict[int, str] = {}
    candidates = list(readers.filter(called).distinct())
    for end, _ in places:
        rest = message.body[end:]
        matching = [user for user in candidates if _begins_with(rest, user.full_name)]
        longest = max((len(user.full_name) for user in matching), default=0)
        people |= {user.pk: rest[:longest] for user in matching if len(user.full_name) == longest}
    return people


def _begins_with(text: str, name: str) -> bool:
    head, after = text[: len(name)], text[len(name) : len(name) + 1]
    return head.casefold() == name.casefold() and not after.isalnum()


def store(message: Message) -> list[User]:
    """Keep who is named in a message that is being written; the people who were not named before."""
    people = mentioned(message)
    known = {} if message.edited is None else {mention.user_id: mention for mention in message.mentions.all()}
    for user_id, mention in known.items():
        if user_id not in people:
            mention.delete()
    fresh = [Mention(message=message, user_id=pk, text=name) for pk, name in people.items() if pk not in known]
    if fresh:
        Mention.objects.bulk_create(fresh)
    if message.edited is None:
        message._prefetched_objects_cache["mentions"] = fresh
    return list(User.objects.filter(pk__in=[mention.user_id for mention in fresh])) if fresh else []
