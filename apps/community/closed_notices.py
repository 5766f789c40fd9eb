"""Which notifications are about communities that a person may no longer read, in SQL: the bell counts without them."""

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from apps.accounts.models import User
from apps.community.models import Community, LessonTalk, Topic
from apps.community.models.communities import CHAT_KIND
from apps.community.models.topics import LESSON_KIND, TOPIC_KIND
from apps.conversations.models import Message, Reaction
from apps.notifications import closing


def register() -> None:
    """Register a rule for each notification kind, by its `thing` or by its group."""
    closing.register(("message", "mention", "reply"), _of_messages)
    closing.register(("reaction",), _of_reactions)
    closing.register(("topic", "topic-moderated"), _of_topics)
    closing.register(("moderated", "post-removed", "report-settled"), _of_communities)
    closing.register(("to-moderate", "reported"), _of_queues)


def _of_messages(user: User) -> Q:
    return _closed_messages(Message.objects.filter(pk=OuterRef("thing")), user)


def _of_reactions(user: User) -> Q:
    reactions = Reaction.objects.filter(pk=OuterRef(OuterRef("thing"))).values("message")
    return _closed_messages(Message.objects.filter(pk__in=reactions), user)


def _of_topics(user: User) -> Q:
    return ~Q(Exists(Topic.objects.visible_to(user).filter(pk=OuterRef("thing"))))


def _of_communities(user: User) -> Q:
    return ~Q(about__in=_named(Community.objects.visible_to(user)))


def _of_queues(user: User) -> Q:
    return ~Q(about__in=_named(Community.objects.moderated_by(user)))


def _closed_messages(messages: QuerySet[Message], user: User) -> Q:
    readable = Community.objects.visible_to(user).values("pk")
    lessons = LessonTalk.objects.visible_to(user).values("conversation")
    return (
        Q(Exists(messages.filter(conversation__kind=TOPIC_KIND).exclude(conversation__topic__community__in=readable)))
        | Q(Exists(messages.filter(conversation__kind=CHAT_KIND).exclude(conversation__community__in=readable)))
        | Q(Exists(messages.filter(conversation__kind=LESSON_KIND).exclude(conversation__in=lessons)))
    )


def _named(communities: QuerySet[Community]) -> QuerySet[Community, str]:
    """As `about` names them."""
    name = Concat(Value("community-"), Cast("pk", TextField()), output_field=TextField())
    return communities.order_by().values_list(name, flat=True)
