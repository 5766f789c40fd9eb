"""Finding what was said in one community: topics by their titles, and all messages by their words."""

from apps.accounts.models import User
from apps.community.conversation_types import CommunityConversations
from apps.community.models import Community, Topic
from apps.conversations import conversation_types
from apps.conversations.fulltext.words import Query
from apps.conversations.scopes import Scope
from apps.conversations.search import Results, search
from apps.core.finding import every_word

# Topics by their titles, above the messages; the list of topics finds the others.
MAX_TOPICS = 5


def scopes(user: User, community: Community) -> list[Scope]:
    """What this person reads of one community: its topics that stand, its chat, the comments they may read."""
    return [
        scope._replace(ids=scope.type.ids_in(scope.ids, community), areas=lambda: (community.course_id,))
        for scope in conversation_types.readable(user)
        if isinstance(scope.type, CommunityConversations)
    ]


def search_messages(user: User, community: Community, text: str, before: int | None) -> Results:
    """The newest messages there that match."""
    return search(user, text, before=before, scopes=scopes(user, community))


def search_titles(user: User, community: Community, query: Query) -> list[Topic]:
    """The topics there whose title has the words, those with the newest messages first; MAX_TOPICS and one at most."""
    if not query:
        return []
    rows = Topic.objects.visible_to(user).standing().filter(community=community)
    for term in query.wanted:
        rows = rows.filter(every_word(" ".join(term.words), "title"))
    for term in query.unwanted:
        rows = rows.exclude(every_word(" ".join(term.words), "title"))
    rows = rows.with_solved().with_figures_for(user).select_related("author", "conversation")
    return list(rows.order_by("-last_key", "-pk")[: MAX_TOPICS + 1])
