"""Pending payments, a student's dues, and the form for a payment."""

import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.billing.models import Payment
from apps.courses.models import Enrollment
from apps.students.models import Student
from tests.factories import days_ago, invoice, many_owing, payment

LIST = "/payments/pending/"
HTMX = {"HTTP_HX_REQUEST": "true"}


def dues_url(student):
    return f"/payments/students/{student.pk}/"


def form_url(student):
    return f"/payments/students/{student.pk}/new/"


def rows(html):
    """The students of the rows, in order."""
    return [int(pk) for pk in re.findall(r'<tbody [^>]*data-student="(\d+)"', html)]


def sent(**changes):
    return {
        "amount": "300.00",
        "currency": "EUR",
        "method": "cash",
        "received_on": str(days_ago(0)),
        "reference": "",
        "client_key": str(uuid.uuid4()),
        "next": f"{LIST}?q=ami",
    } | changes


# Who may


@pytest.mark.parametrize("who", [None, "outsider", "bruno_user", "teacher", "staff", "admin"])
def test_fees_are_found_by_admins_and_staff_alone(cast, client_for, who):
    invoice(cast.amina, 300, 10)
    client = client_for(getattr(cast, who) if who else None)
    status = 302 if who is None else 200 if who in {"staff", "admin"} else 404
    for url in (LIST, dues_url(cast.amina), form_url(cast.amina)):
        assert client.get(url).status_code == status, url
        assert client.get(url, **HTMX).status_code == (401 if who is None else status), url
    posted = client.post(dues_url(cast.amina), sent())
    assert posted.status_code == (401 if who is None else 302 if status == 200 else 404)
    assert Payment.objects.exists() == (status == 200)


def test_a_student_reads_the_own_fees_and_records_nothing(cast, client_for):
    invoice(cast.amina, 300, 10)
    invoice(cast.bruno, 77, 10)
    client, own = client_for(cast.amina_user), dues_url(cast.amina)
    for headers in ({}, HTMX):
        page = client.get(own, **headers)
        html = page.content.decode()
        assert page.status_code == 200
        assert "300.00" in html
        assert "77.00" not in html
        assert form_url(cast.amina) not in html
        assert "payments" not in re.findall(r'data-channels="([^"]*)"', html)
        assert "dues from:body" in html
        for url in (LIST, form_url(cast.amina), f"{form_url(cast.amina)}?fold", dues_url(cast.bruno)):
            assert client.get(url, **headers).status_code == 404, url
        for student in (cast.amina, cast.bruno):
            assert client.post(dues_url(student), sent(), **headers).status_code == 404
    assert not Payment.objects.exists()


# The list


def test_a_row_says_who_owes_what_and_since_when(cast, client_for):
    invoice(cast.amina, 300, 100)
    invoice(cast.amina, "120.50", 5)
    html = client_for(cast.staff).get(LIST).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert "Amina Diallo" in text
    assert "Algebra A" in text
    day = days_ago(100)
    assert f"since {day.day} {day:%b %Y} , 100 days" in text
    assert "120.50 0.00 0.00 300.00 420.50 EUR" in text
    assert f'data-student="{cast.amina.pk}"' in html
    assert "data-open-thread" in html
    assert 'data-channels="payments"' in html


def test_htmx_gets_the_list_and_others_the_page(cast, client_for):
    invoice(cast.amina, 300, 10)
    client = client_for(cast.staff)
    part, page = client.get(LIST, **HTMX), client.get(LIST)
    assert part.content.decode().lstrip().startswith('<section id="dues"')
    assert "<html" in page.content.decode()
    assert "HX-Request" in part.headers["Vary"]
    assert "Cookie" in part.headers["Vary"]


def test_filters_are_kept_in_every_link(cast, client_for):
    many_owing(120)
    html = client_for(cast.staff).get(f"{LIST}?q=mona&sort=-total&page=2").content.decode()
    assert len(rows(html)) == 50
    assert f'hx-get="{LIST}?q=mona&amp;sort=-total&amp;page=2"' in html
    assert f'href="{LIST}?q=mona&amp;sort=-total&amp;page=3"' in html
    assert f'href="{LIST}?q=mona&amp;sort=-total"' in html
    assert f'href="{LIST}?q=mona&amp;sort=total"' in html
    assert f'href="{LIST}?q=mona&amp;sort=name"' in html
    assert "51–100 of 120" in html


@pytest.mark.parametrize(
    "query",
    [
        "?page=0", "?page=-1", "?page=x", "?page=99999999999999999999", "?page=7", "?sort=evil", "?sort=--name",
        "?age=9", "?age=-1", "?age=x", "?batch=x", "?batch=999999", "?batch=99999999999999999999", "?q=%00",
        "?batch=&age=&q=", "?sort=-", "?age=²", "?q=%20%20",
    ],
)  # fmt: skip
def test_values_that_make_no_sense_fall_back(cast, client_for, query):
    invoice(cast.amina, 300, 10)
    html = client_for(cast.staff).get(LIST + query).content.decode()
    assert rows(html) == [cast.amina.pk]


def test_a_page_too_far_is_the_last_one(cast, client_for):
    students = many_owing(60)
    html = client_for(cast.staff).get(f"{LIST}?page=9&sort=oldest").content.decode()
    assert len(rows(html)) == 10
    assert "51–60 of 60" in html
    assert set(rows(html)) < {student.pk for student in students}


def test_search_takes_any_character_as_text(cast, client_for):
    invoice(cast.amina, 300, 10)
    client = client_for(cast.staff)
    for typed, found in (
        ("diallo ami", [cast.amina.pk]),
        ("%", []),
        ("_", []),
        ("'; DROP", []),
        ("\\", []),
        ("%s", []),
    ):
        assert rows(client.get(LIST, {"q": typed}).content.decode()) == found, typed


def test_the_list_is_filtered_by_batch_and_age(cast, client_for):
    invoice(cast.amina, 300, 10)
    invoice(cast.chloe, 300, 95)
    client = client_for(cast.staff)
    assert rows(client.get(f"{LIST}?batch={cast.batch.pk}").content.decode()) == [cast.amina.pk]
    assert rows(client.get(f"{LIST}?age=0").content.decode()) == [cast.amina.pk]
    assert rows(client.get(f"{LIST}?age=3").content.decode()) == [cast.chloe.pk]
    assert "No pending payment matches" in client.get(f"{LIST}?age=2").content.decode()


def test_footer_totals_cover_all_pages_and_each_currency(cast, client_for):
    many_owing(120)
    invoice(cast.amina, 7, 31, currency="USD")
    html = client_for(cast.staff).get(LIST).content.decode()
    footer = html[html.index("<tfoot>") : html.index("</tfoot>")]
    figures = re.findall(r">([\d,]+\.\d\d)( [A-Z]{3})?<", footer)
    amounts = [Decimal(amount.replace(",", "")) for amount, _ in figures]
    assert len(amounts) == 10
    assert sum(amounts[:4]) == amounts[4] == Decimal("33.33") * 120
    assert amounts[5:] == [Decimal(n) for n in (0, 7, 0, 0, 7)]


def test_names_are_text(cast, client_for):
    Student.objects.filter(pk=cast.amina.pk).update(given_name="<script>alert(1)</script>")
    invoice(cast.amina, 300, 10)
    for url in (LIST, dues_url(cast.amina), form_url(cast.amina)):
        assert "<script>alert" not in client_for(cast.staff).get(url).content.decode()


def test_nobody_owes_anything(cast, client_for):
    assert "Nobody owes anything" in client_for(cast.staff).get(LIST).content.decode()


def test_a_student_in_two_batches_has_one_row(cast, client_for):
    other = type(cast.course).objects.create(title="Physics")
    Enrollment.objects.create(student=cast.amina, course=other, batch=cast.batch2)
    invoice(cast.amina, 300, 10)
    html = client_for(cast.staff).get(LIST).content.decode()
    assert rows(html) == [cast.amina.pk]
    assert "Algebra A, Algebra B" in html


# A page has the bell and the inbox besides, which count.
@pytest.mark.parametrize(("headers", "queries"), [({}, 10), (HTMX, 8)])
def test_the_list_takes_as_many_queries_for_ten_dues_as_for_a_hundred(
    cast, client_for, django_assert_num_queries, headers, queries
):
    client = client_for(cast.staff)
    many_owing(10)
    with django_assert_num_queries(queries):  # session, user, batches, totals, rows, their students, batches, unread
        client.get(f"{LIST}?q=mona&sort=name", **headers)
    many_owing(90)
    with django_assert_num_queries(queries):
        client.get(f"{LIST}?q=mona&sort=name", **headers)


# A payment


def test_the_form_comes_with_what_is_due(cast, client_for):
    invoice(cast.amina, 300, 10)
    payment(cast.amina, "120.50")
    invoice(cast.amina, 50, -10)
    client = client_for(cast.staff)
    part = client.get(f"{form_url(cast.amina)}?currency=EUR&next={LIST}", **HTMX).content.decode()
    assert 'value="179.50"' in part
    assert "<html" not in part
    assert f'action="{dues_url(cast.amina)}"' in part
    assert "Amina owes 179.50 EUR, and 50.00 EUR by" in part
    assert "<html" in client.get(form_url(cast.amina)).content.decode()


def test_a_settled_row_goes_at_once_and_lists_are_asked_to_look_again(cast, client_for):
    invoice(cast.amina, 300, 10)
    answer = client_for(cast.staff).post(dues_url(cast.amina), sent(), **HTMX)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert f'<hx-partial hx-target="tbody#student-{cast.amina.pk}-eur" hx-swap="delete">' in html
    assert answer.headers["HX-Trigger"] == '{"payments": {"target": "body"}}'
    paid = Payment.objects.get()
    assert (paid.amount, paid.method, paid.recorded_by) == (Decimal(300), "cash", cast.staff)
    assert rows(client_for(cast.staff).get(LIST).content.decode()) == []


def test_a_row_that_still_owes_stays(cast, client_for):
    invoice(cast.amina, 300, 10)
    html = client_for(cast.staff).post(dues_url(cast.amina), sent(amount="100"), **HTMX).content.decode()
    assert 'hx-swap="delete"' not in html
    assert "still owes 200.00 EUR" in html


def test_without_script_one_goes_back_to_the_list_as_it_was(cast, client_for):
    invoice(cast.amina, 300, 10)
    answer = client_for(cast.staff).post(dues_url(cast.amina), sent(), follow=True)
    assert answer.redirect_chain == [(f"{LIST}?q=ami", 302)]
    assert "Recorded 300.00 EUR from Amina Diallo." in answer.content.decode()


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "", "\\\\evil"]
)
def test_one_never_goes_back_to_another_site(cast, client_for, elsewhere):
    invoice(cast.amina, 300, 10)
    answer = client_for(cast.staff).post(dues_url(cast.amina), sent(next=elsewhere))
    assert answer.headers["Location"] == dues_url(cast.amina)


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("amount", "", "Write how much came in."),
        ("amount", "0", "Write an amount above zero."),
        ("amount", "-5", "Write an amount above zero."),
        ("amount", "10.0055", "two decimals at most"),
        ("amount", "1,200", "can be read in two ways"),
        ("amount", "350.00", "Amina owes 300.00 EUR; 350.00 is more than that."),
        ("amount", "300 USD", "This is owed in EUR, not in USD."),
        ("amount", "a lot & more", "Write the amount in figures, like 1200.50."),
        ("amount", "5\0", "Null characters are not allowed."),
        ("amount", "9" * 41, "at most 40 characters"),
        ("received_on", "2099-01-01", "This day is still to come"),
        ("received_on", "0202-01-01", "The year 202 can&#x27;t be right."),
        ("received_on", "yesterday", "Write the day like 2026-08-12."),
        ("received_on", "", "Write when it came in."),
        ("method", "gold", "Choose how it came in."),
        ("method", "", "Say how it came in."),
        ("reference", "x" * 101, "at most 100 characters"),
        ("reference", "a\0b", "Null characters are not allowed."),
        ("client_key", "not-a-key", "This form is broken. Open it again."),
        ("currency", "USD", "Amina owes nothing in USD any more."),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(cast, client_for, field, typed, error, headers):
    invoice(cast.amina, 300, 10)
    form = sent(**{"amount": "20", "reference": "Kept & kept", field: typed})
    answer = client_for(cast.staff).post(dues_url(cast.amina), form, **headers)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert error in html
    assert not Payment.objects.exists()
    if field != "reference":
        assert "Kept &amp; kept" in html
    if field == "amount" and typed == "a lot & more":
        assert 'value="a lot &amp; more"' in html
    if field != "client_key":
        assert form["client_key"] in html
    if field in {"amount", "received_on"}:
        [control] = re.findall(rf'<input[^>]*name="{field}"[^>]*>', html)
        assert 'aria-invalid="true"' in control
        described = re.search(r'aria-describedby="([^"]+)"', control)[1]
        assert f'id="{described}"' in html


def test_nothing_sent_at_all_is_refused(cast, client_for):
    invoice(cast.amina, 300, 10)
    assert client_for(cast.staff).post(dues_url(cast.amina), {}).status_code == 422


def test_sending_twice_records_one_payment_and_answers_alike(cast, client_for):
    invoice(cast.amina, 300, 10)
    form, client = sent(), client_for(cast.staff)
    first, second = (client.post(dues_url(cast.amina), form, **HTMX) for _ in range(2))
    assert first.content == second.content
    assert second.status_code == 200
    assert Payment.objects.count() == 1


def test_the_form_folds_away_and_gives_its_button_back(cast, client_for):
    html = client_for(cast.staff).get(f"{form_url(cast.amina)}?currency=EUR&fold", **HTMX).content.decode()
    assert f'hx-target="#student-{cast.amina.pk}-eur-pay"' in html
    assert "<form" not in html


@pytest.mark.parametrize("currency", ["", "x", "eur", "<b>", "€€€", "EURO"])
def test_a_currency_that_is_none_is_the_academys(cast, client_for, currency):
    invoice(cast.amina, 300, 10)
    html = client_for(cast.staff).get(form_url(cast.amina), {"currency": currency}, **HTMX).content.decode()
    assert 'value="300.00"' in html


# One student's dues


def test_a_students_dues_show_invoices_payments_and_the_balance(cast, client_for):
    invoice(cast.amina, 300, 10)
    invoice(cast.amina, 200, 40)
    invoice(cast.amina, 80, -10)
    invoice(cast.amina, 60, 10, currency="USD")
    payment(cast.amina, 250)
    html = client_for(cast.staff).get(reverse("billing:student_dues", args=[cast.amina.pk]), **HTMX).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert text.startswith("Fees 250.00 EUR due, 80.00 EUR by")
    assert "60.00 USD due" in text
    assert "300.00 250.00" in text
    assert "200.00 Paid" in text
    assert html.lstrip().startswith("<section")


def test_money_beyond_all_invoices_is_shown_as_paid_in_advance(cast, client_for):
    invoice(cast.amina, 300, 10)
    payment(cast.amina, 350)
    html = client_for(cast.staff).get(dues_url(cast.amina), **HTMX).content.decode()
    assert "50.00 EUR paid in advance" in html
    assert "Nothing due" in html


def test_a_student_without_fees_has_none(cast, client_for):
    assert "No invoices and no payments so far" in client_for(cast.staff).get(dues_url(cast.amina)).content.decode()


def test_a_students_dues_take_as_many_queries_for_ten_entries_as_for_a_hundred(
    cast, client_for, django_assert_num_queries
):
    client = client_for(cast.staff)
    [student] = many_owing(1, per_student=10)
    with django_assert_num_queries(5):
        client.get(dues_url(student), **HTMX)
    [student] = many_owing(1, per_student=100)
    Payment.objects.bulk_create(
        Payment(student=student, amount=1, recorded_by=cast.staff, client_key=uuid.uuid4()) for _ in range(100)
    )
    with django_assert_num_queries(5):
        client.get(dues_url(student), **HTMX)
