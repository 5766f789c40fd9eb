"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def academy(request: HttpRequest) -> dict[str, Any]:
    """The academy's name and the currency its fees are in (ISO 4217)."""
    return {"academy_name": settings.ACADEMY_NAME, "currency": settings.CURRENCY}
