"""All spellings of an e-mail address are one: what was stored before, and what the database lets in."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Role, User
from tests import factories


def test_what_was_stored_in_several_spellings_is_kept_in_one_and_no_account_is_lost(unmigrated):
    assert unmigrated("tests.accounts.other_spellings") == [
        "P0 alone@homeroom.test alone@homeroom.test next@xn--bcher-kva.example",
        # Of two that are used, the one that could sign in keeps the address, else the one that was used last.
        "P1 name@xn--bcher-kva.example.duplicate-N.invalid name@xn--bcher-kva.example.duplicate-N.invalid",
        "P2 name@xn--bcher-kva.example name@xn--bcher-kva.example",
        "P3 old@xn--strae-oqa.example.duplicate-N.invalid old@xn--strae-oqa.example.duplicate-N.invalid",
        "P4 old@xn--strae-oqa.example old@xn--strae-oqa.example",
        "P5 gone@xn--bcher-kva.example.duplicate-N.invalid gone@xn--bcher-kva.example.duplicate-N.invalid",
        "P6 gone@xn--bcher-kva.example gone@xn--bcher-kva.example",
        "P7 account@unusable-N.invalid account@unusable-N.invalid",
        "user.address-duplicate P1 P2",
        "user.address-duplicate P3 P4",
        "user.address-duplicate P5 P6",
        "user.address-unusable P7 -",
        "new@xn--bcher-kva.example revoked",
        "new@xn--bcher-kva.example open",
        "new@x.example open",
        "S0 amina@xn--bcher-kva.example Reads slowly.",
        "S1 - Reads slowly. E-mail address that no mail can be sent to: jürgen@homeroom.test",
        "S2 - Reads slowly.",
        "S3 plain@homeroom.test Reads slowly.",
    ]


@pytest.mark.parametrize(
    "spelling",
    ["New@homeroom.test", "new@bücher.example", "new\u200b@homeroom.test", "new@homeroom.test ", "new@homeroom.test."],
)
def test_no_other_spelling_gets_past_the_database_by_whatever_way(db, spelling):
    user = User.objects.create_user("new@homeroom.test", given_name="N", role=Role.STAFF)
    student = factories.student(email="new@homeroom.test")
    for table, pk in (("accounts_user", user.pk), ("students_student", student.pk)):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET email = %s WHERE id = %s", [spelling, pk])
