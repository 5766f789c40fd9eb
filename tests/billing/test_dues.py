"""Who owes what and since when, as the database works it out."""

import random
from decimal import Decimal

import pytest

from apps.billing.dues import Filter, list_dues, total_dues
from apps.billing.models import Invoice, Payment
from apps.billing.statement import accounts
from apps.students.models import Student
from tests.factories import days_ago, invoice, payment

D = Decimal


def due_of(student, currency="EUR"):
    return next((d for d in list_dues(Filter()) if (d.student_id, d.currency) == (student.pk, currency)), None)


@pytest.mark.parametrize(("age", "bucket"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (400, 3)])
def test_an_invoice_stands_in_the_column_of_its_age(cast, age, bucket):
    invoice(cast.amina, 300, age)
    due = due_of(cast.amina)
    assert due.oldest == days_ago(age)
    assert due.days == age
    assert [column for column, amount in enumerate(due.buckets) if amount] == [bucket]
    assert due.buckets[bucket] == due.total == D("300.00")


def test_what_is_due_tomorrow_is_not_pending(cast):
    invoice(cast.amina, 300, -1)
    assert list_dues(Filter()) == []
    assert total_dues(Filter()) == []


def test_a_payment_settles_the_oldest_first(cast):
    invoice(cast.amina, 100, 10)
    invoice(cast.amina, 200, 100)
    invoice(cast.amina, 300, 40)
    payment(cast.amina, 250)
    due = due_of(cast.amina)
    assert due.oldest == days_ago(40)
    assert due.buckets == (D(100), D(250), D(0), D(0))
    assert due.total == D(350)


def test_a_payment_may_end_within_any_invoice(cast):
    for _ in range(3):
        invoice(cast.amina, "33.33", 50)
    payment(cast.amina, "33.34")
    assert due_of(cast.amina).total == D("66.65")
    payment(cast.amina, "66.64")
    assert due_of(cast.amina).total == D("0.01")
    payment(cast.amina, "0.01")
    assert due_of(cast.amina) is None


def test_money_that_came_early_counts_once_it_is_due(cast):
    payment(cast.amina, 100)
    invoice(cast.amina, 300, 0)
    invoice(cast.amina, 300, -5)
    assert due_of(cast.amina).total == D(200)


def test_currencies_are_kept_apart(cast):
    invoice(cast.amina, 300, 5)
    invoice(cast.amina, 500, 70, currency="USD")
    payment(cast.amina, 300)
    assert due_of(cast.amina) is None
    assert due_of(cast.amina, "USD").total == D(500)
    invoice(cast.bruno, 40, 5)
    assert [(t.currency, t.count, t.total) for t in total_dues(Filter())] == [("EUR", 1, D(40)), ("USD", 1, D(500))]


def test_many_small_amounts_add_up_to_the_cent(cast):
    for student, amount, count in ((cast.amina, "0.10", 1000), (cast.bruno, "33.33", 301), (cast.chloe, "0.07", 777)):
        Invoice.objects.bulk_create(
            Invoice(
                student=student,
                number=f"S{student.pk}-{n}",
                description="Fee",
                amount=D(amount),
                due_on=days_ago(n % 120),
            )
            for n in range(count)
        )
        Payment.objects.bulk_create(Payment(student=student, amount=D("0.01")) for _ in range(9))
        assert due_of(student).total == D(amount) * count - D("0.09")


def test_rows_columns_and_the_grand_total_add_up_and_agree_with_each_statement(cast):
    chance = random.Random(7)
    students = Student.objects.bulk_create(Student(code=f"R{n}", given_name=f"Rita {n}") for n in range(40))
    cents = lambda most: D(chance.randint(1, most)) / 100  # noqa: E731
    for student in students:
        for _ in range(chance.randint(0, 5)):
            invoice(student, cents(50_000), chance.randint(-20, 130), chance.choice(["EUR", "USD"]))
        for _ in range(chance.randint(0, 3)):
            payment(student, cents(40_000), chance.choice(["EUR", "USD"]))
    rows = list_dues(Filter(), limit=1000)
    for row in rows:
        assert sum(row.buckets) == row.total > 0
    for total in total_dues(Filter()):
        mine = [row for row in rows if row.currency == total.currency]
        assert total.count == len(mine)
        assert total.buckets == tuple(map(sum, zip(*(row.buckets for row in mine), strict=True)))
        assert total.total == sum(total.buckets) == sum(row.total for row in mine)
    found = {(row.student_id, row.currency): (row.total, row.oldest) for row in rows}
    expected = {
        (student.pk, a.currency): (a.due, min(line.invoice.due_on for line in a.lines if line.open))
        for student in students
        for a in accounts(student)
        if a.due
    }
    assert found == expected


def test_a_page_of_rows_and_the_totals_take_one_query_each(cast, django_assert_num_queries):
    invoice(cast.amina, 300, 5)
    with django_assert_num_queries(1):
        list_dues(Filter(Student.objects.search("amina"), cast.batch.pk, 0))
    with django_assert_num_queries(1):
        total_dues(Filter(Student.objects.search("amina"), cast.batch.pk, 0))


def test_a_batch_has_the_dues_of_its_students_and_of_its_invoices(cast):
    invoice(cast.amina, 10, 5)
    invoice(cast.chloe, 20, 5)
    invoice(cast.chloe, 30, 4, batch=cast.batch)
    assert {d.student_id for d in list_dues(Filter(batch=cast.batch.pk))} == {cast.amina.pk, cast.chloe.pk}
    assert {d.student_id for d in list_dues(Filter(batch=cast.batch2.pk))} == {cast.chloe.pk}
    payment(cast.chloe, 50)
    assert {d.student_id for d in list_dues(Filter(batch=cast.batch.pk))} == {cast.amina.pk}
    assert due_of(cast.amina).batches == frozenset()
    invoice(cast.chloe, 5, 0, batch=cast.batch)
    assert due_of(cast.chloe).batches == {cast.batch.pk}


def test_an_ageing_column_has_those_with_something_open_in_it(cast):
    invoice(cast.amina, 10, 5)
    invoice(cast.amina, 10, 95)
    invoice(cast.bruno, 10, 95)
    assert {d.student_id for d in list_dues(Filter(bucket=0))} == {cast.amina.pk}
    assert {d.student_id for d in list_dues(Filter(bucket=3))} == {cast.amina.pk, cast.bruno.pk}
    payment(cast.bruno, 10)
    assert {d.student_id for d in list_dues(Filter(bucket=3))} == {cast.amina.pk}
    assert list_dues(Filter(bucket=1)) == []


@pytest.mark.parametrize(
    ("sort", "descending", "order"),
    [
        ("name", False, "amina bruno chloe"),
        ("name", True, "chloe bruno amina"),
        ("oldest", False, "bruno amina chloe"),
        ("total", True, "chloe amina bruno"),
    ],
)
def test_dues_come_in_the_order_asked_for(cast, sort, descending, order):
    invoice(cast.amina, 200, 50)
    invoice(cast.bruno, 100, 90)
    invoice(cast.chloe, 300, 10)
    students = [getattr(cast, name).pk for name in order.split()]
    assert [d.student_id for d in list_dues(Filter(), sort, descending)] == students
    assert [d.student_id for d in list_dues(Filter(), sort, descending, limit=1, start=1)] == students[1:2]
