"""Amounts as people type them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from apps.billing.amounts import parse_amount


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("300", "300.00"),
        ("0.01", "0.01"),
        (",50", "0.50"),
        ("1200.5", "1200.50"),
        ("1200,5", "1200.50"),
        ("1 200,50", "1200.50"),
        ("1\N{NO-BREAK SPACE}200,50", "1200.50"),
        ("1\N{NARROW NO-BREAK SPACE}200", "1200.00"),
        ("1,200.50", "1200.50"),
        ("1.200,50", "1200.50"),
        ("1'200.50", "1200.50"),
        ("1,234,567", "1234567.00"),
        ("1.234.567,89", "1234567.89"),
        ("12,34,567.00", "1234567.00"),
        ("  300.00 EUR ", "300.00"),
        ("€300", "300.00"),
        ("300 eur", "300.00"),
        ("33.33", "33.33"),
        ("99999999.99", "99999999.99"),
        ("007", "7.00"),
    ],
)
def test_an_amount_is_read_exactly(typed, amount):
    assert parse_amount(typed, "EUR") == Decimal(amount)
    assert parse_amount(typed, "EUR").as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1,200", "ambiguous"),
        ("1.200", "ambiguous"),
        ("33.333", "ambiguous"),
        ("0,100", "too_precise"),
        ("0.001", "too_precise"),
        ("1200.500", "too_precise"),
        ("1200.5555", "too_precise"),
        ("0", "zero"),
        ("0.00", "zero"),
        ("-5", "negative"),
        ("\N{MINUS SIGN}5.00", "negative"),
        ("-5 EUR", "negative"),
        ("100000000", "too_large"),
        ("9" * 40, "too_large"),
        ("300 USD", "other_currency"),
        ("$300", "other_currency"),
        ("", "garbage"),
        ("abc", "garbage"),
        ("EUR", "garbage"),
        ("1e5", "garbage"),
        ("NaN", "garbage"),
        ("Infinity", "garbage"),
        ("1.2.3", "garbage"),
        ("1 2", "garbage"),
        ("1,20,0.5", "garbage"),
        ("1,200 500", "garbage"),
        (".", "garbage"),
        ("<b>5</b>", "garbage"),
        ("٣٠٠", "garbage"),
        ("300\0", "garbage"),
    ],
)
def test_anything_else_is_refused_with_its_reason(typed, code):
    with pytest.raises(ValidationError) as refused:
        parse_amount(typed, "EUR")
    assert refused.value.code == code


def test_the_ambiguous_is_explained_with_both_readings():
    with pytest.raises(ValidationError, match=r"1,250 can be read in two ways: write 1250 or 1\.25\."):
        parse_amount("1,250")
