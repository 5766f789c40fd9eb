"""Looking as another person: begin, end."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts import looking, policies
from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again
from apps.accounts.views_people import find_person


@require_POST
def look_create(request: HttpRequest, pk: int) -> HttpResponse:
    """See Homeroom as this person does, from their home page on."""
    user, person = signed_in(request), find_person(request, pk)
    if not policies.can_look_as(user, person):
        raise Http404
    ask_again(request)
    looking.begin(request, user, person)
    return redirect("/")


@require_POST
def look_end(request: HttpRequest) -> HttpResponse:
    """Be oneself again, on the page of who was looked as."""
    user = signed_in(request)
    if not policies.can_list_people(user):
        raise Http404
    looked_as = looking.end(request, user, "asked")
    messages.info(request, "You see Homeroom as yourself again.")
    return redirect("people:person_detail", looked_as) if looked_as else redirect("people:person_list")
