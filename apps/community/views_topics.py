"""Topics: the list, one with its replies, a new one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.people import signed_in
from apps.community import actions
from apps.community.forms import TopicForm
from apps.community.lookups import community_of, topic_of
from apps.community.pages import render_community
from apps.conversations.conversation_types import Waits
from apps.conversations.threads import Place, number, open_thread
from apps.core.limits import limited

PAGE = 20


@require_safe
def topic_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The topics of a community, pinned ones first."""
    community = community_of(request, pk)
    topics = community.topics.standing().with_solved().pinned_first("-last_key").select_related("author")[:PAGE]
    return render_community(request, community, "community/topic_list.html", topics=topics)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def topic_create(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for a new topic; POST begins it."""
    community = community_of(request, pk)
    form = TopicForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            topic = actions.start_topic(signed_in(request), community, form.new)
        except Waits:
            return redirect(community)
        return redirect(topic)
    status = 422 if form.is_bound else 200
    return render_community(request, community, "community/topic_create.html", status=status, form=form)


@require_safe
def topic_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A topic with its replies: from its beginning, or around a message (`at`)."""
    topic = topic_of(request, pk)
    topic.conversation.topic = topic
    at = request.GET.get("at", "")
    place = Place(around=number(at)) if at.isascii() and at.isdigit() and len(at) < 19 else Place()
    thread = open_thread(signed_in(request), topic.conversation, place)
    return render_community(request, topic.community, "community/topic_detail.html", topic=topic, thread=thread)
