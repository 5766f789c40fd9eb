"""Pending payments, one student's dues, and recording what came in. Who may not see fees finds nothing here."""

import json
import re

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again
from apps.billing import actions, policies
from apps.billing.forms import PaymentForm
from apps.billing.live import CHANNEL
from apps.billing.models import Payment
from apps.billing.payments import PaymentList, export_rows
from apps.billing.pending import PendingList
from apps.billing.statement import account, accounts
from apps.core.csv_writer import csv_response
from apps.core.formats import money
from apps.core.htmx import render_part, wants_fragment
from apps.core.listing import render_list
from apps.core.money import academy_currency
from apps.students.models import Student


def _find(request: HttpRequest, pk: int) -> Student:
    return get_object_or_404(policies.payers_visible_to(signed_in(request)), pk=pk)


@require_safe
def pending_list(request: HttpRequest) -> HttpResponse:
    """Who owes what and since when. Search `q`, `batch`, `age` (an ageing column, 0 to 3), `sort` and `page`."""
    user = signed_in(request)
    if not policies.can_see_fees(user):
        raise Http404
    return render_list(request, PendingList(user, request.GET), "billing/pending_list.html")


@require_safe
def payment_list(request: HttpRequest) -> HttpResponse:
    """What came in, newest first."""
    user = signed_in(request)
    if not policies.can_see_fees(user):
        raise Http404
    return render_list(request, PaymentList(user, request.GET), "billing/payment_list.html")


@require_safe
def payment_export(request: HttpRequest) -> HttpResponseBase:
    """The payments that the list shows, on all its pages, as CSV."""
    user = signed_in(request)
    if not policies.can_see_fees(user):
        raise Http404
    ask_again(request, resend=True)
    return csv_response("payments.csv", export_rows(PaymentList(user, request.GET)))


@require_http_methods(["GET", "HEAD", "POST"])
def student_dues(request: HttpRequest, pk: int) -> HttpResponse:
    """A student's invoices, payments and balances, for the student too; POST records a payment."""
    student = _find(request, pk)
    may_record = policies.can_record(signed_in(request))
    if request.method == "POST":
        if not may_record:
            raise Http404
        return _record(request, student)
    context = {"student": student, "accounts": accounts(student), "may_record": may_record}
    return render_part(request, "billing/student_dues.html", "billing/_student_dues.html", context)


@require_safe
def dues_summary(request: HttpRequest, pk: int) -> HttpResponse:
    """What a student owes in a few lines: for pages about the person that know nothing of fees."""
    student = _find(request, pk)
    return render(request, "billing/_dues_summary.html", {"student": student, "accounts": accounts(student)})


@require_safe
def payment_form(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for a payment in `currency`, in its row or on a page of its own; with `fold`, what closes it again."""
    if not policies.can_record(signed_in(request)):
        raise Http404
    student = _find(request, pk)
    currency = _currency(request.GET.get("currency", ""))
    if "fold" in request.GET:
        context = {"student": student, "currency": currency, "next": next_page(request, student)}
        return render(request, "billing/_payment_folded.html", context)
    form = PaymentForm(account=account(student, currency), student_id=student.pk)
    return _show_form(request, student, form, currency)


def _record(request: HttpRequest, student: Student) -> HttpResponse:
    """Record what the form says, or show it again with what is wrong."""
    currency = _currency(request.POST.get("currency", ""))
    form = PaymentForm(request.POST, account=account(student, currency), student_id=student.pk)
    if not form.is_valid():
        return _show_form(request, student, form, currency, status=422)
    try:
        payment = actions.record_payment(signed_in(request), student, currency=currency, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return _show_form(request, student, form, currency, status=422)
    return _recorded(request, student, payment)


def _recorded(request: HttpRequest, student: Student, payment: Payment) -> HttpResponse:
    """Say so: to htmx with the row closed, or gone where nothing is due any more, and the lists asked to look again."""
    if not wants_fragment(request):
        messages.success(request, _said(student, payment))
        return redirect(next_page(request, student))
    context = {
        "student": student,
        "currency": payment.currency,
        "payment": payment,
        "left": account(student, payment.currency),
        "next": next_page(request, student),
    }
    response = render(request, "billing/_payment_recorded.html", context)
    response.headers["HX-Trigger"] = json.dumps({CHANNEL: {"target": "body"}})
    return response


def _said(student: Student, payment: Payment) -> str:
    """Without script, the way to take it back is a link."""
    fees = reverse("billing:student_dues", args=[student.pk])
    said = f"Recorded {money(payment.amount, payment.currency)} from {student.full_name}."
    return format_html('{} A mistake? <a href="{}">Take it back among the fees</a>.', said, fees)


def _show_form(
    request: HttpRequest, student: Student, form: PaymentForm, currency: str, status: int = 200
) -> HttpResponse:
    form.focus()
    context = {
        "student": student,
        "account": account(student, currency),
        "currency": currency,
        "form": form,
        "next": next_page(request, student),
    }
    return render_part(request, "billing/payment_form.html", "billing/_payment_form.html", context, status)


def _currency(text: str) -> str:
    """A currency's code as it was sent, the academy's own where it is none."""
    code = text.strip().upper()
    return code if re.fullmatch("[A-Z]{3}", code) else academy_currency()


def next_page(request: HttpRequest, student: Student) -> str:
    """The page to go back to: where the form was opened."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("billing:student_dues", args=[student.pk])
