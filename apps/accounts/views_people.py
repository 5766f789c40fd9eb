"""The people who can sign in: the list, one person, their access and their role. For admins and staff alone."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import factors, people_actions, policies
from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.accounts.people_list import PeopleList
from apps.accounts.person_facts import Person
from apps.accounts.reauthentication import ask_again
from apps.core.listing import render_list


@require_safe
def person_list(request: HttpRequest) -> HttpResponse:
    """Everybody with an account; everything about the view of them is in the URL."""
    user = signed_in(request)
    if not policies.can_list_people(user):
        raise Http404
    return render_list(request, PeopleList(user, request.GET), "accounts/person_list.html")


def find_person(request: HttpRequest, pk: int) -> User:
    """A person whom the one who asks may see; 404 for others."""
    return get_object_or_404(User.objects.visible_to(signed_in(request)), pk=pk)


@require_safe
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Who it is, how they sign in, what they are in charge of, and what may be done with the account."""
    context = {"person": Person(signed_in(request), find_person(request, pk))}
    return render(request, "accounts/person_detail.html", context)


@require_http_methods(["POST", "DELETE"])
def deactivation(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a person's access away (POST), or give it back (DELETE, or POST with `end`)."""
    user, person = signed_in(request), find_person(request, pk)
    if not policies.can_deactivate(user, person):
        raise Http404
    ask_again(request)
    if request.method == "DELETE" or "end" in request.POST:
        done = f"{person.full_name} can sign in again."
        return _answer(request, person, lambda: people_actions.reactivate(user, person), done)
    done = f"{person.full_name} is signed out everywhere and can't sign in any more."
    return _answer(request, person, lambda: people_actions.deactivate(user, person), done)


@require_POST
def role_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a person another role."""
    user, person = signed_in(request), find_person(request, pk)
    if not policies.can_change_role(user, person):
        raise Http404
    ask_again(request)
    role = request.POST.get("role", "")
    return _answer(request, person, lambda: people_actions.change_role(user, person, role), "The role is changed.")


@require_POST
def factors_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away the second factors of somebody who has lost them."""
    user, person = signed_in(request), find_person(request, pk)
    if not policies.can_remove_factors(user, person):
        raise Http404
    ask_again(request)
    done = f"{person.full_name} can sign in without them now, and was told by mail."
    return _answer(request, person, lambda: factors.remove_all(user, person), done)


def _answer(request: HttpRequest, person: User, act: Callable[[], object], done: str) -> HttpResponse:
    """Back to the person's page, as it is then; what is refused is said there."""
    try:
        act()
    except PermissionDenied as refusal:
        messages.error(request, str(refusal))
    except ValidationError as error:
        for reason in error.messages:
            messages.error(request, reason)
    else:
        messages.success(request, done)
    return redirect(person)
