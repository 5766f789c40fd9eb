"""Who takes part in a series by name changes with the series: in all of its lessons to come, exceptions too."""

from collections.abc import Collection, Iterable, Mapping

from apps.scheduling.models import Attendee, Booking
from apps.students.models import Student


def others_in(lessons: Iterable[Booking], students: Iterable[Student]) -> dict[int, list[int]]:
    """The lessons in which not exactly these students take part, each with the ids of those who do."""
    now: dict[int, list[int]] = {row.pk: [] for row in lessons}
    for booking, student in Attendee.objects.filter(booking__in=now).values_list("booking", "student"):
        now[booking].append(student)
    wanted = {student.pk for student in students}
    return {pk: ids for pk, ids in now.items() if set(ids) != wanted}


def set_students(lessons: Mapping[int, Collection[int]]) -> None:
    """Have exactly these students, by id, take part in each of these lessons; the caller has locked the lessons."""
    rows = list(Attendee.objects.filter(booking__in=lessons).values_list("pk", "booking", "student"))
    gone = [pk for pk, booking, student in rows if student not in lessons[booking]]
    Attendee.objects.filter(pk__in=gone).delete()
    there = {(booking, student) for _, booking, student in rows}
    known = set(
        Student.objects.filter(pk__in={pk for ids in lessons.values() for pk in ids}).values_list("pk", flat=True)
    )
    wanted = [(booking, student) for booking, ids in lessons.items() for student in ids if student in known]
    Attendee.objects.bulk_create(
        [Attendee(booking_id=each[0], student_id=each[1]) for each in wanted if each not in there], batch_size=500
    )
