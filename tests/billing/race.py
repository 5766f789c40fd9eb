"""What the tests run in a process of their own: `python -m tests.billing.race VERB …`."""

import sys
import uuid
from collections.abc import Callable
from decimal import Decimal

import django

django.setup()

from django.core.exceptions import ValidationError  # noqa: E402

from apps.accounts.models import AuditEntry, Role, User  # noqa: E402
from apps.billing import actions  # noqa: E402
from apps.billing.dues import Filter, list_dues, total_dues  # noqa: E402
from apps.billing.models import Payment, PaymentReversal  # noqa: E402
from apps.billing.statement import account  # noqa: E402
from apps.core.academy_calendar import academy_today  # noqa: E402
from apps.courses.models import Batch, Course  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.billing.ledger import invoice, payment  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402


def pay(amount: str, times: str, key: str = "") -> None:
    """A student who owes 300.00; several people record a payment at the same moment. Prints what each heard."""
    clerk, amina = ledger()

    def record() -> str:
        try:
            key_of_form = uuid.UUID(key) if key else None
            paid = actions.record_payment(clerk, amina, Decimal(amount), client_key=key_of_form)
        except ValidationError as error:
            return f"refused {error.messages[0]}"
        return f"recorded {paid.pk}"

    together([record] * int(times))
    print(Payment.objects.count())


def take_back(times: str) -> None:
    """Several people take the same payment back at the same moment. Prints what is heard, counted and owed."""
    clerk, amina = ledger()
    paid = actions.record_payment(clerk, amina, Decimal(100))

    def once() -> str:
        try:
            return f"done {actions.take_back_payment(clerk, paid, 'Slip').reason}"
        except ValidationError as error:
            return f"refused {error.code}"

    together([once] * int(times))
    entries = AuditEntry.objects.filter(verb="payment.taken_back").count()
    print(PaymentReversal.objects.count(), entries, account(amina, "EUR").due)


def issue(times: str) -> None:
    """Several invoices issued at the same moment. Prints their numbers."""
    clerk, amina = ledger()
    together([lambda: actions.issue_invoice(clerk, amina, Decimal(5), academy_today(), "Fee").number] * int(times))


def dues() -> None:
    """Prints the dues of a small ledger."""
    amina = Student.objects.create(code="S1", given_name="Amina")
    bruno = Student.objects.create(code="S2", given_name="bruno")
    course = Course.objects.create(title="Algebra")
    batch = Batch.objects.create(course=course, name="A", start=academy_today(), capacity=9)
    invoice(amina, 100, 10, batch=batch)
    invoice(amina, 200, 100)
    invoice(amina, 300, 40)
    payment(amina, 250)
    for _ in range(3):
        invoice(bruno, "33.33", 91, "USD")
    print(*(f"{total.count} {total.total} {total.currency}" for total in total_dues(Filter())), sep=", ")
    found = {due.student_id for due in list_dues(Filter(Student.objects.search("amina"), batch.pk, 0))}
    for due in list_dues(Filter(), "name"):
        columns = " ".join(map(str, due.buckets))
        print(due.student_id in found, due.currency, due.days, columns, due.total, len(due.batches))


def ledger() -> tuple[User, Student]:
    student = Student.objects.create(code="S1", given_name="Amina")
    invoice(student, 300, 10)
    return User.objects.create_user("clerk@homeroom.test", given_name="Cleo", role=Role.STAFF), student


def together(calls: list[Callable[[], str]]) -> None:
    """Make the calls at the same moment and print what they return."""
    print(*at_once(*calls), sep="\n")


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    globals()[verb](*arguments)
