"""Invoices and payments for tests, made as the database would find them."""

import datetime
import itertools
from decimal import Decimal

from apps.billing.models import Invoice, Payment
from apps.core.academy_calendar import academy_today
from apps.courses.models import Batch
from apps.students.models import Student

_numbers = itertools.count(1)


def days_ago(days: int) -> datetime.date:
    return academy_today() - datetime.timedelta(days=days)


def invoice(
    student: Student, amount: str | Decimal, age: int = 0, currency: str = "EUR", batch: Batch | None = None
) -> Invoice:
    """An invoice that fell due `age` days ago (in the future if negative)."""
    return Invoice.objects.create(
        student=student,
        batch=batch,
        number=f"T-{next(_numbers)}",
        description="Fee",
        amount=Decimal(amount),
        currency=currency,
        due_on=days_ago(age),
    )


def payment(student: Student, amount: str | Decimal, currency: str = "EUR") -> Payment:
    return Payment.objects.create(student=student, amount=Decimal(amount), currency=currency)


def many(count: int, per_student: int = 1) -> list[Student]:
    """Students who owe something each."""
    first = Student.objects.count() + 1
    students = Student.objects.bulk_create(
        Student(code=f"M{number:05}", given_name=f"Mona {number}", family_name="Many")
        for number in range(first, first + count)
    )
    Invoice.objects.bulk_create(
        Invoice(
            student=student,
            number=f"T-{next(_numbers)}",
            description="Fee",
            amount=Decimal("33.33"),
            due_on=days_ago(number % 120),
        )
        for number, student in enumerate(students)
        for _ in range(per_student)
    )
    return students
