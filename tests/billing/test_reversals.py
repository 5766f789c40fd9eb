"""A payment is taken back once, with a reason: it stays in the books and counts no longer."""

import csv
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import AuditEntry
from apps.billing import actions
from apps.billing.dues import Filter, list_dues, total_dues
from apps.billing.models import Payment, PaymentReversal
from apps.billing.part import BillingPart
from apps.billing.statement import account, open_invoices
from apps.core.academy_calendar import academy_today
from apps.notifications import listing
from apps.notifications.models import Notification
from apps.students.models import Student
from tests.factories import invoice, payment, payment_reversal

D = Decimal
HTMX = {"HTTP_HX_REQUEST": "true"}


def url(paid: Payment) -> str:
    return f"/payments/{paid.pk}/reversal/"


def lines(user):
    return [line.html for line in listing.panel_of(user).lines]


# What it does


def test_it_is_owed_again_remembered_and_told_to_pages(cast, published):
    invoice(cast.amina, 300, 10)
    paid = actions.record_payment(cast.staff, cast.amina, D(300), reference="B-7")
    with published():
        reversal = actions.take_back_payment(cast.admin, paid, "  Bounced ")
        assert published == []
    assert Payment.objects.get() == paid
    assert (reversal.reason, reversal.made_by) == ("Bounced", cast.admin)
    entry = AuditEntry.objects.get(verb="payment.taken_back")
    assert (entry.actor, entry.thing) == (cast.admin, paid)
    assert entry.detail == {"student": cast.amina.pk, "amount": "300.00", "currency": "EUR"}
    assert published[0][0] == "payments"
    assert (f"user-{cast.amina_user.pk}", "event: dues\ndata: \n\n") in published
    assert account(cast.amina, "EUR").due == D(300)
    actions.record_payment(cast.staff, cast.amina, D(300))


@pytest.mark.parametrize("again", ["admin", "staff"])
def test_a_second_time_is_refused_and_changes_nothing(cast, again):
    invoice(cast.amina, 300, 10)
    paid = actions.record_payment(cast.staff, cast.amina, D(100))
    actions.take_back_payment(cast.staff, paid, "Twice")
    with pytest.raises(ValidationError) as refused:
        actions.take_back_payment(getattr(cast, again), paid, "Once more")
    assert refused.value.code == "already_taken_back"
    assert PaymentReversal.objects.get().reason == "Twice"
    assert AuditEntry.objects.filter(verb="payment.taken_back").count() == 1


@pytest.mark.parametrize("reason", ["", "  ", "\t\n", "x" * 201])
def test_without_a_reason_that_can_be_kept_nothing_is_taken_back(cast, reason):
    with pytest.raises(ValidationError) as refused:
        actions.take_back_payment(cast.staff, payment(cast.amina, 5), reason)
    assert "reason" in refused.value.message_dict
    assert not PaymentReversal.objects.exists()


def test_the_database_keeps_what_was_paid_and_takes_no_second_or_silent_reversal(cast):
    paid = payment_reversal().payment
    for wrong in ({"payment": paid}, {"payment": payment(), "reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            payment_reversal(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        paid.delete()


def test_a_form_sent_again_after_its_payment_was_taken_back_records_nothing(cast):
    invoice(cast.amina, 300, 10)
    paid = actions.record_payment(cast.staff, cast.amina, D(100))
    actions.take_back_payment(cast.staff, paid, "Twice")
    with pytest.raises(ValidationError, match="was taken back"):
        actions.record_payment(cast.staff, cast.amina, D(100), client_key=paid.client_key)
    assert account(cast.amina, "EUR").due == D(300)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "pay", "take back"]), st.integers(1, 50_000), st.integers(-5, 120), st.booleans()
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_balance_is_what_a_recount_of_the_entries_gives(cast, steps):
    """Invoices and payments in two currencies, some taken back, in any order: all ways to count agree to the cent."""
    student = Student.objects.create(code=f"P{Student.objects.count()}", given_name="Petra")
    owed, paid = {"EUR": D(0), "USD": D(0)}, {"EUR": D(0), "USD": D(0)}
    kept: list[Payment] = []
    for step, cents, age, dollars in steps:
        currency, amount = ("USD" if dollars else "EUR"), D(cents) / 100
        if step == "invoice":
            invoice(student, amount, age, currency)
            owed[currency] += amount
        elif step == "pay" and amount <= owed[currency] - paid[currency]:
            kept.append(actions.record_payment(cast.staff, student, amount, currency))
            paid[currency] += amount
        elif step == "take back" and kept:
            gone = kept.pop(cents % len(kept))
            actions.take_back_payment(cast.staff, gone, "Slip")
            paid[gone.currency] -= gone.amount
    which = Filter(Student.objects.filter(pk=student.pk))
    totals = {total.currency: total.total for total in total_dues(which)}
    rows = {due.currency: due.total for due in list_dues(which)}
    for currency in owed:
        found = account(student, currency)
        assert found.owed - found.credit == owed[currency] - paid[currency]
        assert totals.get(currency, 0) == rows.get(currency, 0) == found.due
        assert sum(line.open for line in found.lines) == found.owed
    assert sum(open_invoices([student.pk]).values()) == sum(owed.values()) - sum(paid.values())


# The student


def test_a_student_who_was_told_that_it_arrived_is_told_that_it_was_taken_back(cast, published):
    invoice(cast.amina, 300, 10)
    with published():
        paid = actions.record_payment(cast.staff, cast.amina, D(120))
    published.clear()
    with published():
        actions.take_back_payment(cast.admin, paid, "Wrong student: it was Mrs Diallo's")
    [notice] = Notification.objects.filter(recipient=cast.amina_user)
    assert notice.title == "Payment taken back: 120.00 EUR"
    [line] = lines(cast.amina_user)
    assert "120.00 EUR was recorded by mistake" in line
    assert "has arrived" not in line
    assert published.bells.keys() == {f"user-{cast.amina_user.pk}"}


def test_a_student_sees_it_among_the_own_fees_without_the_offices_words(cast, client_for):
    invoice(cast.amina, 300, 10)
    payment_reversal(payment=payment(cast.amina, 120), reason="Mrs Diallo paid for Bruno", made_by=cast.staff)
    html = client_for(cast.amina_user).get(f"/payments/students/{cast.amina.pk}/").content.decode()
    assert "Taken back on" in html
    assert "300.00 EUR</strong> due" in html
    assert "Mrs Diallo" not in html
    assert "reversal" not in html
    assert "Mrs Diallo paid for Bruno" in client_for(cast.staff).get(f"/payments/students/{cast.amina.pk}/").text
    assert BillingPart().own_data(cast.amina_user)["payments"][0]["taken_back"]


# Pages


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("typed", "error"), [("", "Say why it is taken back."), ("   ", "Say why"), ("x" * 201, "at most 200 characters")]
)
def test_a_reason_that_is_missing_is_asked_for_where_it_is_typed(cast, client_for, headers, typed, error):
    paid = payment(cast.amina, 5)
    answer = client_for(cast.staff).post(url(paid), {"reason": typed}, **headers)
    assert answer.status_code == 422
    assert error in answer.content.decode()
    assert not PaymentReversal.objects.exists()


def test_a_click_more_hears_that_it_is_done_and_lists_look_again(cast, client_for):
    invoice(cast.amina, 300, 10)
    paid, client = payment(cast.amina, 120), client_for(cast.staff)
    first, second = (client.post(url(paid), {"reason": "Slip"}, **HTMX) for _ in range(2))
    assert "Took back 120.00 EUR from Amina Diallo. Amina owes 300.00 EUR." in first.text
    assert "taken back already" in second.text
    for answer in (first, second):
        assert answer.status_code == 200
        assert answer.headers["HX-Trigger"] == '{"payments": {"target": "body"}}'
    assert "was taken back" not in client.get(url(paid), **HTMX).text
    assert "Taken back on" in client.get(url(paid), **HTMX).text


def test_without_script_recording_leads_to_the_fees_where_it_is_taken_back(cast, client_for):
    invoice(cast.amina, 300, 10)
    client, fees = client_for(cast.staff), f"/payments/students/{cast.amina.pk}/"
    form = {"amount": "20", "method": "cash", "received_on": str(academy_today())}
    key = "7b0c9c1e-52a8-4b0f-8d5c-3c1b5f0e7a11"
    said = client.post(fees, form | {"client_key": key, "next": "/payments/pending/"}, follow=True).text
    assert f'<a href="{fees}">Take it back' in said
    paid = Payment.objects.get()
    assert f'href="{url(paid)}?next={fees}"' in client.get(fees).text.replace("%2F", "/")
    answer = client.post(url(paid), {"reason": "Slip", "next": "/payments/"})
    assert answer.headers["Location"] == "/payments/"
    assert client.post(url(paid), {"reason": "Slip", "next": "//evil.example"}).headers["Location"] == fees


def test_the_list_and_its_file_show_it_and_their_sums_leave_it_out(cast, client_for):
    payment(cast.amina, 50)
    gone = payment(cast.amina, 300, reference="B-7", recorded_by=cast.staff)
    payment_reversal(payment=gone, reason="=Bounced", made_by=cast.admin)
    client = client_for(cast.staff)
    shown = client.get("/payments/").text
    assert "50.00 EUR</strong> received" in shown
    assert "Ada" in shown
    assert ": =Bounced" in shown
    state = lambda name: [row.pk for row in client.get(f"/payments/?state={name}").context["listing"].rows]  # noqa: E731
    assert state("taken-back") == [gone.pk]
    assert gone.pk not in state("counted")
    assert len(state("nonsense")) == 2
    content = b"".join(client.get("/payments/export/").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(content.splitlines()))
    assert sum(D(row["Amount"]) for row in rows) == D(50)
    about = [row for row in rows if row["Reference"] == "B-7"]
    assert [row["Amount"] for row in about] == ["300.00", "-300.00"]
    assert [row["Method"] for row in about] == ["Bank transfer", "Taken back"]
    assert {row["Reason"] for row in about} == {"'=Bounced"}
    assert {row["Taken back"] for row in about} == {str(academy_today())}


@pytest.mark.parametrize("who", ["outsider", "amina_user", "teacher"])
def test_who_may_not_record_finds_nothing_to_take_back(cast, client_for, who):
    paid = payment(cast.amina, 5)
    client = client_for(getattr(cast, who))
    assert client.get(url(paid)).status_code == client.post(url(paid), {"reason": "x"}).status_code == 404
    assert not PaymentReversal.objects.exists()
