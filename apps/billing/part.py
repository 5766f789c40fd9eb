"""What billing knows of a person."""

from typing import Any

from django.db.models import F

from apps.accounts.models import User
from apps.accounts.parts import Part
from apps.billing.models import Invoice, Payment


class BillingPart(Part):
    """Invoices and payments are the academy's books: they stay with the student's record."""

    name = "billing"

    def own_data(self, user: User) -> dict[str, Any]:
        """What one's record was invoiced, and what came in; amounts are decimal numbers as text."""
        invoices = Invoice.objects.filter(student__user=user)
        payments = Payment.objects.filter(student__user=user)
        columns = ("amount", "currency", "method", "received_on", "reference")
        return {
            "invoices": list(invoices.values("number", "description", "amount", "currency", "issued_on", "due_on")),
            "payments": list(payments.values(*columns, taken_back=F("reversal__created"))),
        }
