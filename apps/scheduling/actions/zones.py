"""After a new release of the zone data, lessons to come are held at the moment that their wall time means by then."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from apps.scheduling import notices
from apps.scheduling.actions.bookings import save_move
from apps.scheduling.actions.claims import Clash, free, lock, take
from apps.scheduling.actions.superseded import end_proposals
from apps.scheduling.models import Booking, ProposedTime, RequestState, RequestTime
from apps.scheduling.wall_time import release


def follow_zone_data() -> int:
    """Derive the moments of what is to come again, where another release did; returns how many lessons moved.

    A lesson whose teacher or room is taken by then keeps its old moment: its teacher, and whoever made it, are told
    once, and it is tried again each night.
    """
    moved, before, backwards = 0, -1, False
    stale = Booking.objects.on().filter(start__gt=timezone.now()).exclude(zone_release=release())
    # Lessons one after another give way to each other in one of the two orders; another round finds what got free.
    while moved != before:
        before, backwards = moved, not backwards
        order = "-start" if backwards else "start"
        moved += _derive_all(list(stale.order_by(order, "pk").values_list("pk", flat=True)))
    for booking in stale.select_related("teacher"):
        notices.stays(booking, release())
    for wish in RequestTime.objects.filter(request__state=RequestState.OPEN).exclude(zone_release=release()):
        wish.derive().save(update_fields=["start", "end", "zone_release"])
    _end_proposals_elsewhere()
    return moved


def _derive_all(ids: Iterable[int]) -> int:
    return sum(_derive(pk) for pk in ids)


@transaction.atomic
def _derive(pk: int) -> bool:
    seen = Booking.objects.get(pk=pk)
    lock([seen.teacher_id], [seen.room_id])
    rows = Booking.objects.select_for_update(of=("self",)).select_related("teacher", "room", "batch")
    booking = rows.on().filter(pk=pk, start__gt=timezone.now()).exclude(zone_release=release()).first()
    if booking is None:
        return False
    before = (booking.start, booking.minutes, booking.room)
    booking.derive()
    if booking.start == before[0]:
        Booking.objects.filter(pk=pk).update(zone_release=booking.zone_release, end=booking.end)
        return False
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
    save_move(None, booking, before, f"The rules for clocks in {booking.zone} have changed.")
    return True


def _end_proposals_elsewhere() -> None:
    """End proposals of times that are at other moments now: what is held for them is no longer what was meant."""
    rows = ProposedTime.objects.filter(proposal__state=RequestState.OPEN).exclude(zone_release=release())
    changed = {row.proposal.booking_id for row in rows.select_related("proposal") if row.start != row.derive().start}
    for pk in sorted(changed):
        with transaction.atomic():
            seen = Booking.objects.get(pk=pk)
            lock([seen.teacher_id], [seen.room_id])
            booking = Booking.objects.select_for_update(of=("self",)).select_related("teacher", "room").get(pk=pk)
            end_proposals(None, booking)
            free(booking)
            if booking.is_on:
                take(booking)
