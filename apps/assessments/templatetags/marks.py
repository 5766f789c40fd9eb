"""Points and percentages, with the decimals that they have and no trailing zeros."""

from decimal import Decimal

from django import template

from apps.core import formats

register = template.Library()


@register.filter
def points(value: Decimal | int) -> str:
    """At most two decimals, as the reader writes them: 17.5, 100, 88.36."""
    decimals = max(0, -int(Decimal(value).normalize().as_tuple().exponent))
    return formats.number(value, min(decimals, 2))
