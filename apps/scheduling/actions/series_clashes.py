"""What is in the way of the dates of a series: who and what is taken, and which students have another lesson."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice, pairwise

from django.utils import timezone

from apps.courses.models import Enrollment
from apps.scheduling.actions.claims import OFFERED, Span, rooms_for
from apps.scheduling.actions.series_plan import Plan, Planned
from apps.scheduling.models import Attendee, Booking, Claim, Room
from apps.scheduling.models.bookings import LONGEST_SPAN
from apps.students.models import Student


def mark_clashes(plan: Plan, ours: Sequence[int] = ()) -> None:
    """Write at each date who and what is taken then: as many queries for a year of dates as for one."""
    placed = sorted((each for each in plan.dates if each.holds), key=lambda each: each.row.start)
    if not placed:
        return
    for each in placed:
        each.taken = "This time has passed." if each.row.start <= timezone.now() else ""
        batch = each.row.batch
        if batch and batch.end and batch.end < each.row.day:
            each.taken = f"{batch.name} ends before this day."
    for one, two in pairwise(placed):
        if two.row.start < one.row.end:
            two.taken = "Another lesson of this series is at this time."
    window = (placed[0].row.start - LONGEST_SPAN, max(each.row.end for each in placed))
    first = placed[0].row
    names = {f"user-{first.teacher_id}": first.teacher.full_name if first.teacher else ""}
    names |= {f"room-{first.room_id}": first.room.name} if first.room else {}
    rows = Claim.objects.filter(resource__in=names, start__gt=window[0], start__lt=window[1])
    rows = rows.exclude(booking__in=ours).exclude(proposal__booking__in=ours) if ours else rows
    claims = list(rows.values_list("resource", "start", "end"))
    for resource, name in names.items():
        spans = sorted((start, end) for taken, start, end in claims if taken == resource)
        for each in placed:
            if not each.taken and _meets(spans, each.row.span):
                each.taken = f"{name} is taken at this time."
                each.needs_room = resource.startswith("room-")
    if any(each.needs_room for each in placed):
        wanted = [each for each in placed if each.needs_room or not each.taken]
        plan.rooms = _rooms_instead(wanted, len(plan.students), window, ours)
    _mark_busy(placed, plan.students, window, ours)


def _rooms_instead(placed: Sequence[Planned], count: int, window: Span, ours: Sequence[int]) -> list[Room]:
    """At most OFFERED rooms with enough seats that are free on all of these dates."""
    rooms = list(rooms_for(count))
    taken: dict[str, list[Span]] = {}
    rows = Claim.objects.filter(resource__in=[f"room-{room.pk}" for room in rooms], start__gt=window[0])
    rows = rows.exclude(booking__in=ours).exclude(proposal__booking__in=ours) if ours else rows
    in_order = rows.filter(start__lt=window[1]).order_by("start", "end")
    for resource, start, end in in_order.values_list("resource", "start", "end"):
        taken.setdefault(resource, []).append((start, end))

    def is_free(room: Room) -> bool:
        spans = taken.get(f"room-{room.pk}", [])
        return not any(_meets(spans, each.row.span) for each in placed)

    return list(islice(filter(is_free, rooms), OFFERED))


def mark_joining(plan: Plan, ours: Sequence[int]) -> None:
    """Write at each exception which of the students who join have another lesson then: they take part in it too."""
    kept = {each.old.pk: each for each in plan.dates if each.kept and each.old and each.old.is_on}
    rows = [each.old for each in kept.values() if each.old] + [row for row in plan.left if row.is_on]
    if not rows or not plan.joining:
        return
    there = [Planned(row.series_day or row.day, row) for row in rows]
    window = (min(row.start for row in rows) - LONGEST_SPAN, max(row.end for row in rows))
    _mark_busy(there, plan.joining, window, [*ours, *(row.pk for row in rows)])
    for each in there:
        if (date := kept.get(each.row.pk)) is not None:
            date.busy = each.busy
        elif each.busy:
            plan.left_busy.append(each)


def _mark_busy(placed: list[Planned], students: list[Student], window: Span, ours: Sequence[int]) -> None:
    """Write at each date which of the students have another lesson then."""
    ids = [student.pk for student in students]
    lessons = Booking.objects.taught_to(Student.objects.filter(pk__in=ids)).on().exclude(pk__in=ours)
    rows = lessons.filter(start__gt=window[0], start__lt=window[1]).values_list("start", "end", "pk", "batch", "rolled")
    spans = sorted(rows, key=lambda row: row[0])
    met = {each.day: [row for row in spans if row[0] < each.row.end and row[1] > each.row.start] for each in placed}
    bookings = {row[2] for rows in met.values() for row in rows}
    if not bookings:
        return
    named: dict[int, set[int]] = {}
    for booking, student in Attendee.objects.filter(booking__in=bookings, student__in=ids).values_list(
        "booking", "student"
    ):
        named.setdefault(booking, set()).add(student)
    batches = {row[3] for rows in met.values() for row in rows if row[3] and row[4] is None}
    inside: dict[int, set[int]] = {}
    places = Enrollment.objects.not_ended().filter(batch__in=batches, student__in=ids)
    for batch, student in places.values_list("batch", "student"):
        inside.setdefault(batch or 0, set()).add(student)
    for each in placed:
        busy = {pk for row in met[each.day] for pk in named.get(row[2], set()) | inside.get(row[3] or 0, set())}
        words = [student.short_name for student in students if student.pk in busy]
        if words:
            more = f" and {len(words) - 3} more" if len(words) > 3 else ""
            each.busy = f"{', '.join(words[:3])}{more} {'have' if len(words) > 1 else 'has'} another lesson then."


def _meets(spans: Sequence[Span], span: Span) -> bool:
    """Does any of these spans, which don't overlap and are in order, overlap another?"""
    after = bisect_left(spans, (span[1], span[1]))
    return any(end > span[0] for _, end in spans[max(0, after - 2) : after])
