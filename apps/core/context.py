"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from apps.core import formats


def academy(request: HttpRequest) -> dict[str, Any]:
    """The academy's name, the currency of its fees (ISO 4217), the clock and language of what scripts write.

    And whether anybody may make an account.
    """
    return {
        "academy_name": settings.ACADEMY_NAME,
        "currency": settings.CURRENCY,
        "signup_is_open": settings.SIGNUP,
        "time_zone": str(timezone.get_current_timezone()),
        "locale": formats.script_tag(),
    }
