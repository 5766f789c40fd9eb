"""What a calendar shows besides lessons: a block for each time that an own event happens or that is held for a move."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.scheduling.models import Booking, OwnEvent, Proposal, ProposedTime
from apps.scheduling.wall_time import day_begins, local_day

# More than anybody looks at on one page.
MOST_BLOCKS = 500


@dataclass
class Block:
    """One time that an event happens, as its reader may see it: without `title` they see "busy"."""

    pk: int
    title: str
    url: str
    start: datetime
    end: datetime
    first: date
    last: date
    all_day: bool
    is_busy: bool
    is_held: bool = False
    is_event = True
    is_on = True

    def covers(self, day: date) -> bool:
        """Does it happen on this day? Of an event without times each day, else the day on which it begins."""
        return self.first <= day <= self.last


def blocks_of(reader: User, owners: Iterable[int], days: list[date], zone: str) -> list[Block]:
    """What happens of these people's events on these days of a zone, in order: whole days first."""
    if not (ids := sorted(owners)):
        return []
    rows = OwnEvent.objects.shown_to(reader).around(days[0], days[-1]).filter(Q(owner__in=ids))
    found = list(islice((block for row in rows for block in _blocks(reader, row, days, zone)), MOST_BLOCKS))
    return sorted(found, key=lambda block: (block.first, not block.all_day, block.start, block.pk))


def held_blocks(bookings: QuerySet[Booking], start: datetime, end: datetime, zone: str) -> list[Block]:
    """The times in this span that are held until somebody answers whether one of these lessons moves there."""
    open_ones = Proposal.objects.open().filter(expires__gt=timezone.now(), booking__in=bookings.order_by().values("pk"))
    rows = ProposedTime.objects.filter(proposal__in=open_ones, start__lt=end, end__gt=start)
    return [
        Block(
            row.pk,
            f"Held: {row.proposal.booking.subject}",
            row.proposal.booking.get_absolute_url(),
            row.start,
            row.end,
            local_day(row.start, zone),
            local_day(row.start, zone),
            all_day=False,
            is_busy=False,
            is_held=True,
        )
        for row in rows.select_related("proposal__booking")[:MOST_BLOCKS]
    ]


def _blocks(reader: User, row: OwnEvent, days: list[date], zone: str) -> Iterator[Block]:
    own_url = row.get_absolute_url() if row.owner_id == reader.pk and not reader.looked_as else ""
    more = row.days - 1 if row.is_all_day else 2
    for day in row.dates(days[0] - timedelta(days=more), days[-1] + timedelta(days=2)):
        if row.is_all_day:
            first, last = day, day + timedelta(days=row.days - 1)
            start, end = day_begins(first, zone), day_begins(last + timedelta(days=1), zone)
        else:
            start, end = row.moments(day)
            first = last = local_day(start, zone)
        if first <= days[-1] and local_day(end - timedelta(seconds=1), zone) >= days[0]:
            title = row.shown_title
            url = f"{own_url}?day={day.isoformat()}" if own_url and row.repeats else own_url
            yield Block(row.pk, title, url, start, end, first, last, row.is_all_day, row.is_busy)
