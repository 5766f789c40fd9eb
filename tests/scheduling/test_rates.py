"""How often students were there: per student, batch and period, on the page and as a file, equal to a plain count."""

import csv
import io
import random

from apps.scheduling.attendance_rates import Scope, rates
from apps.scheduling.models import Presence
from tests import factories

HEADS = ["Code", "Student", "Present", "Late", "Absent", "Excused", "Not marked", "Rate in %"]


def mark(cast, student, state, days=-2, teacher=None, **lesson):
    booking = factories.booking(days=days, teacher=teacher or cast.teacher, students=[student], **lesson)
    if state:
        factories.attendance(booking=booking, student=student, state=state)
    return booking


def test_rates_equal_a_plain_count(cast):
    chance = random.Random(7)
    seen = []
    for _ in range(60):
        student, state = chance.choice([cast.amina, cast.bruno]), chance.choice([*Presence.values, ""])
        mark(cast, student, state, days=-chance.randint(1, 20))
        seen.append((student, state))
    for rate in rates([cast.amina, cast.bruno], Scope(cast.teacher)):
        counts = [sum(each == (rate.student, state) for each in seen) for state in (*Presence.values, "")]
        assert [rate.present, rate.late, rate.absent, rate.excused, rate.unmarked] == counts
        came, of = counts[0] + counts[1], sum(counts[:3])
        assert rate.percent == round(100 * came / of)


def test_lessons_to_come_called_off_or_of_others_do_not_count(cast):
    mark(cast, cast.amina, "", days=3)
    off = mark(cast, cast.amina, "absent")
    type(off).objects.filter(pk=off.pk).update(state="called_off", called_off_at=off.start)
    mark(cast, cast.amina, "absent", teacher=cast.teacher2)
    (own,) = rates([cast.amina], Scope(cast.teacher))
    assert own[1:] == (0, 0, 0, 0, 0)
    assert own.percent is None
    (of_all,) = rates([cast.amina], Scope(cast.staff))
    assert of_all.absent == 1


def test_a_batch_and_a_period_narrow_what_counts(cast, client_for):
    mark(cast, cast.amina, "present", batch=cast.batch)
    mark(cast, cast.amina, "absent")
    mark(cast, cast.amina, "late", days=-60)
    client = client_for(cast.teacher)

    def rate(query):
        listing = client.get(f"/attendance/rates/{query}").context["listing"]
        return next(row[1:] for row in listing.rows if row.student == cast.amina)

    assert rate("") == (1, 0, 1, 0, 0)
    assert rate(f"?batch={cast.batch.pk}") == (1, 0, 0, 0, 0)
    assert rate("?period=90") == (1, 1, 1, 0, 0)


def test_the_file_holds_what_the_list_shows(cast, client_for):
    mark(cast, cast.amina, "present")
    mark(cast, cast.amina, "absent")
    answer = client_for(cast.staff).get("/attendance/rates/export/")
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[0] == HEADS
    assert [cast.amina.code, cast.amina.full_name, "1", "0", "1", "0", "0", "50"] in rows
    assert client_for(cast.teacher).get("/attendance/rates/export/").status_code == 404


def test_the_list_takes_the_same_queries_for_many_marks(cast, client_for, query_count):
    client = client_for(cast.teacher)
    few = query_count(lambda: client.get("/attendance/rates/"))
    for _ in range(20):
        mark(cast, cast.amina, "present")
    assert query_count(lambda: client.get("/attendance/rates/")) == few <= 15
