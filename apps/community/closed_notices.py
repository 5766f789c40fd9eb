"""Which notifications are about communities that a person may no longer read, in SQL: the bell counts without them."""

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from apps.accounts.models import User
from apps.community.models import Community, LessonTalk, Topic
from apps.community.models.communities import CHAT_KIND
from apps.community.models.topics import LESSON_KIND, TOPIC_KIND
from apps.conversations.models import Message, Reaction

# What each kind is about, by its `thing`, or by what it is grouped by.
OF_MESSAGES, OF_REACTIONS, OF_TOPICS = ("message", "mention", "reply"), ("reaction",), ("topic",)
OF_COMMUNITIES = ("moderated", "post-removed", "report-settled")
OF_MODERATORS = ("to-moderate", "reported")


def closed_to(user: User) -> Q:
    """Those whose community, lesson or queue this person may not open now."""
    if user.sees_all:
        return Q(pk__in=[])
    readable = Community.objects.visible_to(user)
    messages = Message.objects.filter(pk=OuterRef("thing"))
    reacted = Message.objects.filter(pk__in=Reaction.objects.filter(pk=OuterRef(OuterRef("thing"))).values("message"))
    return (
        (Q(kind__in=OF_MESSAGES) & _closed_messages(messages, user))
        | (Q(kind__in=OF_REACTIONS) & _closed_messages(reacted, user))
        | (Q(kind__in=OF_TOPICS) & ~Exists(Topic.objects.visible_to(user).filter(pk=OuterRef("thing"))))
        | (Q(kind__in=OF_COMMUNITIES) & ~Q(about__in=_named(readable)))
        | (Q(kind__in=OF_MODERATORS) & ~Q(about__in=_named(Community.objects.moderated_by(user))))
    )


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
