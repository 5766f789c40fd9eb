"""The kinds of notifications that billing owns: money came in, or is due. They go to the student whose it is."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import batched

from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.billing.models import Invoice, Payment
from apps.billing.statement import open_invoices
from apps.core.academy_calendar import academy_now
from apps.core.formats import day, money
from apps.notifications.events import notify, notify_all, withdraw
from apps.notifications.models import Event, Notification
from apps.notifications.notification_types import Found, NotificationType, looked_up

BATCH = 500
# From this hour on the academy's clock: nobody is reminded of money at night.
REMIND_FROM_HOUR = 9
# Whom a reminder didn't reach on the day itself (nothing ran) it reaches for a week.
REMIND_DAYS = 7


def payment_received(actor: User, payment: Payment) -> None:
    """Tell the student, if they have an account."""
    if payment.student.user_id:
        title = f"Payment received: {money(payment.amount, payment.currency)}"
        notify("payment", f"payment-{payment.pk}", title, actor=actor, thing=payment, to=[payment.student.user_id])


def payment_taken_back(actor: User, payment: Payment) -> None:
    """It counts no longer: a student who was told that it arrived is told of this too, others of neither."""
    key, student = f"payment-{payment.pk}", payment.student.user_id
    if student and Notification.objects.filter(event=key, recipient=student).exists():
        title = f"Payment taken back: {money(payment.amount, payment.currency)}"
        notify("payment", f"{key}-taken-back", title, actor=actor, thing=payment, to=[student])
    Event.objects.filter(key=key).delete()  # Nobody is told of it any more.
    withdraw(key)


def invoice_gone(invoice: Invoice) -> None:
    """It is owed no more."""
    withdraw(f"due-{invoice.pk}")


def remind() -> int:
    """Tell students of what falls due today and is open, once for each invoice; how many were told of."""
    now = academy_now()
    if now.hour < REMIND_FROM_HOUR:
        return 0
    today = now.date()
    due = Invoice.objects.filter(due_on__gt=today - timedelta(days=REMIND_DAYS), due_on__lte=today)
    ids = list(due.filter(student__user__is_active=True).order_by("pk").values_list("pk", flat=True))
    return sum(_remind(some) for some in batched(ids, BATCH))


@transaction.atomic
def _remind(ids: Sequence[int]) -> int:
    told = set(Event.objects.filter(key__in=[f"due-{pk}" for pk in ids]).values_list("key", flat=True))
    fresh = Invoice.objects.filter(pk__in=[pk for pk in ids if f"due-{pk}" not in told]).select_related("student")
    rows = []
    for invoice, left in _still_open(list(fresh)):
        row = Event(key=f"due-{invoice.pk}", kind="due", thing=invoice.pk, people=[invoice.student.user_id])
        row.title = f"Payment due: {money(left, invoice.currency)}"
        rows.append(row)
    notify_all(rows)
    return len(rows)


def _still_open(invoices: Sequence[Invoice]) -> Iterator[tuple[Invoice, Decimal]]:
    """Those of which something is still to be paid, and how much; two queries."""
    left = open_invoices({invoice.student_id for invoice in invoices})
    return ((invoice, left[invoice.pk]) for invoice in invoices if invoice.pk in left)


def _fees(student_id: int) -> str:
    return reverse("billing:student_dues", args=[student_id])


def _payments(user: User | None, ids: list[int]) -> dict[int, Payment]:
    rows = Payment.objects.filter(student__user=user) if user else Payment.objects.all()
    return rows.select_related("reversal").in_bulk(ids)


def _payment(payment: Payment, _: User | None) -> Found:
    more = {"amount": money(payment.amount, payment.currency), "taken_back": bool(payment.taken_back)}
    return Found(_fees(payment.student_id), more=more)


def _due(user: User | None, ids: list[int]) -> dict[int, tuple[Invoice, Decimal]]:
    """What was paid since is due no more."""
    rows = Invoice.objects.filter(student__user=user) if user else Invoice.objects.all()
    return {invoice.pk: (invoice, left) for invoice, left in _still_open(list(rows.filter(pk__in=ids)))}


def _invoice(due: tuple[Invoice, Decimal], _: User | None) -> Found:
    invoice, left = due
    more = {"amount": money(left, invoice.currency), "day": day(invoice.due_on)}
    return Found(_fees(invoice.student_id), invoice.description, more=more)


_find_payments, _show_payment = looked_up(_payments, _payment)
_find_due, _show_due = looked_up(_due, _invoice)

PAYMENT = NotificationType(
    name="payment",
    order=40,
    label="Payments received",
    about="The academy has your money, or took back what it had recorded by mistake.",
    why="It is about your fees.",
    icon="wallet",
    template="billing/notices/payment.html",
    find=_find_payments,
    show=_show_payment,
    roles=frozenset({Role.STUDENT}),
)
DUE = NotificationType(
    name="due",
    order=40,
    label="Payments due",
    about="Something is to be paid today.",
    why="It is about your fees.",
    icon="calendar",
    template="billing/notices/due.html",
    find=_find_due,
    show=_show_due,
    roles=frozenset({Role.STUDENT}),
)
