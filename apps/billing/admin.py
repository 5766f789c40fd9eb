"""Invoices and payments."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.administration import ActionAdmin, ReadOnlyAdmin, adopt
from apps.accounts.people import signed_in
from apps.billing import actions, live
from apps.billing.models import Invoice, InvoiceSeries, Payment, PaymentReversal


@admin.register(Invoice)
class InvoiceAdmin(ActionAdmin[Invoice]):
    """What students owe. Numbers are given out in sequence, not typed."""

    list_display = ("number", "student", "batch", "description", "amount", "currency", "issued_on", "due_on")
    list_filter = ("currency", "due_on", ("batch", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("student", "batch")
    search_fields = ("number", "description", "student__code", "student__given_name", "student__family_name")
    autocomplete_fields = ("student", "batch")
    date_hierarchy = "due_on"
    ordering = ("-due_on", "-pk")
    fields = (
        "number",
        "student",
        "batch",
        "description",
        ("amount", "currency"),
        ("issued_on", "due_on"),
        "created",
        "updated",
    )
    readonly_fields = ("number", "created", "updated")

    def get_readonly_fields(self, request: HttpRequest, obj: Invoice | None = None) -> Any:
        """An invoice stays its student's."""
        return (*self.readonly_fields, "student") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Invoice, form: forms.ModelForm[Invoice], change: bool) -> None:
        """Issue it, or correct it."""
        if change:
            actions.correct_invoice(signed_in(request), obj)
        else:
            adopt(obj, actions.issue_invoice(signed_in(request), **form.cleaned_data))

    def delete_model(self, request: HttpRequest, obj: Invoice) -> None:
        """Take back an invoice; its number is not given out again."""
        actions.remove_invoice(signed_in(request), obj)


@admin.register(Payment)
class PaymentAdmin(ActionAdmin[Payment]):
    """What came in. How much, and from whom, is not changed afterwards: it is taken back on the payments page."""

    list_display = ("received_on", "student", "amount", "currency", "method", "reference", "recorded_by")
    list_filter = ("method", "currency", "received_on")
    list_select_related = ("student", "recorded_by")
    search_fields = ("reference", "student__code", "student__given_name", "student__family_name")
    autocomplete_fields = ("student",)
    date_hierarchy = "received_on"
    ordering = ("-received_on", "-pk")
    fields = ("student", ("amount", "currency"), "method", "received_on", "reference", "recorded_by", "created")
    readonly_fields = ("recorded_by", "created")

    def has_delete_permission(self, request: HttpRequest, obj: Payment | None = None) -> bool:
        """Never: it is taken back among the payments, with a reason, and stays in the books."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Payment | None = None) -> Any:
        """What decides who owes how much is settled."""
        return (*self.readonly_fields, "student", "amount", "currency") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Payment, form: forms.ModelForm[Payment], change: bool) -> None:
        """Record it, or put right how and when it came."""
        if change:
            super().save_model(request, obj, form, change)
            live.dues_changed(obj.student)
        else:
            adopt(obj, actions.record_payment(signed_in(request), client_key=obj.client_key, **form.cleaned_data))


@admin.register(PaymentReversal)
class PaymentReversalAdmin(ReadOnlyAdmin[PaymentReversal]):
    """What was taken back, by whom and why."""

    list_display = ("payment", "reason", "made_by", "created")
    list_select_related = ("payment__student", "made_by")
    search_fields = ("reason", "payment__student__code", "payment__student__family_name")


@admin.register(InvoiceSeries)
class InvoiceSeriesAdmin(ReadOnlyAdmin[InvoiceSeries]):
    """How far a year's numbers are given out: moved by hand, it would give one out twice."""

    list_display = ("year", "last")
