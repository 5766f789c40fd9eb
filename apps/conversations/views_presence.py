"""Where a reader is: that their page is open, how far they have read, that they type. Pages say so by themselves."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import sessions
from apps.accounts.models import User
from apps.accounts.people import mark_seen, signed_in
from apps.conversations import actions, policies
from apps.conversations.forms import MAX_ID
from apps.conversations.lookups import conversation_of
from apps.conversations.models import Audience, Conversation
from apps.conversations.reading import reading_of, unread_counts
from apps.core.limits import limited
from apps.realtime.presence import Here, presence
from apps.realtime.publish import event

MAX_AGE_MS = 60_000
MAX_COUNTED = 200


class PositionForm(forms.Form):
    """What a page says of itself: `page` is its name for itself, `away` that it is shown no longer.

    With `marks` it asks how far the others have read: it may have missed that.
    """

    page = forms.RegexField(r"\A[a-z0-9]{1,16}\Z", required=False)
    away = forms.BooleanField(required=False)
    marks = forms.BooleanField(required=False)
    read = forms.IntegerField(required=False, min_value=0, max_value=MAX_ID)
    delivered = forms.IntegerField(required=False, min_value=0, max_value=MAX_ID)


class TypingForm(forms.Form):
    """For whom somebody writes, and how many milliseconds ago they pressed the last key."""

    audience = forms.ChoiceField(choices=Audience.choices, required=False)
    age = forms.IntegerField(required=False, min_value=0, max_value=MAX_AGE_MS)


@dataclass
class Company:
    """Who else has a conversation open, as one person sees it."""

    counterpart: User | None
    counterpart_is_here: bool
    others: list[User]


@require_POST
def position_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep where a page is; answer with who else is here and, if it asks, how far they have read."""
    user, conversation = signed_in(request), conversation_of(request, pk)
    form = PositionForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("A position has keys of messages and a page.")
    data = form.cleaned_data
    sessions.mark_seen(request.session.session_key)
    visiting = bool(data["page"]) and not data["away"]
    actions.mark_read(user, conversation, data["read"] or 0, data["delivered"] or 0, visiting=visiting)
    context: dict[str, Any] = {"conversation": conversation}
    if data["page"] and not user.hides_presence:
        here = _keep(user, conversation, data["page"], away=data["away"])
        mark_seen(user)
        context["company"] = None if data["away"] else _company(user, conversation, here)
    if data["marks"]:
        context["reading"] = reading_of(user, conversation, conversation.type.audiences(user))
    if not (context.get("company") or data["marks"]):
        return HttpResponse(status=204)
    return render(request, "conversations/_position.html", context)


def _keep(user: User, conversation: Conversation, page: str, *, away: bool) -> Here:
    """Keep that a page is open, or that it isn't; where this changes who is here, the others' pages ask who is."""
    place = f"conversation-{conversation.pk}"
    here = (presence().left if away else presence().heard)(place, user.pk, page)
    if here.changed:
        event(conversation.type.channel(conversation, Audience.EVERYONE), "presence", {"conversation": conversation.pk})
    return here


def _company(user: User, conversation: Conversation, here: Here) -> Company:
    rules = conversation.type
    counterpart = rules.counterpart(conversation, user)
    readers = rules.readers(conversation, Audience.EVERYONE).filter(pk__in=here.people, hides_presence=False)
    people = list(readers.exclude(pk=user.pk).distinct())
    if counterpart and (counterpart.hides_presence or not counterpart.is_active):
        counterpart = None
    return Company(counterpart, counterpart in people, [person for person in people if person != counterpart])


@require_POST
@limited("typing")
def typing_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell those for whom the message would be that somebody is typing. Nothing is kept."""
    user, conversation = signed_in(request), conversation_of(request, pk)
    form = TypingForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("Say for whom, and how long ago.")
    audiences = conversation.type.audiences(user)
    audience = form.cleaned_data["audience"] or audiences[0]
    may = audience in audiences and policies.can_post(user, conversation)
    if may and not user.hides_presence:
        said = {"conversation": conversation.pk, "user": user.pk, "name": user.given_name}
        age = form.cleaned_data["age"] or 0
        event(conversation.type.channel(conversation, audience), "typing", {**said, "age": age})
        conversation.type.typed(conversation, user, age)
    return HttpResponse(status=204)


@require_safe
def unread_list(request: HttpRequest) -> HttpResponse:
    """The badges of the conversations in `in`, as they are now; what one can't see has none."""
    asked = request.GET.getlist("in")
    if len(asked) > MAX_COUNTED or not all(
        number.isascii() and number.isdigit() and len(number) < 19 for number in asked
    ):
        return HttpResponseBadRequest("in is the number of a conversation")
    ids = {int(number) for number in asked}
    counts = unread_counts(signed_in(request), ids)
    return render(request, "conversations/_unread_list.html", {"ids": sorted(ids), "unread": counts})
