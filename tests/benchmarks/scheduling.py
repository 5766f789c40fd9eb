"""What the pages of scheduling cost on PostgreSQL: 500 teachers, 20,000 students, a million lessons.

    uv run python -m tests.benchmarks.scheduling [--teachers 500] [--students 20000] [--lessons 1000000] [--rounds 5]

Each teacher gives eight lessons a day, half of them to one student and half to a batch of ten; three quarters of them
are past, with who was there. Prints the median time of each page, its queries, the time of the slowest of them, and
its bytes; at last how long booking a lesson takes. More in `tests.benchmarks.on_postgres`.
"""

import statistics
import time

from tests.benchmarks.on_postgres import Asked, Benchmark, Cost, Size, run

A_DAY = 8
IN_BATCH = 10
LESSONS = """
INSERT INTO scheduling_booking (uid, sequence, subject, teacher_id, batch_id, place, state, reason, rolled, timed_at,
    reminded, day, at, zone, minutes, start, "end", zone_release, created, updated)
SELECT gen_random_uuid(), 0, 'Lesson ' || l.n, (%(teachers)s)[1 + l.t],
       CASE WHEN l.h %% 2 = 0 THEN (%(batches)s)[1 + 2 * l.t + (l.h / 2) %% 2] END, '', 'on', '',
       CASE WHEN l.at < now() THEN l.at END, now() - interval '200 days', 9999,
       (l.at AT TIME ZONE 'UTC')::date, (l.at AT TIME ZONE 'UTC')::time, 'UTC', 50,
       l.at, l.at + interval '50 minutes', %(release)s, now(), now()
FROM (SELECT n, n / %(each)s AS t, n %% %(a_day)s AS h,
             date_trunc('day', now(), 'UTC') - interval '1 day' * (%(each)s / %(a_day)s * 3 / 4)
             + interval '1 day' * ((n %% %(each)s) / %(a_day)s) + interval '1 hour' * (9 + n %% %(a_day)s) AS at
      FROM generate_series(0, %(lessons)s - 1) n) l
"""
CLAIMS = """
INSERT INTO scheduling_claim (resource, start, "end", booking_id)
SELECT 'user-' || teacher_id, start, "end", id FROM scheduling_booking WHERE start > now() - interval '7 days'
"""
ATTENDEES = """
INSERT INTO scheduling_attendee (booking_id, student_id)
SELECT b.id,
       (%(students)s)[1 + %(per)s * (array_position(%(teachers)s, b.teacher_id) - 1) + 20 + b.id %% (%(per)s - 20)]
FROM scheduling_booking b WHERE b.batch_id IS NULL;
INSERT INTO scheduling_attendee (booking_id, student_id)
SELECT b.id, e.student_id FROM scheduling_booking b JOIN courses_enrollment e ON e.batch_id = b.batch_id
WHERE b.rolled IS NOT NULL;
INSERT INTO scheduling_attendance (booking_id, student_id, state, note, marked_at)
SELECT a.booking_id, a.student_id, (ARRAY['present', 'present', 'late', 'absent'])[1 + a.id %% 4], '', now()
FROM scheduling_attendee a JOIN scheduling_booking b ON b.id = a.booking_id
WHERE b.start < now() AND a.id %% 50 > 0
"""


def fill(teachers: int, students: int, lessons: int) -> None:
    """Make all of it."""
    from django.db import connection

    from apps.accounts.models import Role, User
    from apps.core.academy_calendar import academy_today
    from apps.courses.models import Batch, Course, Enrollment
    from apps.scheduling.wall_time import release
    from apps.students.models import Student

    User.objects.create(email="s@homeroom.test", given_name="Sam", role=Role.STAFF)
    taught = User.objects.bulk_create(
        User(email=f"t{n}@homeroom.test", given_name=f"Teacher {n}", role=Role.TEACHER) for n in range(teachers)
    )
    people = User.objects.bulk_create(
        User(email=f"m{n}@homeroom.test", given_name=f"Member {n}", role=Role.STUDENT) for n in range(students)
    )
    learners = Student.objects.bulk_create(
        Student(code=f"S{n}", given_name=user.given_name, user=user) for n, user in enumerate(people)
    )
    course, per = Course.objects.create(title="Algebra", published=True), students // teachers
    batches = Batch.objects.bulk_create(
        Batch(course=course, teacher=each, name=f"{each.pk} {n}", start=academy_today(), capacity=IN_BATCH, fee=0)
        for each in taught
        for n in range(2)
    )
    # The first twenty students of each teacher are in the two batches.
    inside = ((batches[2 * t + n // IN_BATCH], learners[per * t + n]) for t in range(teachers) for n in range(20))
    Enrollment.objects.bulk_create(
        (Enrollment(student=student, course=course, batch=batch) for batch, student in inside), batch_size=5_000
    )
    each = lessons // teachers // A_DAY * A_DAY
    what = {"teachers": [user.pk for user in taught], "batches": [batch.pk for batch in batches], "per": per}
    what |= {"students": [student.pk for student in learners], "a_day": A_DAY, "each": each}
    what |= {"lessons": each * teachers, "release": release()}
    with connection.cursor() as cursor:
        for statement in (LESSONS, CLAIMS, ATTENDEES):
            cursor.execute(statement, what)
        cursor.execute("VACUUM ANALYZE")


def pages() -> list[Asked]:
    """Each page as the one who needs it asks for it."""
    from apps.accounts.models import Role, User
    from apps.scheduling.actions import create_feed
    from apps.scheduling.models import Booking

    staff, teacher = User.objects.get(role=Role.STAFF), User.objects.get(email="t0@homeroom.test")
    student = User.objects.get(email="m0@homeroom.test")
    coming = Booking.objects.filter(teacher=teacher, batch__isnull=False, rolled=None).order_by("start").first()
    assert coming
    feeds = {who: create_feed(who, busy_only=False)[1] for who in (teacher, student)}
    return [
        Asked("week of a student", student, "/calendar/"),
        Asked("week of a teacher", teacher, "/calendar/"),
        Asked("month of a teacher", teacher, "/calendar/?view=month"),
        Asked("week of the academy", staff, "/calendar/"),
        Asked("day of the academy", staff, "/calendar/?view=day"),
        Asked("a teacher's week, staff", staff, f"/calendar/?teacher={teacher.pk}"),
        Asked("a lesson", teacher, coming.get_absolute_url()),
        Asked("attendance of a teacher", teacher, "/attendance/"),
        Asked("attendance of the academy", staff, "/attendance/"),
        Asked("rates of a teacher", teacher, "/attendance/rates/"),
        Asked("rates of the academy", staff, "/attendance/rates/?period=all"),
        Asked("Today of a student", student, "/"),
        Asked("Today of a teacher", teacher, "/"),
        Asked("Today of staff", staff, "/"),
        Asked("feed of a teacher", teacher, f"/feeds/{feeds[teacher]}.ics"),
        Asked("feed of a student", student, f"/feeds/{feeds[student]}.ics"),
    ]


def bookings(rounds: int) -> list[Cost]:
    """A lesson for one student, from the form to its answer."""
    from datetime import timedelta

    from django.test import Client
    from django.utils import timezone

    from apps.accounts.models import Role, User

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(role=Role.STAFF))
    teacher, times = User.objects.get(email="t0@homeroom.test"), []
    for number in range(rounds + 1):
        day = (timezone.now() + timedelta(days=3 + number)).date().isoformat()
        sent = {"subject": "Late", "teacher": teacher.pk, "students": "S30", "day": day, "at": "21:00", "minutes": "60"}
        began = time.perf_counter()
        response = client.post("/bookings/", sent | {"zone": "UTC"}, secure=True)
        times.append((time.perf_counter() - began) * 1_000)
        assert response.status_code == 302, response.content[:300]
    return [Cost("a booking", statistics.median(times[1:]), 0, 0, len(response.content))]


SIZES = (
    Size("teachers", 500, "who give lessons"),
    Size("students", 20_000, "who take them; more than 20 for each teacher"),
    Size("lessons", 1_000_000, "spread evenly over the teachers' days"),
)

if __name__ == "__main__":
    run(Benchmark("tests.benchmarks.scheduling", __doc__ or "", SIZES, fill, pages, bookings))
