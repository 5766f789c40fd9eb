"""Health, and the answers to requests that can't be served."""

import re

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from apps.core import health, metrics, queue_state
from apps.core.addresses import client_address, is_among


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """What this process needs is there: the database, a worker and, where it is set, Redis. 503 names what isn't."""
    checks = health.checks()
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


@login_not_required
@require_safe
def metrics_text(request: HttpRequest) -> HttpResponse:
    """What was counted, as Prometheus reads it, for the addresses in HOMEROOM_METRICS_FROM; others find no page."""
    if not is_among(client_address(request), settings.METRICS_FROM):
        raise Http404
    parts = metrics.exposition(), queue_state.exposition(), metrics.measured()
    return HttpResponse(b"".join(parts), content_type=CONTENT_TYPE_PLAIN_0_0_4)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for a request that makes no sense."""
    return render(request, "400.html", status=400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for what a person may not do."""
    return render(request, "403.html", {"exception": str(exception)}, status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for what isn't there, or not for them; the text of a message that was sent there isn't lost."""
    try:
        typed = request.POST.get("body", "") if request.method == "POST" else ""
    except (BadRequest, MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        typed = ""
    return render(request, "404.html", {"typed": typed}, status=404)


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
