"""The same for many tickets at once: each by the action that does it for one, each as it can."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.conversations.actions import assign, mark_read
from apps.support import actions
from apps.support.models import Label, Ticket
from apps.support.snoozing import until

# Read to the end, wherever that is.
ALL = 2**63 - 1


@dataclass
class Outcome:
    """What came of it: what was changed, with what takes each back, and why others were not."""

    done: str
    changed: list[Ticket] = field(default_factory=list)
    undo: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        """In a sentence or two."""
        count = len(self.changed)
        said = [f"{self.done} {count} ticket{'' if count == 1 else 's'}."] if count else []
        return " ".join([*said, *sorted(set(self.refused))]) or "Nothing was left to change."


def each(outcome: Outcome, tickets: Iterable[Ticket], change: Callable[[Ticket], bool]) -> Outcome:
    """Change each; `change` says whether there was something to."""
    for ticket in tickets:
        try:
            if change(ticket):
                outcome.changed.append(ticket)
        except ValidationError as error:
            outcome.refused.append(f"{ticket.person.full_name}: {error.messages[0]}")
    if outcome.changed and outcome.undo:
        outcome.undo += [("ticket", str(ticket.pk)) for ticket in outcome.changed]
    return outcome


def close(actor: User, tickets: Iterable[Ticket]) -> Outcome:
    """Close them."""
    return each(Outcome("Closed", undo=[("act", "reopen")]), tickets, lambda each: bool(actions.close(actor, each)))


def reopen(actor: User, tickets: Iterable[Ticket]) -> Outcome:
    """Reopen them."""
    return each(Outcome("Reopened"), tickets, lambda each: bool(actions.reopen(actor, each)))


def snooze(actor: User, tickets: Iterable[Ticket], chosen: str) -> Outcome:
    """Put them aside; raises ValidationError for no such moment."""
    moment = until(chosen)
    outcome = Outcome("Snoozed", undo=[("act", "wake")])
    return each(outcome, tickets, lambda each: bool(actions.snooze(actor, each, moment)))


def wake(actor: User, tickets: Iterable[Ticket]) -> Outcome:
    """Bring them back."""
    return each(Outcome("Brought back"), tickets, lambda each: bool(actions.end_snooze(actor, each)))


def give(actor: User, tickets: Iterable[Ticket], owners: Callable[[Ticket], User | None]) -> Outcome:
    """Give each to whom `owners` says."""
    outcome = Outcome("Assigned")

    def change(ticket: Ticket) -> bool:
        before, to = ticket.owner, owners(ticket)
        if before == to:
            return False
        assign(actor, ticket.conversation, to)
        outcome.undo.append(("before", f"{ticket.pk}:{before.pk if before else ''}"))
        return True

    return each(outcome, tickets, change)


def label(actor: User, tickets: Iterable[Ticket], given: Label, *, take_off: bool = False) -> Outcome:
    """Put a label on them, or take it off."""

    def change(ticket: Ticket) -> bool:
        labels = set(ticket.labels.all())
        wanted = labels - {given} if take_off else labels | {given}
        actions.set_labels(actor, ticket, wanted)
        return labels != wanted

    undo = [] if take_off else [("act", "unlabel"), ("label", str(given.pk))]
    return each(Outcome("Unlabelled" if take_off else "Labelled", undo=undo), tickets, change)


def read(actor: User, tickets: Iterable[Ticket]) -> Outcome:
    """Count them as read, for the actor alone."""

    def change(ticket: Ticket) -> bool:
        mark_read(actor, ticket.conversation, ALL)
        return True

    return each(Outcome("Marked as read:"), tickets, change)
