"""Direct conversations: whom one talks with, and beginning to."""

from dataclasses import dataclass
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.conversations import actions, policies
from apps.conversations.direct import DirectConversations, contacts, reachable
from apps.conversations.models import Conversation, Message
from apps.conversations.threads import number, open_thread
from apps.core.finding import every_word, typed
from apps.core.htmx import render_part, wants_fragment

PAGE = 30
PEOPLE = 20
NAMES = ("given_name", "family_name")


@dataclass
class Talk:
    """A direct conversation in the list: with whom, and what was said last."""

    conversation: Conversation
    other: User
    last: Message


@dataclass
class TalkList:
    """The direct conversations of one person in which something was said, the newest first."""

    user: User
    text: str
    number: str

    @cached_property
    def page(self) -> Page[Conversation]:
        """One page of them; a number that makes no sense is the nearest that does."""
        written = Message.objects.filter(conversation=OuterRef("pk"), deleted=None).order_by("-key")
        found = (
            Conversation.objects.visible_to(self.user)
            .filter(kind=DirectConversations.name)
            .select_related("pair__first", "pair__second")
            .with_unread_for(self.user)
            .annotate(newest=Subquery(written.values("pk")[:1]), newest_key=Subquery(written.values("key")[:1]))
            .exclude(newest=None)
            # By when it was said: what was taken over from elsewhere has younger ids.
            .order_by(F("newest_key").desc(), "pk")
        )
        if self.text:
            mine = Q(pair__first=self.user)
            found = found.filter(
                (mine & every_word(self.text, *(f"pair__second__{name}" for name in NAMES)))
                | (~mine & every_word(self.text, *(f"pair__first__{name}" for name in NAMES)))
            )
        return Paginator(found, PAGE).get_page(self.number)

    @cached_property
    def talks(self) -> list[Talk]:
        """What the rows show."""
        rows = list(self.page)
        last = Message.objects.in_bulk([row.newest for row in rows])  # type: ignore[attr-defined]
        return [Talk(row, row.pair.other(self.user), last[row.newest]) for row in rows]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def talk_list(request: HttpRequest) -> HttpResponse:
    """The direct conversations one has; POST begins one with `user`, or goes on with it."""
    user = signed_in(request)
    if request.method == "POST":
        return _begin(request, user)
    context = {"listing": TalkList(user, typed(request.GET.get("q", "")), request.GET.get("page", "1"))}
    return render_part(request, "conversations/talk_list.html", "conversations/_talks.html", context)


def _begin(request: HttpRequest, user: User) -> HttpResponse:
    """Whom one may not write to is not found, unless the two have talked before."""
    try:
        chosen = number(request.POST.get("user", ""))
    except ValueError as error:
        raise Http404 from error
    conversation = actions.open_direct(user, get_object_or_404(reachable(user), pk=chosen))
    return redirect("conversations:conversation_detail", conversation.pk)


@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    """To whom one may write, by name."""
    text = typed(request.GET.get("q", ""))
    found: QuerySet[User] = contacts(signed_in(request)).filter(every_word(text, *NAMES))
    people = list(found.distinct()[: PEOPLE + 1])
    context = {"people": people[:PEOPLE], "more": len(people) > PEOPLE, "text": text}
    return render_part(request, "conversations/people_list.html", "conversations/_contacts.html", context)


@require_http_methods(["POST", "DELETE"])
def lock(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a conversation for writing (POST), or open it again (DELETE, or POST with `open`)."""
    user = signed_in(request)
    conversation = get_object_or_404(Conversation.objects.visible_to(user), pk=pk)
    if not policies.can_lock(user, conversation):
        raise Http404
    opening = request.method == "DELETE" or "open" in request.POST
    actions.set_locked(user, conversation, not opening)
    if wants_fragment(request):
        return HttpResponse(status=204)
    return redirect(conversation.type.url(conversation, user))


@require_safe
def foot(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands under the messages as it is now: the composer, or that the conversation is closed."""
    user = signed_in(request)
    conversation = get_object_or_404(Conversation.objects.visible_to(user), pk=pk)
    return render(request, "conversations/_foot.html", {"thread": open_thread(user, conversation, size=0)})
