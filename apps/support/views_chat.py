"""One's own questions to the academy: the chat, and the same without script."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.conversations.threads import END, Place, number, open_thread
from apps.conversations.views_files import taken_in
from apps.core.htmx import wants_fragment
from apps.core.limits import check, limited, refuse
from apps.support import actions, policies
from apps.support.chat import AskForm, chat_of
from apps.support.models import Ticket

# What htmx asks for by `part`: the panel with its frame, what is in it, or a piece of either.
PARTS = {
    "panel": "support/chat/_panel.html",
    "body": "support/chat/_body.html",
    "status": "support/chat/_status.html",
    "count": "support/chat/_count.html",
}


def asking_person(request: HttpRequest) -> User:
    """Who asks; Http404 for those who answer, who have the inbox."""
    user = signed_in(request)
    if not policies.has_chat(user):
        raise Http404
    return user


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def support_list(request: HttpRequest) -> HttpResponse:
    """One's own tickets and the start of a new one; POST asks (`body`, `topic`, `client_key`)."""
    user = asking_person(request)
    if request.method == "POST":
        return _ask(request, user)
    template = PARTS.get(request.GET.get("part", ""), "support/chat/support_list.html")
    return render(request, template, {"chat": chat_of(user, page_number=request.GET.get("page", ""))})


def _ask(request: HttpRequest, user: User) -> HttpResponse:
    """Answer with the conversation, for the panel; without script go to its page."""
    if wait := check(request, policies.LIMIT):
        return refuse(request, policies.LIMIT, wait)
    if request.FILES and (wait := check(request, "uploads")):
        return refuse(request, "uploads", wait)
    form = AskForm(request.POST)
    if not form.is_valid():
        return _refuse(request, user, form)
    data = form.cleaned_data
    try:
        with taken_in(request, None) as files:
            attachments = data["attachments"] + files
            message = actions.ask(user, data["body"], data["topic"], data["client_key"], attachments)
    except ValidationError as error:
        form.add_error(None, error)
        return _refuse(request, user, form)
    if wants_fragment(request):
        return render(request, PARTS["body"], {"chat": chat_of(user)}, status=201)
    return redirect(f"{message.conversation.type.url(message.conversation, user)}#message-{message.pk}")


def _refuse(request: HttpRequest, user: User, form: AskForm) -> HttpResponse:
    """The reason at the composer, with the text still in it."""
    if wants_fragment(request):
        return render(request, "conversations/_composer_error.html", {"error": form.error}, status=422)
    return render(request, "support/chat/support_list.html", {"chat": chat_of(user, form)}, status=422)


@require_safe
def support_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One of one's own tickets, at its end or around the message `at`."""
    user = asking_person(request)
    ticket = get_object_or_404(Ticket.objects.filter(person=user).select_related("conversation", "person"), pk=pk)
    try:
        place = Place(around=number(request.GET["at"])) if "at" in request.GET else END
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    context = {"thread": open_thread(user, ticket.conversation, place), "ticket": ticket}
    return render(request, "support/chat/support_detail.html", context)
