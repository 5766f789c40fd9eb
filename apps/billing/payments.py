"""The list of payments received as its URL asks for it."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse

from apps.billing import policies
from apps.billing.live import CHANNEL
from apps.billing.models import Payment, PaymentMethod, PaymentReversal
from apps.core.academy_calendar import academy_day
from apps.core.finding import every_word
from apps.core.listing import Column, Filter, Listing, Sort

STATES = (("counted", "Counted"), ("taken-back", "Taken back"))
IN_STATE: dict[str, dict[str, Any]] = {"counted": {"reversal": None}, "taken-back": {"reversal__isnull": False}}


class PaymentList(Listing[Payment]):
    """What came in, from the students whose fees `user` may see."""

    route = "billing:payment_list"
    one, many = "payment", "payments"
    placeholder = "Name, code or reference"
    sorts = {
        "received": Sort("Received last", ("-received_on", "-pk"), "Received first", falls=True),
        "student": Sort("Student", ("student__given_name", "student__family_name", "student_id", "-pk")),
        "amount": Sort("Most first", ("-amount", "-pk"), "Least first", falls=True),
    }
    columns = (
        Column("Student", "student"),
        Column("Received", "received"),
        Column("Method"),
        Column("Reference"),
        Column("Recorded by"),
        Column("Amount", "amount", "num"),
        Column("Actions", hidden=True),
    )
    filters = (
        Filter("method", "Method", "Any method", lambda _: PaymentMethod.choices),
        Filter("state", "State", "Any state", lambda _: STATES, lambda rows, state: rows.filter(**IN_STATE[state])),
    )

    @property
    def channels(self) -> Sequence[str]:
        """All that concerns money."""
        return (CHANNEL,)

    def visible(self) -> QuerySet[Payment]:
        """Each with its student and who recorded it."""
        payers = policies.payers_visible_to(self.user)
        return Payment.objects.filter(student__in=payers).select_related("student", "recorded_by", "reversal__made_by")

    def search(self, rows: Any, text: str) -> Any:
        """By the student's name and code, and the reference."""
        return rows.filter(
            every_word(text, "student__given_name", "student__family_name", "student__code", "reference")
        )

    @cached_property
    def totals(self) -> list[tuple[str, Any]]:
        """The sum over all pages in each currency, of what counts."""
        return list(self.found.counted().order_by("currency").values_list("currency").annotate(total=Sum("amount")))

    @property
    def export_url(self) -> str:
        """Where these payments can be had as a file."""
        return self.link(path=reverse("billing:payment_export"))


def export_rows(listing: PaymentList) -> Iterator[Sequence[object]]:
    """All payments that match, the heads of the columns first.

    One that was taken back is followed by its counter-entry, so that the amounts add up to what the list says.
    """
    yield (
        "Code",
        "Student",
        "Received",
        "Method",
        "Reference",
        "Recorded by",
        "Amount",
        "Currency",
        "Taken back",
        "Reason",
    )
    for payment in listing.matching.iterator(chunk_size=500):
        yield _export_row(payment)
        if payment.taken_back:
            yield _counter_entry(payment, payment.taken_back)


def _export_row(payment: Payment) -> Sequence[object]:
    student, by, reversal = payment.student, payment.recorded_by, payment.taken_back
    return (
        student.code,
        student.full_name,
        payment.received_on,
        payment.get_method_display(),
        payment.reference,
        by.full_name if by else "",
        payment.amount,
        payment.currency,
        academy_day(reversal.created) if reversal else "",
        reversal.reason if reversal else "",
    )


def _counter_entry(payment: Payment, reversal: PaymentReversal) -> Sequence[object]:
    code, name, _, _, reference, _, _, currency, taken_back, reason = _export_row(payment)
    by = reversal.made_by.full_name if reversal.made_by else ""
    return code, name, taken_back, "Taken back", reference, by, -payment.amount, currency, taken_back, reason
