"""Who looks at what in the queue: pages say so by themselves, and nothing is locked by it."""

from collections.abc import Collection

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.community import live
from apps.community.moderation_queue import communities_of
from apps.community.views_moderation import moderator
from apps.core.limits import limited
from apps.realtime.presence import presence

MOST = 40


class LookingForm(forms.Form):
    """What a page says of itself: `page` is its name for itself, `item` what its reader looks at, `left` what no more.

    It is told who else looks at those that it has `shown`.
    """

    page = forms.RegexField(r"\A[a-z0-9]{1,16}\Z")
    item = forms.CharField(required=False, max_length=30)
    left = forms.CharField(required=False, max_length=30)
    shown = forms.CharField(required=False, max_length=MOST * 30)


@require_POST
@limited("typing")
def looking(request: HttpRequest) -> HttpResponse:
    """Keep what a moderator looks at; answer with who else looks at the items on their page."""
    user, form = moderator(request), LookingForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("Say which page it is, and at what.")
    data = form.cleaned_data
    shown = data["shown"].split()[:MOST]
    communities = communities_of(user, {*shown, data["item"], data["left"]})
    if not user.hides_presence:
        _keep(user, data["page"], data["item"], data["left"], communities)
    lookers = _lookers(user, [name for name in shown if name in communities])
    return render(request, "community/moderation/_lookers.html", {"lookers": lookers})


def _keep(user: User, page: str, item: str, left: str, communities: dict[str, int]) -> None:
    """Where this changes who looks at something, the others' pages ask who does."""
    told = set()
    if left in communities and presence().left(_place(left), user.pk, page).changed:
        told.add(communities[left])
    if item in communities and presence().heard(_place(item), user.pk, page).changed:
        told.add(communities[item])
    for community in told:
        live.lookers_changed(community)


def _lookers(user: User, names: Collection[str]) -> list[tuple[str, list[User]]]:
    here = presence().people([_place(name) for name in names])
    ids = {pk for people in here.values() for pk in people} - {user.pk}
    people = User.objects.filter(is_active=True, hides_presence=False).in_bulk(ids) if ids else {}
    looking = ((name, [people[pk] for pk in sorted(here[_place(name)] & people.keys())]) for name in names)
    return [(name, others) for name, others in looking if others]


def _place(name: str) -> str:
    return f"moderation-{name}"
