"""Feeds of one's calendar: the page on which they are made and ended, and the feeds themselves."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.core.headers import NO_PAGE
from apps.core.limits import check, counts, limited, refuse
from apps.scheduling import actions, feeds
from apps.scheduling.models import Feed

HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": NO_PAGE,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@login_not_required
@require_safe
def feed_detail(request: HttpRequest, secret: str) -> HttpResponse:
    """The feed of this address, for whoever has it; one that is wrong, replaced or ended is not found."""
    feed = Feed.objects.of_secret(secret).select_related("user").first()
    if feed is None:
        # Who guesses is counted by their address; those who read feeds for many people come from few.
        return refuse(request, "feeds", wait) if (wait := check(request, "feeds")) else _not_found()
    if wait := counts().take(settings.LIMITS["feeds"], "feeds", "feed", str(feed.pk)):
        return HttpResponse(status=429, headers={"Retry-After": str(wait)} | HEADERS)
    return HttpResponse(feeds.written(feed), content_type="text/calendar; charset=utf-8", headers=HEADERS)


def _not_found() -> HttpResponse:
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def feed_list(request: HttpRequest) -> HttpResponse:
    """One's feeds; POST makes one (`shows` is `details` or `busy`), whose address this answer alone shows."""
    user = signed_in(request)
    if request.method != "POST":
        return _page(request)
    try:
        feed, secret = actions.create_feed(user, request.POST.get("shows") == "busy")
    except ValidationError as error:
        return _page(request, error=error.messages[0], status=422)
    return _page(request, feed, secret)


@require_POST
@limited("posts")
def feed_replacement(request: HttpRequest, pk: int) -> HttpResponse:
    """Another address for a feed, which this answer alone shows."""
    user = signed_in(request)
    return _page(request, *actions.replace_feed(user, get_object_or_404(Feed.objects.visible_to(user), pk=pk)))


@require_POST
@limited("posts")
def feed_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a feed."""
    user = signed_in(request)
    actions.end_feed(user, get_object_or_404(Feed.objects.visible_to(user), pk=pk))
    messages.success(request, "This address no longer works.")
    return redirect("scheduling:feed_list")


def _page(
    request: HttpRequest, made: Feed | None = None, secret: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    user = signed_in(request)
    address = settings.SITE_URL + reverse("scheduling:feed_detail", args=[secret]) if secret else ""
    own = Feed.objects.visible_to(user).filter(era=user.era)
    context = {"feeds": own, "made": made, "address": address, "error": error}
    response = render(request, "scheduling/feed_list.html", context, status=status)
    if secret:
        response.headers["Cache-Control"] = "private, no-store"
    return response
