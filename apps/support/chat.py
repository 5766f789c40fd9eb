"""What a person who asks sees of support: whether somebody is there, what is unread, where their next message lands."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations.forms import BodyField, IdsField
from apps.conversations.models import Conversation
from apps.conversations.reading import unread_label
from apps.conversations.threads import Thread, open_thread
from apps.core import formats
from apps.support import actions, hours, policies, presence
from apps.support.models import CONVERSATION_KIND, BusinessHours, Ticket, Topic, Weekday

# More who are here are not named.
MOST_NAMED = 2
# How many of their tickets a page lists.
PAGE = 20


class TeamStatus(NamedTuple):
    """Whether the team is there: `state` is "here" (somebody is), "open" or "closed"."""

    state: str
    words: str


def team_status() -> TeamStatus:
    """What stands under the panel's title: who is here, or when support opens again, on the reader's clock."""
    now, opening = timezone.now(), hours.opening_hours()
    if not opening.is_open(now):
        back = opening.next_opening(now)
        reason = opening.closed_for(now)
        again = f"we're back on {formats.day_and_time(back)}" if back else "leave us a message"
        return TeamStatus("closed", f"Closed{f' for {reason}' if reason else ''}: {again}")
    names = list(presence.shown().order_by("-last_seen", "pk").values_list("given_name", flat=True)[: MOST_NAMED + 1])
    if not names:
        return TeamStatus("open", "We reply as soon as we can")
    if len(names) == 1:
        return TeamStatus("here", f"{names[0]} is here now")
    return TeamStatus("here", f"{names[0]} and {names[1] if len(names) == MOST_NAMED else 'others'} are here now")


def week_hours() -> list[tuple[str, str]]:
    """Each weekday that has hours, with them: Monday, 09:00–12:30, 14:00–18:00. On the academy's clock."""
    days: dict[int, list[str]] = {}
    for interval in BusinessHours.objects.filter(weekday__isnull=False).order_by("weekday", "opens"):
        days.setdefault(interval.weekday or 0, []).append(str(interval))
    return [(Weekday(day).label, ", ".join(intervals)) for day, intervals in sorted(days.items())]


def unread(user: User) -> str:
    """How many messages of their own tickets a person hasn't read, as the button shows it; empty for none."""
    rows = Conversation.objects.filter(ticket__person=user).with_unread_for(user, CONVERSATION_KIND)
    return unread_label(sum(row.unread for row in rows))


class AskForm(forms.Form):
    """The first message of a ticket."""

    body = BodyField(may_be_empty=True)
    topic = forms.ModelChoiceField(Topic.objects.filter(offered=True), required=False)
    client_key = forms.UUIDField(required=False)
    attachments = IdsField()

    @property
    def error(self) -> str:
        """The first thing that is wrong, in one sentence."""
        return next((str(errors[0]) for errors in self.errors.values()), "")


@dataclass
class Chat:
    """What the panel and the page show: the conversation that goes on, or the start of one."""

    user: User
    form: AskForm
    page_number: str = ""
    client_key: uuid.UUID = field(default_factory=uuid.uuid4)

    @cached_property
    def thread(self) -> Thread | None:
        """Where their next message lands; None where it begins a ticket."""
        ticket = actions.current(self.user)
        return open_thread(self.user, ticket.conversation) if ticket else None

    @property
    def may_ask(self) -> bool:
        """May this person write? An admin who looks as them only reads."""
        return policies.can_ask(self.user)

    @property
    def now(self) -> datetime:
        """When this was drawn: a message that is under way shows it until it is sent."""
        return timezone.now()

    @property
    def status(self) -> TeamStatus:
        """Whether the team is there."""
        return team_status()

    @property
    def topics(self) -> QuerySet[Topic]:
        """What a question can be about."""
        return Topic.objects.filter(offered=True)

    @property
    def chosen(self) -> str:
        """The topic that was chosen in a form that was refused."""
        return str(self.form["topic"].value() or "")

    @property
    def tickets(self) -> QuerySet[Ticket]:
        """Their own tickets, the newest first."""
        return Ticket.objects.filter(person=self.user).select_related("topic").order_by("-pk")

    @cached_property
    def page(self) -> Page[Ticket]:
        """One page of them, the last one where there is none of that number."""
        return Paginator(self.tickets, PAGE).get_page(self.page_number)

    @property
    def hours(self) -> list[tuple[str, str]]:
        """When support is open."""
        return week_hours()

    @property
    def unread(self) -> str:
        """What the button's badge says."""
        return unread(self.user)


def chat_of(user: User, form: AskForm | None = None, page_number: str = "") -> Chat:
    """The chat as a person finds it."""
    return Chat(user, form or AskForm(), page_number)
