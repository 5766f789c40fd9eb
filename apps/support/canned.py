"""Canned answers for one ticket: found by words, filled in for its person, and not sent while a variable is empty."""

from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Case, Q, When

from apps.accounts.models import User
from apps.conversations.models import Audience, Message
from apps.support import variables
from apps.support.models import CannedAnswer, Ticket

MOST = 8
MAX_WORDS = 6


class Filled(NamedTuple):
    """An answer, and its text as it is inserted."""

    answer: CannedAnswer
    text: str

    @property
    def missing(self) -> str:
        """The first variable that is to be filled in by hand."""
        return variables.unfilled(self.text)


def find(writer: User, ticket: Ticket, words: str) -> list[Filled]:
    """The answers that `writer` may use with all these words in them, those with the words in their title first.

    Of these, and without words, the ones that are used most.
    """
    rows, titled = CannedAnswer.objects.visible_to(writer), Q()
    for word in words.split()[:MAX_WORDS]:
        titled &= Q(title__icontains=word)
        rows = rows.filter(Q(title__icontains=word) | Q(folder__icontains=word) | Q(body__icontains=word))
    order = [Case(When(titled, then=0), default=1)] if titled else []
    rows = rows.order_by(*order, "-used", "title", "pk")
    values: dict[str, str] = {}
    return [Filled(row, variables.fill(row.body, writer, ticket.person, values)) for row in rows[:MOST]]


def refuse_unfilled(message: Message) -> None:
    """Raise ValidationError for an answer of staff in which a variable is still to be filled in."""
    left = variables.unfilled(message.body) if message.audience == Audience.EVERYONE else ""
    if left and message.author_id != message.conversation.ticket.person_id:
        raise ValidationError(f"{left} is still to be filled in: put the words there, or take it out.", code="unfilled")
