"""The list of payments received."""

import csv
from codecs import BOM_UTF8

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.billing.ledger import payment

LIST = "/payments/"


def received(client, query=""):
    return [(row.student_id, row.amount) for row in client.get(LIST + query).context["listing"].rows]


def test_it_is_searched_filtered_sorted_and_summed(cast, client_for):
    payment(cast.amina, 300)
    payment(cast.bruno, 50)
    payment(cast.chloe, 20, "USD")
    type(payment(cast.bruno, 70)).objects.filter(amount=70).update(method="cash", reference="Till 7")
    client = client_for(cast.staff)
    assert received(client, "?sort=amount")[:2] == [(cast.amina.pk, 300), (cast.bruno.pk, 70)]
    assert received(client, "?sort=-amount")[0] == (cast.chloe.pk, 20)
    assert received(client, "?q=bruno") == [(cast.bruno.pk, 70), (cast.bruno.pk, 50)]
    assert received(client, "?q=till") == received(client, "?method=cash") == [(cast.bruno.pk, 70)]
    text = client.get(LIST).content.decode()
    assert "420.00 EUR" in text
    assert "20.00 USD" in text
    assert "120.00 EUR" in client.get(f"{LIST}?q=bruno").content.decode()
    assert 'data-channels="payments"' in text


def test_nothing_received_leads_to_what_is_pending(cast, client_for):
    assert "No payment yet" in client_for(cast.staff).get(LIST).content.decode()


@pytest.mark.parametrize("query", ["", "?q=amina&sort=amount&page=2"])
def test_queries_do_not_grow_with_payments(cast, client_for, query):
    client = client_for(cast.staff)
    counts = []
    for more in (3, 120):
        for _ in range(more):
            payment(cast.amina, 1)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST + query).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_what_the_list_shows_is_a_file_too_and_no_text_in_it_a_formula(cast, client_for):
    payment(cast.bruno, 50)
    type(payment(cast.amina, 300)).objects.filter(amount=300).update(reference="=1+1")
    response = client_for(cast.staff).get(f"{LIST}export/?q=amina")
    content = b"".join(response.streaming_content)
    assert content.startswith(BOM_UTF8)
    head, row = csv.reader(content.decode("utf-8-sig").splitlines())
    assert dict(zip(head, row, strict=True)) | {"Received": ""} == {
        "Code": cast.amina.code,
        "Student": "Amina Diallo",
        "Received": "",
        "Method": "Bank transfer",
        "Reference": "'=1+1",
        "Recorded by": "",
        "Amount": "300.00",
        "Currency": "EUR",
        "Taken back": "",
        "Reason": "",
    }
