"""One student's account: what was invoiced, what came in, what is open."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.billing.models import Invoice, Payment
from apps.core.academy_calendar import academy_today
from apps.students.models import Student


@dataclass(frozen=True)
class Line:
    """An invoice and what is still open of it; `days` since it fell due, negative until then."""

    invoice: Invoice
    open: Decimal
    days: int


@dataclass(frozen=True)
class Account:
    """All of one student in one currency, the oldest invoice first, the newest payment first.

    `payments` has those that were taken back too; they count for nothing.
    """

    currency: str
    lines: list[Line]
    payments: list[Payment]

    @property
    def due(self) -> Decimal:
        """Open and fallen due: what the list of pending payments shows."""
        return sum((line.open for line in self.lines if line.days >= 0), Decimal(0))

    @property
    def later(self) -> Decimal:
        """Invoiced and open, but not due yet."""
        return sum((line.open for line in self.lines if line.days < 0), Decimal(0))

    @property
    def owed(self) -> Decimal:
        """All that is open: as much as can be paid."""
        return self.due + self.later

    @property
    def credit(self) -> Decimal:
        """What came in beyond all invoices."""
        return _counted(self.payments) - sum((line.invoice.amount - line.open for line in self.lines), Decimal(0))

    @property
    def last_due(self) -> date | None:
        """When the last of it will have fallen due."""
        return self.lines[-1].invoice.due_on if self.lines else None


def accounts(student: Student) -> list[Account]:
    """The student's accounts, one a currency; two queries."""
    invoices: defaultdict[str, list[Invoice]] = defaultdict(list)
    payments: defaultdict[str, list[Payment]] = defaultdict(list)
    for invoice in Invoice.objects.filter(student=student).select_related("batch").order_by("due_on", "pk"):
        invoices[invoice.currency].append(invoice)
    for payment in Payment.objects.filter(student=student).select_related("recorded_by", "reversal__made_by"):
        payments[payment.currency].append(payment)
    return [_account(name, invoices[name], payments[name]) for name in sorted({*invoices, *payments})]


def account(student: Student, currency: str) -> Account:
    """The student's account in one currency, empty if there is nothing in it."""
    return _account(
        currency,
        Invoice.objects.filter(student=student, currency=currency).order_by("due_on", "pk"),
        Payment.objects.filter(student=student, currency=currency).select_related("reversal"),
    )


def _account(currency: str, invoices: Iterable[Invoice], payments: Iterable[Payment]) -> Account:
    """Let the payments settle the invoices, longest due first (dues.py does the same for all students at once)."""
    payments = list(payments)
    left = _counted(payments)
    today = academy_today()
    lines = []
    for invoice in invoices:
        settled = min(left, invoice.amount)
        left -= settled
        lines.append(Line(invoice, invoice.amount - settled, (today - invoice.due_on).days))
    return Account(currency, lines, payments)


def open_invoices(student_ids: Collection[int]) -> dict[int, Decimal]:
    """What is open of each invoice of these students, by its id; two queries, and none that is paid is in it."""
    invoices: defaultdict[tuple[int, str], list[Invoice]] = defaultdict(list)
    payments: defaultdict[tuple[int, str], list[Payment]] = defaultdict(list)
    for invoice in Invoice.objects.filter(student__in=student_ids).order_by("due_on", "pk"):
        invoices[invoice.student_id, invoice.currency].append(invoice)
    for payment in Payment.objects.filter(student__in=student_ids).select_related("reversal"):
        payments[payment.student_id, payment.currency].append(payment)
    found = (_account(of[1], rows, payments[of]) for of, rows in invoices.items())
    return {line.invoice.pk: line.open for account in found for line in account.lines if line.open}


def _counted(payments: Iterable[Payment]) -> Decimal:
    """The sum of those that weren't taken back."""
    return sum((payment.amount for payment in payments if not payment.taken_back), Decimal(0))
