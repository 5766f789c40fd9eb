"""After a new release of the zone data, lessons to come are held at the moment that their wall time means by then."""

import logging
from collections.abc import Callable, Iterable
from itertools import batched
from operator import attrgetter
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.scheduling import live, notices, notices_proposals
from apps.scheduling.actions.bookings import save_move
from apps.scheduling.actions.claims import Clash, free, lock, take
from apps.scheduling.actions.superseded import end_proposals
from apps.scheduling.models import Booking, ProposedTime, RequestState, RequestTime
from apps.scheduling.wall_time import release

log = logging.getLogger(__name__)
CHUNK = 500


def follow_zone_data() -> int:
    """Derive the moments of what is to come again, where another release did; returns how many lessons moved.

    A lesson whose teacher or room is taken by then keeps its old moment: its teacher, and whoever made it, are told
    once, and it is tried again each night.
    """
    offered = ProposedTime.objects.filter(proposal__state=RequestState.OPEN).select_related("proposal")
    _each(_end_proposals, _elsewhere(offered, lambda row: row.proposal.booking_id))
    _each(_derive_request, _elsewhere(RequestTime.objects.filter(request__state=RequestState.OPEN)))
    moved, before, backwards = 0, -1, False
    # Lessons one after another give way to each other in one of the two orders; another round finds what got free.
    while moved != before:
        before, backwards = moved, not backwards
        moved += _each(_derive, _elsewhere(_stale().order_by("-start" if backwards else "start", "pk")))
    for booking in _stale().select_related("teacher"):
        notices.stays(booking, release())
    return moved


def _stale() -> QuerySet[Booking]:
    return Booking.objects.on().filter(start__gt=timezone.now()).exclude(zone_release=release())


def _elsewhere(rows: QuerySet[Any], of: Callable[[Any], int] = attrgetter("pk")) -> list[int]:
    """What `of` says of the rows that are at another moment by this release, in order; the others are marked.

    Most rows are where they were: they cost one query for CHUNK of them.
    """
    found: dict[int, None] = {}
    stale = list(rows.exclude(zone_release=release()).values_list("pk", flat=True))
    for ids in batched(stale, CHUNK):
        some = list(rows.filter(pk__in=ids))
        before = {row.pk: row.start for row in some}
        moved = [row for row in some if row.derive().start != before[row.pk]]
        found |= dict.fromkeys(map(of, moved))
        same = set(before) - {row.pk for row in moved}
        rows.model._default_manager.filter(pk__in=same).update(zone_release=release())
    return list(found)


def _each(deed: Callable[[int], bool], ids: Iterable[int]) -> int:
    """Do it for each of these, in a transaction of its own; one that fails keeps no other from it."""
    count = 0
    for pk in ids:
        try:
            with transaction.atomic():
                count += deed(pk)
        except DatabaseError:
            log.exception("A time can't be derived again")
    return count


def _derive(pk: int) -> bool:
    if (booking := _locked(pk)) is None or booking.zone_release == release():
        return False
    before = (booking.start, booking.minutes, booking.room)
    booking.derive()
    if booking.start <= timezone.now():  # It is about to begin, and by the new rules it has begun: it stays as it is.
        Booking.objects.filter(pk=pk).update(zone_release=booking.zone_release)
        return False
    try:
        with transaction.atomic():
            end_proposals(None, booking)
            free(booking)
            take(booking)
    except Clash:
        return False
    save_move(None, booking, before, f"The time zone rules of {booking.zone} have changed.")
    return True


def _locked(pk: int) -> Booking | None:
    seen = Booking.objects.filter(pk=pk).first()
    if seen is None:
        return None
    lock([seen.teacher_id], [seen.room_id])
    rows = Booking.objects.on().filter(pk=pk, start__gt=timezone.now()).select_related("teacher", "room", "batch")
    return rows.select_for_update(of=("self",)).first()


def _end_proposals(pk: int) -> bool:
    """End what is proposed for a lesson: the times that are held are no longer those that were meant."""
    if (booking := _locked(pk)) is None:
        return False
    proposals = list(booking.proposals.filter(state=RequestState.OPEN))
    end_proposals(None, booking)
    free(booking)
    take(booking)
    for proposal in proposals:
        proposal.refresh_from_db()
        notices_proposals.answered(proposal, None)
    live.lessons_changed(booking)
    return True


def _derive_request(pk: int) -> bool:
    wish = RequestTime.objects.select_for_update(of=("self",)).select_related("request__student").filter(pk=pk).first()
    if wish is None:
        return False
    wish.derive().save(update_fields=["start", "end", "zone_release"])
    live.request_changed(wish.request)
    return True
