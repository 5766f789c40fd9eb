"""The verbs of billing."""

import uuid
from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from apps.accounts import audit
from apps.accounts.models import User
from apps.billing import live, notices, policies
from apps.billing.models import Invoice, InvoiceSeries, Payment, PaymentMethod, PaymentReversal
from apps.billing.statement import Account, account
from apps.core.academy_calendar import academy_today
from apps.core.formats import money
from apps.core.money import academy_currency
from apps.courses.models import Batch
from apps.students.models import Student

# A year with a digit missing (0202, 0026) is what date fields let through.
EARLIEST = date(2000, 1, 1)


def record_payment(
    actor: User,
    student: Student,
    amount: Decimal,
    currency: str | None = None,
    method: str = PaymentMethod.TRANSFER,
    received_on: date | None = None,
    reference: str = "",
    client_key: uuid.UUID | None = None,
) -> Payment:
    """Record money that came in from a student: no more than is invoiced and open in that currency.

    Recording again with the same `client_key` returns the first payment. `received_on` is a day of the academy's
    calendar, today unless given. Raises PermissionDenied, and ValidationError by field (`amount`, `received_on`).
    """
    _check(policies.can_record(actor))
    payment = Payment(student=student, amount=amount, method=method, reference=reference, recorded_by=actor)
    payment.currency = currency or academy_currency()
    payment.received_on = received_on or academy_today()
    payment.client_key = client_key or uuid.uuid4()
    payment.clean_fields()
    try:
        with transaction.atomic():
            # Whoever records for the same student at the same moment waits here, and then finds the balance reduced.
            student = Student.objects.select_for_update(of=("self",)).get(pk=student.pk)
            if recorded := Payment.objects.filter(client_key=payment.client_key).first():
                return _same(recorded, payment)
            _check_payment(payment, account(student, payment.currency))
            payment.save()
            detail = {"student": student.pk, "amount": f"{amount:.2f}", "currency": payment.currency}
            audit.record(actor, "payment.recorded", payment, **detail)
            notices.payment_received(actor, payment)
            live.dues_changed(student)
    except IntegrityError:
        # The same key at the same moment for another student, whose row has a lock of its own.
        return _same(Payment.objects.get(client_key=payment.client_key), payment)
    return payment


def take_back_payment(actor: User, payment: Payment, reason: str) -> PaymentReversal:
    """Enter that a payment doesn't count: it was recorded by mistake, or the money went back. It stays in the books.

    Raises PermissionDenied, and ValidationError: for the field `reason`, or with the code `already_taken_back`.
    """
    _check(policies.can_record(actor))
    reversal = PaymentReversal(payment=payment, reason=reason.strip(), made_by=actor)
    reversal.clean_fields()
    try:
        with transaction.atomic():
            # The lock that recording takes: what is owed changes in one transaction at a time.
            Student.objects.select_for_update(of=("self",)).get(pk=payment.student_id)
            reversal.save()
            detail = {"student": payment.student_id, "amount": f"{payment.amount:.2f}", "currency": payment.currency}
            audit.record(actor, "payment.taken_back", payment, **detail)
            notices.payment_taken_back(actor, payment)
            live.dues_changed(payment.student)
    except IntegrityError:
        raise ValidationError("This payment was taken back already.", code="already_taken_back") from None
    return reversal


def issue_invoice(
    actor: User,
    student: Student,
    amount: Decimal,
    due_on: date,
    description: str,
    batch: Batch | None = None,
    currency: str | None = None,
    issued_on: date | None = None,
) -> Invoice:
    """Ask a student for an amount, due on a day of the academy's calendar, under the next number of the year.

    The currency is the batch's, or else the academy's, unless given. Raises PermissionDenied, ValidationError by field.
    """
    _check(policies.can_record(actor))
    invoice = Invoice(
        student=student,
        batch=batch,
        amount=amount,
        currency=currency or (batch.currency if batch else academy_currency()),
        due_on=due_on,
        issued_on=issued_on or academy_today(),
        description=description,
    )
    invoice.clean_fields(exclude=["number"])
    with transaction.atomic():
        invoice.number = _next_number(invoice.issued_on.year)
        invoice.save()
        audit.record(actor, "invoice.issued", invoice, number=invoice.number, amount=f"{amount:.2f}")
        live.dues_changed(student)
    return invoice


def correct_invoice(actor: User, invoice: Invoice) -> None:
    """Save what was changed in an invoice; its number stays. Raises PermissionDenied."""
    _check(policies.can_record(actor))
    with transaction.atomic():
        invoice.save()
        detail = {"amount": f"{invoice.amount:.2f}", "currency": invoice.currency, "due_on": str(invoice.due_on)}
        audit.record(actor, "invoice.corrected", invoice, number=invoice.number, **detail)
        live.dues_changed(invoice.student)


def remove_invoice(actor: User, invoice: Invoice) -> None:
    """Take back an invoice; its number is not given out again. Raises PermissionDenied."""
    _check(policies.can_record(actor))
    with transaction.atomic():
        detail = {"student": invoice.student_id, "amount": f"{invoice.amount:.2f}", "currency": invoice.currency}
        audit.record(actor, "invoice.removed", invoice, number=invoice.number, **detail)
        notices.invoice_gone(invoice)
        invoice.delete()
        live.dues_changed(invoice.student)


def _next_number(year: int) -> str:
    """The next invoice number of a year: 2026-00001, 2026-00002 and so on, without holes.

    Invoices are numbered in sequence (in the EU by directive 2006/112/EC, article 226 (2)), and a database's own
    sequence leaves a hole wherever a transaction is rolled back. The counter is a row instead: it is locked until the
    invoice is committed, and rolled back with it. Numbers that came in another way (an import) are passed over.
    """
    InvoiceSeries.objects.get_or_create(year=year)
    series = InvoiceSeries.objects.select_for_update().get(year=year)
    series.last += 1
    if Invoice.objects.filter(number=f"{year}-{series.last:05}").exists():
        taken = Invoice.objects.filter(number__regex=rf"^{year}-[0-9]{{5}}$").aggregate(last=Max("number"))["last"]
        series.last = int(taken.split("-")[1]) + 1
    series.save(update_fields=["last"])
    return f"{year}-{series.last:05}"


def _check(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied("Fees are for admins and staff.")


def _check_payment(payment: Payment, balance: Account) -> None:
    """Raise ValidationError, by field, for what can't be: the day, and money that nobody owes."""
    errors = {"amount": _too_much(payment, balance), "received_on": _no_day(payment.received_on)}
    if errors := {name: error for name, error in errors.items() if error}:
        raise ValidationError(errors)


def _no_day(received_on: date) -> str:
    if received_on > academy_today():
        return "This day is still to come: write when the money came in."
    return f"The year {received_on.year} can't be right." if received_on < EARLIEST else ""


def _too_much(payment: Payment, balance: Account) -> str:
    name, currency = payment.student.given_name, payment.currency
    if balance.owed <= 0:
        return f"{name} owes nothing in {currency} any more."
    if payment.amount <= balance.owed:
        return ""
    owed = f"{name} owes {money(balance.due, currency)}"
    if balance.later:
        owed += f" and {money(balance.later, currency)} that isn't due yet"
    return f"{owed}; {money(payment.amount)} is more than that."


def _same(recorded: Payment, payment: Payment) -> Payment:
    """The payment that a key stands for; raises ValidationError where it comes back otherwise, or too late."""
    if recorded.taken_back:
        raise ValidationError(
            f"What this form recorded ({money(recorded.amount, recorded.currency)}) was taken back. Open it again.",
            code="already_recorded",
        )
    if (recorded.student_id, recorded.currency) != (payment.student_id, payment.currency) or (
        recorded.amount != payment.amount
    ):
        raise ValidationError(
            f"This form already recorded {money(recorded.amount, recorded.currency)}. Open it again to record more.",
            code="already_recorded",
        )
    return recorded
