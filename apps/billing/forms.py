"""What comes in."""

import uuid
from typing import Any

from django import forms

from apps.billing.amounts import AmountField
from apps.billing.models import Payment, PaymentMethod, PaymentReversal
from apps.billing.statement import Account
from apps.core.academy_calendar import academy_today
from apps.core.formats import plain


class PaymentForm(forms.Form):
    """Money that came in, towards one account. The prefix of its ids is the account's, since several may be open."""

    amount = AmountField(error_messages={"required": "Write how much came in."})
    method = forms.ChoiceField(
        choices=PaymentMethod.choices,
        initial=PaymentMethod.TRANSFER,
        error_messages={"required": "Say how it came in.", "invalid_choice": "Choose how it came in."},
    )
    received_on = forms.DateField(
        label="Received on",
        input_formats=["%Y-%m-%d"],
        error_messages={"required": "Write when it came in.", "invalid": "Write the day like 2026-08-12."},
    )
    reference = forms.CharField(required=False, max_length=Payment._meta.get_field("reference").max_length)
    client_key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"invalid": "This form is broken. Open it again."}
    )

    def __init__(self, data: Any = None, *, account: Account, student_id: int) -> None:
        super().__init__(data, auto_id=f"student-{student_id}-{account.currency.lower()}-%s")
        today = academy_today()
        self.initial = {
            "amount": plain(account.due or account.owed),
            "received_on": today,
            "client_key": uuid.uuid4(),
        }
        amount, day, reference = self.fields["amount"], self.fields["received_on"], self.fields["reference"]
        assert isinstance(amount, AmountField)
        amount.currency = account.currency
        amount.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        day.widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "max": today.isoformat()})
        reference.widget.attrs |= {"autocomplete": "off", "placeholder": "Optional"}

    def focus(self) -> None:
        """Have the cursor start where something is wrong, or else in the amount."""
        name = next((name for name in self.fields if name in self.errors), "amount")
        self.fields[name].widget.attrs["autofocus"] = True


class ReversalForm(forms.Form):
    """Why a payment doesn't count. The prefix of its id is the payment's."""

    reason = forms.CharField(
        max_length=PaymentReversal._meta.get_field("reason").max_length,
        error_messages={"required": "Say why it is taken back."},
    )

    def __init__(self, data: Any = None, *, payment: Payment) -> None:
        super().__init__(data, auto_id=f"payment-{payment.pk}-%s")
        placeholder = "Recorded twice, wrong student, bounced …"
        self.fields["reason"].widget.attrs |= {"autofocus": True, "autocomplete": "off", "placeholder": placeholder}
