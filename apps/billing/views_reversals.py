"""Taking a payment back: with a reason from a list or the student's fees, or by Undo right after it was recorded."""

import json

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.people import signed_in
from apps.billing import actions, policies
from apps.billing.forms import ReversalForm
from apps.billing.live import CHANNEL
from apps.billing.models import Payment
from apps.billing.statement import account
from apps.billing.views import next_page
from apps.core.formats import money
from apps.core.htmx import render_part, wants_fragment


def _find(request: HttpRequest, pk: int) -> Payment:
    user = signed_in(request)
    if not policies.can_record(user):
        raise Http404
    payments = Payment.objects.filter(student__in=policies.payers_visible_to(user))
    return get_object_or_404(payments.select_related("student", "reversal__made_by"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def payment_reversal(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks for the reason, in a dialog or on a page; POST takes the payment back."""
    payment = _find(request, pk)
    if request.method != "POST":
        return _show(request, payment, ReversalForm(payment=payment))
    form = ReversalForm(request.POST, payment=payment)
    if not form.is_valid():
        return _show(request, payment, form, status=422)
    try:
        actions.take_back_payment(signed_in(request), payment, form.cleaned_data["reason"])
    except ValidationError as error:
        if error.code != "already_taken_back":
            raise
        # A second click, or a colleague was quicker: what was asked for is so.
        return _answer(request, payment, f"{_sum(payment)} was taken back already.")
    return _answer(request, payment, f"Took back {_sum(payment)}.")


def _sum(payment: Payment) -> str:
    return f"{money(payment.amount, payment.currency)} from {payment.student.full_name}"


def _show(request: HttpRequest, payment: Payment, form: ReversalForm, status: int = 200) -> HttpResponse:
    context = {"payment": payment, "student": payment.student, "form": form}
    context["next"] = next_page(request, payment.student)
    return render_part(request, "billing/payment_reversal.html", "billing/_payment_reversal.html", context, status)


def _answer(request: HttpRequest, payment: Payment, said: str) -> HttpResponse:
    """Say what came of it; lists of dues and payments are asked to look again."""
    left = account(payment.student, payment.currency)
    if left.due:
        said += f" {payment.student.given_name} owes {money(left.due, payment.currency)}."
    if not wants_fragment(request):
        messages.success(request, said)
        return redirect(next_page(request, payment.student))
    response = render(request, "billing/_payment_taken_back.html", {"said": said, "student": payment.student})
    response.headers["HX-Trigger"] = json.dumps({CHANNEL: {"target": "body"}})
    return response
