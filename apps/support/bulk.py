"""The same for many tickets at once: each by the action that does it for one, each as it can."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.conversations.actions import mark_read
from apps.support import actions
from apps.support.models import Label, Ticket
from apps.support.snoozing import until

# Read to the end, wherever that is.
ALL = 2**63 - 1


@dataclass
class Outcome:
    """What came of it: what was changed, with what takes it back and where, and why others were not."""

    done: str
    changed: list[Ticket] = field(default_factory=list)
    undo: list[tuple[str, str]] = field(default_factory=list)
    undo_at: str = "support:bulk_create"
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
    return outcome


def moved(actor: User, outcome: Outcome) -> Outcome:
    """The same, with what leads each back to where it stood."""
    outcome.undo_at = "support:undo_create"
    outcome.undo = [("line", str(line)) for line in actions.undo_lines(outcome.changed, actor)]
    return outcome


def close(actor: User, tickets: Iterable[Ticket]) -> Outcome:
    """Close them."""
    return moved(actor, each(Outcome("Closed"), tickets, lambda each: bool(actions.close(actor, each))))


def snooze(actor: User, tickets: Iterable[Ticket], chosen: str) -> Outcome:
    """Put them aside; raises ValidationError for no such moment."""
    moment = until(chosen)
    return moved(actor, each(Outcome("Snoozed"), tickets, lambda each: bool(actions.snooze(actor, each, moment))))


def give(actor: User, tickets: Iterable[Ticket], to: User | None) -> Outcome:
    """Give them to somebody, or to nobody, each as it was when it was ticked."""

    def change(ticket: Ticket) -> bool:
        before = ticket.owner
        return before != to and bool(actions.hand_over(actor, ticket, to, before.pk if before else None))

    return moved(actor, each(Outcome("Assigned"), tickets, change))


def spread(actor: User, tickets: Iterable[Ticket]) -> Outcome:
    """Give each to the least busy of those who are here."""
    return moved(
        actor, each(Outcome("Assigned"), tickets, lambda each: bool(actions.assign_to_least_busy(actor, each)))
    )


def end_shift(actor: User) -> Outcome:
    """Put all that is the actor's to answer back into the queue."""
    mine = list(Ticket.objects.active().filter(conversation__assignee=actor))
    return moved(actor, Outcome("Put back into the queue:", mine if actions.return_mine(actor) else []))


def undo(actor: User, lines: Mapping[Ticket, int]) -> Outcome:
    """Put each back to where it stood before this line of its log."""
    return each(Outcome("Undone:"), lines, lambda each: bool(actions.undo(actor, each, lines[each])))


def label(actor: User, tickets: Iterable[Ticket], given: Label, *, take_off: bool = False) -> Outcome:
    """Put a label on them, or take it off."""

    def change(ticket: Ticket) -> bool:
        labels = set(ticket.labels.all())
        wanted = labels - {given} if take_off else labels | {given}
        actions.set_labels(actor, ticket, wanted)
        return labels != wanted

    outcome = each(Outcome("Unlabelled" if take_off else "Labelled"), tickets, change)
    if outcome.changed and not take_off:
        outcome.undo = [("act", "unlabel"), ("label", str(given.pk))]
        outcome.undo += [("ticket", str(ticket.pk)) for ticket in outcome.changed]
    return outcome


def read(actor: User, tickets: Iterable[Ticket]) -> Outcome:
    """Count them as read, for the actor alone."""

    def change(ticket: Ticket) -> bool:
        mark_read(actor, ticket.conversation, ALL)
        return True

    return each(Outcome("Marked as read:"), tickets, change)
