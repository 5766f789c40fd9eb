"""What those who answer do for themselves, and who is given what: away, the end of a shift, the least busy."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations.actions import assign
from apps.support import live, policies, presence
from apps.support.actions.handing import other_owner, put_back
from apps.support.actions.standing import undoable
from apps.support.actions.states import locked
from apps.support.models import SupportAgent, Ticket
from apps.support.states import Status


def set_away(actor: User, *, away: bool) -> bool:
    """Say that one is away, or back: who is away is given no tickets, and isn't shown as here. Whether that is new.

    Raises PermissionDenied.
    """
    _check(actor)
    with transaction.atomic():
        agent, _ = SupportAgent.objects.select_for_update().get_or_create(user=actor)
        if agent.away == away:
            return False
        agent.away = away
        agent.save(update_fields=["away"])
        audit.record(actor, "agent.away" if away else "agent.back")
        live.inbox_changed()
    return True


def return_mine(actor: User) -> int:
    """Put all one's active tickets back into the queue, at the end of a shift; how many. Raises PermissionDenied."""
    _check(actor)
    with transaction.atomic():
        if count := put_back(actor, actor):
            audit.record(actor, "ticket.all-returned", count=count)
    return count


def assign_to_least_busy(actor: User, ticket: Ticket) -> User:
    """Give a ticket to whoever of those present has the fewest, and of these was given one the longest ago.

    What is one's own goes to somebody else. Raises PermissionDenied, ValidationError where nobody (else) is here, or
    it is somebody else's already, with their name.
    """
    with transaction.atomic():
        ticket = locked(actor, ticket)
        if owner := other_owner(ticket, actor):
            raise ValidationError(f"{owner.full_name} has taken it already.", code="taken")
        free = _least_busy(presence.present().exclude(pk=ticket.conversation.assignee_id or 0))
        if free is None:
            raise ValidationError("Nobody else is here at the moment.", code="nobody_here")
        with undoable(ticket):
            assign(actor, ticket.conversation, free)
        SupportAgent.objects.filter(user=free).update(given_at=timezone.now())
    return free


def _least_busy(people: QuerySet[User]) -> User | None:
    """Under the locks of their rows: of two tickets that are given at once, the second counts the first."""
    ids = list(people.order_by("pk").values_list("pk", flat=True))
    SupportAgent.objects.bulk_create([SupportAgent(user_id=pk) for pk in ids], ignore_conflicts=True)
    list(SupportAgent.objects.select_for_update().filter(user__in=ids).order_by("pk"))
    active = Q(assigned__ticket__isnull=False) & ~Q(assigned__ticket__status=Status.CLOSED)
    rows = people.filter(pk__in=ids).annotate(
        busy=Count("assigned", filter=active, distinct=True), given=F("support_agent__given_at")
    )
    return rows.order_by("busy", F("given").asc(nulls_first=True), "pk").first()


def _check(actor: User) -> None:
    if not policies.can_answer(actor):
        raise PermissionDenied("Only staff work on tickets.")
