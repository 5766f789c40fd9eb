"""Recording payments and issuing invoices."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.accounts.models import AuditEntry
from apps.billing import actions
from apps.billing.models import Invoice, Payment
from apps.core.academy_calendar import academy_today
from apps.realtime import channels
from tests.factories import days_ago, invoice, payment

D = Decimal


def test_a_payment_is_written_audited_and_signalled_once_it_is_committed(cast, published):
    invoice(cast.amina, 300, 10)
    with published():
        paid = actions.record_payment(cast.staff, cast.amina, D(120), reference="B-7")
        assert published == []
    paid.refresh_from_db()
    assert (paid.amount, paid.currency, paid.method, paid.recorded_by) == (D(120), "EUR", "transfer", cast.staff)
    assert paid.received_on == academy_today()
    entry = AuditEntry.objects.get(verb="payment.recorded")
    assert (entry.actor, entry.thing, entry.detail["amount"]) == (cast.staff, paid, "120.00")
    student = f"user-{cast.amina_user.pk}"
    assert [channel for channel, _ in published] == ["payments", student, student]
    assert (student, "event: dues\ndata: \n\n") in published
    assert (published.toasts, published.bells) == ({}, {student: [""]})
    assert published[0][1].startswith("event: payments\n")


def test_a_refused_payment_leaves_no_trace(cast, published):
    invoice(cast.amina, 300, 10)
    with published(), pytest.raises(ValidationError) as refused:
        actions.record_payment(cast.staff, cast.amina, D(350))
    assert refused.value.message_dict == {"amount": ["Amina owes 300.00 EUR; 350.00 is more than that."]}
    assert not Payment.objects.exists()
    assert not AuditEntry.objects.exists()
    assert published == []


def test_the_day_and_the_amount_are_refused_together(cast):
    with pytest.raises(ValidationError) as refused:
        actions.record_payment(cast.staff, cast.amina, D(1), received_on=days_ago(-1))
    assert refused.value.message_dict == {
        "amount": ["Amina owes nothing in EUR any more."],
        "received_on": ["This day is still to come: write when the money came in."],
    }


def test_a_year_that_is_a_slip_is_refused(cast):
    invoice(cast.amina, 300, 10)
    with pytest.raises(ValidationError, match="The year 202 can't be right"):
        actions.record_payment(cast.staff, cast.amina, D(1), received_on=datetime.date(202, 11, 20))


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "123456789.00"])
def test_an_amount_that_is_none_is_refused(cast, amount):
    invoice(cast.amina, 300, 10)
    with pytest.raises(ValidationError):
        actions.record_payment(cast.staff, cast.amina, D(amount))


def test_an_invoice_may_be_paid_before_it_is_due_but_not_beyond(cast):
    invoice(cast.amina, 300, 10)
    invoice(cast.amina, 100, -10)
    with pytest.raises(ValidationError, match=r"owes 300\.00 EUR and 100\.00 EUR that isn't due yet; 400\.01 is more"):
        actions.record_payment(cast.staff, cast.amina, D("400.01"))
    actions.record_payment(cast.staff, cast.amina, D(400))


def test_money_in_another_currency_settles_nothing(cast):
    invoice(cast.amina, 300, 10)
    with pytest.raises(ValidationError, match="Amina owes nothing in USD"):
        actions.record_payment(cast.staff, cast.amina, D(300), currency="USD")


def test_the_same_key_is_the_same_payment(cast, published):
    invoice(cast.amina, 300, 10)
    key = uuid.uuid4()
    first = actions.record_payment(cast.staff, cast.amina, D(300), client_key=key)
    assert actions.record_payment(cast.staff, cast.amina, D(300), client_key=key) == first
    assert Payment.objects.count() == AuditEntry.objects.count() == 1


def test_the_same_key_with_something_else_is_refused(cast):
    invoice(cast.amina, 300, 10)
    invoice(cast.bruno, 300, 10)
    key = uuid.uuid4()
    actions.record_payment(cast.staff, cast.amina, D(100), client_key=key)
    for student, amount in ((cast.amina, D(150)), (cast.bruno, D(100))):
        with pytest.raises(ValidationError, match=r"already recorded 100\.00 EUR"):
            actions.record_payment(cast.staff, student, amount, client_key=key)


@pytest.mark.parametrize("who", ["teacher", "amina_user", "outsider"])
def test_fees_are_for_admins_and_staff(cast, who):
    actor, owed = getattr(cast, who), invoice(cast.amina, 300, 10)
    paid = payment(cast.amina, 1)
    for verb in (
        lambda: actions.record_payment(actor, cast.amina, D(1)),
        lambda: actions.take_back_payment(actor, paid, "Slip"),
        lambda: actions.issue_invoice(actor, cast.amina, D(1), academy_today(), "Fee"),
        lambda: actions.correct_invoice(actor, owed),
    ):
        with pytest.raises(PermissionDenied):
            verb()
    assert not channels.can_read(actor, "payments")
    assert channels.can_read(cast.staff, "payments")


def test_an_invoice_is_numbered_in_its_year_and_takes_its_batchs_currency(cast, published):
    cast.batch.currency = "USD"
    with published():
        first = actions.issue_invoice(cast.staff, cast.amina, D(300), academy_today(), "Fee", batch=cast.batch)
        second = actions.issue_invoice(
            cast.staff, cast.amina, D(300), academy_today(), "Fee", issued_on=datetime.date(2025, 12, 31)
        )
    year = academy_today().year
    assert [first.number, second.number] == [f"{year}-00001", "2025-00001"]
    assert [first.currency, second.currency] == ["USD", "EUR"]
    assert AuditEntry.objects.filter(verb="invoice.issued").count() == 2
    assert [channel for channel, _ in published].count("payments") == 2


def test_numbers_that_came_in_another_way_are_passed_over(cast):
    year = academy_today().year
    for number in (f"{year}-00001", f"{year}-00007", f"{year}-OLD"):
        Invoice.objects.filter(pk=invoice(cast.amina, 5).pk).update(number=number)
    issued = [actions.issue_invoice(cast.staff, cast.amina, D(5), academy_today(), "Fee").number for _ in range(2)]
    assert issued == [f"{year}-00008", f"{year}-00009"]


def test_a_number_is_not_used_up_by_an_invoice_that_fails(cast):
    with pytest.raises(ValidationError):
        actions.issue_invoice(cast.staff, cast.amina, D(0), academy_today(), "Fee")
    with pytest.raises(ValidationError):
        actions.issue_invoice(cast.staff, cast.amina, D(5), academy_today(), "x" * 201)
    assert actions.issue_invoice(cast.staff, cast.amina, D(5), academy_today(), "Fee").number.endswith("-00001")
