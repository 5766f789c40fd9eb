"""Errors go to Sentry where SENTRY_DSN is set, with nothing that tells about a person but a number.

What is sent is chosen here, key by key: what a later version of the library adds stays at home.
"""

from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import ignore_logger
from sentry_sdk.types import Event, Hint

from apps.core import logs

KEPT = (
    *("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "server_name", "sdk"),
    *("modules", "transaction", "transaction_info", "exception"),
)


def start() -> None:
    """Send each error that is logged from now on."""
    ignore_logger("django.security.DisallowedHost")  # Whoever scans the internet makes these up.
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.SENTRY_RELEASE or None,
        environment=settings.SENTRY_ENVIRONMENT,
        before_send=scrub,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # A failed job is logged by Huey; Sentry's own part for it adds to a job's arguments what only Sentry takes out.
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(middleware_spans=False, signals_spans=False)],
    )


def scrub(event: Event, hint: Hint) -> Event:
    """What may leave of an event: where it went wrong, never with what."""
    told: dict[str, Any] = {**event}
    kept = {name: told[name] for name in KEPT if name in told}
    # The route, "transaction", says where; a path may hold the key of an invitation or of a new password.
    kept["request"] = {"method": (told.get("request") or {}).get("method")}
    kept["tags"] = {"request": logs.request_id.get()}
    if user := (told.get("user") or {}).get("id"):
        kept["user"] = {"id": user}
    if message := (told.get("logentry") or {}).get("message"):
        kept["logentry"] = {"message": message}  # Without what was put into its places.
    for exception in (kept.get("exception") or {}).get("values", []):
        exception["value"] = logs.clean(str(exception.get("value", "")))
        for frame in (exception.get("stacktrace") or {}).get("frames", []):
            frame.pop("vars", None)
    return kept  # type: ignore[return-value]  # A dictionary of the keys that an event has.
