"""Several people work on one ticket at the same moment, on whatever database the environment names.

Run by test_race.py in a process of its own. Ends silently, or with the assertion that failed.
"""

import datetime
import os
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.exceptions import PermissionDenied, ValidationError  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.accounts import people_actions  # noqa: E402
from apps.accounts.models import Role  # noqa: E402
from apps.conversations.actions import Unseen, assign, send_message  # noqa: E402
from apps.conversations.models import Audience, Conversation  # noqa: E402
from apps.support import actions  # noqa: E402
from apps.support.models import Ticket, answerers  # noqa: E402
from tests import factories  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

MANY = 4


def now(ticket):
    return Ticket.objects.select_related("conversation__assignee", "person").get(pk=ticket.pk)


def ended(results):
    return Counter(type(each).__name__ if isinstance(each, Exception) else "done" for each in results)


def new():
    return now(actions.ask(factories.user(Role.STUDENT), "Where is my invoice?").conversation.ticket)


def race_of_askers():
    """Two pages of one person begin one ticket, and nothing that they said is lost."""
    person = factories.user(Role.STUDENT)
    at_once(*(lambda n=n: actions.ask(person, f"Question {n}") for n in range(MANY)))
    ticket = Ticket.objects.get(person=person)
    assert ticket.conversation.messages.count() == MANY


def race_of_takers(staff):
    ticket = new()
    results = at_once(*(lambda s=s: actions.take(s, ticket) for s in staff), refusals=(ValidationError,))
    assert ended(results) == {"done": 1, "ValidationError": MANY - 1}, results
    winner = now(ticket).owner
    assert all(winner.full_name in str(each) for each in results if isinstance(each, ValidationError)), results
    assert ticket.log.filter(event="taken").count() == 1


def race_of_closers(staff):
    ticket = new()
    results = at_once(*(lambda s=s: actions.close(s, ticket) for s in staff), refusals=(ValidationError,))
    assert ended(results) == {"done": 1, "ValidationError": MANY - 1}, results
    first = ticket.log.get(event="closed").actor
    assert all(first.full_name in str(each) for each in results if isinstance(each, ValidationError)), results


def race_of_answers(staff):
    """Each had read the question; one answers, the others are shown the answer first."""
    ticket = new()
    seen = ticket.conversation.messages.get().key

    def answer(person):
        send_message(person, ticket.conversation, f"By {person.given_name}", Audience.EVERYONE, seen=seen)

    results = at_once(*(lambda s=s: answer(s) for s in staff), refusals=(Unseen,))
    assert ended(results) == {"done": 1, "Unseen": MANY - 1}, results
    said = ticket.conversation.messages.get(author__in=staff)
    assert all(said.author.full_name in str(each) for each in results if isinstance(each, Unseen)), results
    assert now(ticket).owner == said.author


def race_of_clocks(staff):
    ticket = new()
    actions.snooze(staff[0], ticket, timezone.now() + datetime.timedelta(hours=1))
    Ticket.objects.filter(pk=ticket.pk).update(snoozed_until=timezone.now())
    assert sum(at_once(*[actions.wake_due] * MANY)) == 1
    assert ticket.log.filter(event="woken").count() == 1


def race_with_who_goes(admin, staff):
    """Somebody is given a ticket at the moment when their access ends: at the latest the clock returns it."""
    leaver, ticket = factories.user(Role.STAFF), new()
    at_once(
        lambda: people_actions.deactivate(admin, leaver),
        lambda: assign(staff[0], ticket.conversation, leaver),
        lambda: send_message(staff[1], ticket.conversation, "Hello", Audience.EVERYONE),
        refusals=(ValidationError, PermissionDenied),
    )
    actions.return_orphans()
    owner = Conversation.objects.get(pk=ticket.conversation_id).assignee_id
    assert owner is None or answerers().filter(pk=owner).exists(), owner


def race_of_the_least_busy(admin, staff):
    """Tickets that are given out at once are spread: whoever has one already is not given the next."""
    Conversation.objects.update(assignee=None)
    for person in staff:
        factories.session(user=person)
    tickets = [new() for _ in staff]
    at_once(*(lambda t=t: actions.assign_to_least_busy(admin, t) for t in tickets))
    assert sorted(now(ticket).owner.pk for ticket in tickets) == sorted(person.pk for person in staff)


if __name__ == "__main__":
    people = [factories.user(Role.STAFF) for _ in range(MANY)]
    head = factories.user(Role.ADMIN)
    race_of_askers()
    race_of_takers(people)
    race_of_closers(people)
    race_of_answers(people)
    race_of_clocks(people)
    race_with_who_goes(head, people)
    race_of_the_least_busy(head, people)
    print("settled")
