"""Health, and the answers to requests that can't be served."""

import re

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """What this process needs is there: the database and, where it is set, Redis. 503 names what is missing."""
    checks = {"database": _database_answers()}
    if settings.REDIS_URL:
        checks["redis"] = _redis_answers()
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    from redis import Redis, RedisError

    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except RedisError:
        return False


# What nobody typed, or what must not be shown again.
NOT_TEXT = re.compile("token|key|password|code|audience")


def typed_text(request: HttpRequest) -> str:
    """What a person had written in a form that could not be taken, for the page that says so: a message's text alone,
    of any other form each field with its name."""
    if "body" in request.POST:
        return str(request.POST["body"])
    fields = [(name, request.POST[name]) for name in request.POST if not NOT_TEXT.search(name)]
    return "\n".join(f"{name.replace('_', ' ')}: {text}" for name, text in fields if text.strip())


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page a form came from was too old (signed in again elsewhere, cookies cleared): nothing typed is lost."""
    return render(request, "403_csrf.html", {"typed": typed_text(request)}, status=403)
