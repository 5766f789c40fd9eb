"""The list of payments received as its URL asks for it."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse

from apps.billing import policies
from apps.billing.live import CHANNEL
from apps.billing.models import Payment, PaymentMethod
from apps.core.finding import every_word
from apps.core.listing import Column, Filter, Listing, Sort


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
        Column("How"),
        Column("Reference"),
        Column("Recorded by"),
        Column("Amount", "amount", "num"),
    )
    filters = (Filter("method", "How", "Any way", lambda _: PaymentMethod.choices),)

    @property
    def channels(self) -> Sequence[str]:
        """All that concerns money."""
        return (CHANNEL,)

    def visible(self) -> QuerySet[Payment]:
        """Each with its student and who recorded it."""
        payers = policies.payers_visible_to(self.user)
        return Payment.objects.filter(student__in=payers).select_related("student", "recorded_by")

    def search(self, rows: Any, text: str) -> Any:
        """By the student's name and code, and the reference."""
        return rows.filter(
            every_word(text, "student__given_name", "student__family_name", "student__code", "reference")
        )

    @cached_property
    def totals(self) -> list[tuple[str, Any]]:
        """The sum over all pages in each currency."""
        return list(self.found.order_by("currency").values_list("currency").annotate(total=Sum("amount")))

    @property
    def export_url(self) -> str:
        """Where these payments can be had as a file."""
        return self.link(path=reverse("billing:payment_export"))


def export_rows(listing: PaymentList) -> Iterator[Sequence[object]]:
    """All payments that match, the heads of the columns first."""
    yield "Code", "Student", "Received", "How", "Reference", "Recorded by", "Amount", "Currency"
    for payment in listing.matching.iterator(chunk_size=500):
        student, by = payment.student, payment.recorded_by
        yield (
            student.code,
            student.full_name,
            payment.received_on,
            payment.get_method_display(),
            payment.reference,
            by.full_name if by else "",
            payment.amount,
            payment.currency,
        )
