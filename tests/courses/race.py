"""Many people change the same batches at the same moment, on whatever database the environment names.

Run by test_race.py in a process of its own, since threads need real connections and real commits. Ends silently, or
with the assertion that failed.
"""

import datetime
import os
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.core.editing import EditConflict  # noqa: E402
from apps.courses import actions  # noqa: E402
from apps.courses.models import Batch, Course, Enrollment, EnrollmentCode  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

START = datetime.date(2026, 9, 1)


def how_ended(*deeds):
    """Do all of it at the same moment; how each ended: done, or the code or field of the refusal."""
    return Counter(map(ending, at_once(*deeds, refusals=(ValidationError, EditConflict))))


def ending(result):
    if isinstance(result, EditConflict):
        return "conflict"
    if not isinstance(result, ValidationError):
        return "done"
    return next(iter(result.error_dict)) if hasattr(result, "error_dict") else result.error_list[0].code


def sizes(*batches):
    return [Enrollment.objects.filter(batch=batch, is_active=True).count() for batch in batches]


def race(staff, course, other):
    def batch(name, capacity, of=course):
        return Batch.objects.create(course=of, name=name, start=START, capacity=capacity)

    def students(name, number):
        return Student.objects.bulk_create(Student(code=f"{name}{n}", given_name=name) for n in range(number))

    # Twelve want five places.
    few = batch("few", 5)
    ended = how_ended(*(lambda s=s: actions.add_student(staff, few, s) for s in students("few", 12)))
    assert ended == {"done": 5, "full": 7}, ended
    assert sizes(few) == [5]

    # The same student, in two batches of a course and twice in one.
    left, right = batch("left", 9), batch("right", 9)
    (one,) = students("one", 1)
    ended = how_ended(*(lambda b=b: actions.add_student(staff, b, one) for b in (left, right, left, right)))
    assert ended["done"] == 1, ended
    assert sum(sizes(left, right)) == 1

    # Moves that cross, and meet in the last place of a third batch.
    a, b, last = batch("a", 6), batch("b", 6, other), batch("last", 1)
    pairs = [(a, b, s) for s in students("a", 4)] + [(b, a, s) for s in students("b", 4)]
    for source, _, student in pairs:
        actions.add_student(staff, source, student)
    ended = how_ended(
        *(lambda p=p: actions.move_student(staff, p[0], p[1], p[2]) for p in pairs),
        *(lambda p=p: actions.move_student(staff, p[0], last, p[2]) for p in pairs),
    )
    assert sum(sizes(a, b, last)) == 8, (ended, sizes(a, b, last))
    assert max(sizes(a, b)) <= 6
    assert sizes(last)[0] <= 1

    # Fifty use a code that ten may use, and one of twenty uses it for the last places of a course.
    def accounts(name, number):
        people = [
            User.objects.create(email=f"{name}{n}@x.test", given_name=name, role=Role.STUDENT) for n in range(number)
        ]
        rows = [Student(code=f"{name}{n}", given_name=name, user=user) for n, user in enumerate(people)]
        Student.objects.bulk_create(rows)
        return people

    chess = Course.objects.create(title="chess", published=True)
    code = EnrollmentCode.objects.create(course=chess, text="ROOK", uses=10)
    ended = how_ended(*(lambda p=p: actions.use_code(p, "rook") for p in accounts("rook", 50)))
    assert ended == {"done": 10, "used_up": 40}, ended
    assert code.enrollments.count() == Enrollment.objects.filter(course=chess).count() == 10
    Course.objects.filter(pk=chess.pk).update(capacity=14)
    EnrollmentCode.objects.create(course=chess, text="BISHOP", uses=99)
    ended = how_ended(*(lambda p=p: actions.use_code(p, "bishop") for p in accounts("bishop", 20)))
    assert ended == {"done": 4, "full": 16}, ended

    # Places are taken away while they are taken.
    shrinking = batch("shrinking", 12)
    ended = how_ended(
        *(lambda s=s: actions.add_student(staff, shrinking, s) for s in students("s", 8)),
        *(lambda: actions.update_batch(staff, shrinking, {"capacity": 4}) for _ in range(4)),
    )
    shrinking.refresh_from_db()
    assert sizes(shrinking)[0] <= shrinking.capacity, (ended, sizes(shrinking), shrinking.capacity)

    # Two make, and two rename to, one name.
    same = lambda: Batch(course=course, name="same", start=START, capacity=1)  # noqa: E731
    ended = how_ended(*(lambda: actions.create_batch(staff, same()) for _ in range(4)))
    assert ended == {"done": 1, "name": 3}, ended
    ended = how_ended(*(lambda b=b: actions.update_batch(staff, b, {"name": "other"}) for b in (left, right)))
    assert ended == {"done": 1, "name": 1}, ended

    # The same field, changed by several who saw the same: one is written. Different fields: all are.
    edited = batch("edited", 5)

    def edit(name, value, seen):
        return lambda: actions.update_batch(staff, edited, {name: value}, {name: seen})

    ended = how_ended(*(edit("capacity", number, 5) for number in range(6, 12)))
    assert ended == {"done": 1, "conflict": 5}, ended
    ended = how_ended(edit("name", "renamed", "edited"), edit("fee", 7, 0), edit("end", START, None))
    assert ended == {"done": 3}, ended
    edited.refresh_from_db()
    assert (edited.name, edited.fee, edited.end) == ("renamed", 7, START)


if __name__ == "__main__":
    race(
        User.objects.create_user("race@homeroom.test", given_name="Rita", role=Role.STAFF),
        Course.objects.create(title="Algebra"),
        Course.objects.create(title="Botany"),
    )
    print("settled")
