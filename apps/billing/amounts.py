"""Amounts of money as people type them."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.formats import money

MAX_AMOUNT = Decimal("99999999.99")

# What people put between thousands: spaces of every width, and the apostrophe of Switzerland.
_GAPS = re.compile("[\\s\u00a0\u2009\u202f'\u2019]+")
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "INR": "₹", "JPY": "¥"}
# Thousands, or as in India a thousand and then hundreds: 12,34,567.
_GROUPED = re.compile(r"\d{1,3}(?:[ ,.]\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}")


def parse_amount(text: str, currency: str = "") -> Decimal:
    """The amount that was typed, exact to the cent: "1200.5", "1 200,50", "1,200.50" and "1.200,50 EUR" all are.

    Where a comma or point may part thousands or decimals ("1,200") it is refused, not guessed. Raises ValidationError
    with one sentence for that, for anything else that is no amount, for fractions of a cent, and outside 0.01 to
    99,999,999.99.
    """
    typed = " ".join(_GAPS.sub(" ", text).split())
    bare = _without_currency(typed, currency)
    if re.fullmatch("[-\u2212\u2013] ?[0-9][0-9 ,.]*", bare):
        raise ValidationError("Write an amount above zero.", code="negative")
    if not re.fullmatch(r"[\d,.][\d ,.]*", bare, re.ASCII) or not re.search(r"\d", bare):
        raise ValidationError("Write the amount in figures, like 1200.50.", code="garbage")
    whole, decimals = _parts(bare, typed)
    if len(decimals) > 2:
        raise ValidationError(f"{typed} has fractions of a cent: two decimals at most.", code="too_precise")
    amount = Decimal(f"{whole or 0}.{decimals or 0}")
    if amount == 0:
        raise ValidationError("Write an amount above zero.", code="zero")
    if amount > MAX_AMOUNT:
        raise ValidationError(
            f"That is more than {money(MAX_AMOUNT)}, the largest amount there is room for.", code="too_large"
        )
    return amount.quantize(Decimal("0.01"))


def _without_currency(typed: str, currency: str) -> str:
    """The figures without the currency beside them; raises ValidationError if it is another one."""
    match = re.fullmatch(r"([^\W\d_]{3}|[€$£₹¥])? ?(.*?) ?([^\W\d_]{3}|[€$£₹¥])?", typed)
    before, figures, after = match.groups() if match else (None, typed, None)
    if not re.search(r"\d", figures):
        return typed
    for name in filter(None, (before, after)):
        if currency and name.upper() not in {currency, _SYMBOLS.get(currency)}:
            raise ValidationError(f"This is owed in {currency}, not in {name.upper()}.", code="other_currency")
    return str(figures)


def _parts(bare: str, typed: str) -> tuple[str, str]:
    """The digits before and after the decimal mark."""
    marks = [mark for mark in bare if mark in ",."]
    if len(set(marks)) == 2 and marks.count(marks[-1]) == 1:
        whole, decimals = bare.rsplit(marks[-1], 1)  # The last of two kinds is the decimal mark: 1.200,50
    elif len(marks) == 1:
        whole, decimals = bare.split(marks[0])
        if len(decimals) == 3 and re.fullmatch(r"[1-9]\d{0,2}", whole):
            raise ValidationError(
                f"{typed} can be read in two ways: write {whole}{decimals} or {whole}.{decimals[:2]}.", code="ambiguous"
            )
    else:
        whole, decimals = bare, ""
    digits = re.sub(r"[ ,.]", "", whole)
    separators = {mark for mark in whole if mark in " ,."}
    if " " in decimals or (separators and (len(separators) > 1 or not _GROUPED.fullmatch(whole))):
        raise ValidationError(f"{typed} is grouped in an unusual way: write it like 1200.50.", code="garbage")
    return digits, decimals


class AmountField(forms.CharField):
    """An amount of money in a form; cleans to a Decimal. The form sets `currency` once it knows it."""

    currency = ""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)

    def clean(self, value: Any) -> Any:
        """The amount; raises ValidationError with the reason."""
        return parse_amount(super().clean(value), self.currency)
