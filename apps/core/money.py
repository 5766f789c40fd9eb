"""Money."""

from django.conf import settings


def academy_currency() -> str:
    """The currency that fees are in unless said otherwise (ISO 4217)."""
    return str(settings.CURRENCY)
