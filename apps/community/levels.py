"""How much a person is told: of one topic, of a community's topics, and of its chat."""

from django.db.models import Q, QuerySet

from apps.accounts.models import Role, User
from apps.community.models import Community, Level, Membership, TopicSetting
from apps.community.models.communities import CHAT_KIND
from apps.community.models.topics import TOPIC_KIND
from apps.conversations.models import Conversation
from apps.courses.models import CourseTeacher


def wanting(community: Community, kind: str) -> QuerySet[User]:
    """Those who want to be told of everything that is written in conversations of this kind in a community.

    Unless they say otherwise these are its instructors, and of the chat nobody.
    """
    chosen = Membership.objects.filter(community=community)
    field = "chat_level" if kind == CHAT_KIND else "level"
    everything = Q(pk__in=chosen.filter(left_at=None, **{field: Level.EVERYTHING}).values("user"))
    if kind != CHAT_KIND:
        teachers = CourseTeacher.objects.filter(course=community.course_id).values("teacher")
        silent = chosen.exclude(**{field: ""}) | chosen.exclude(left_at=None)
        everything |= Q(pk__in=teachers, role=Role.TEACHER) & ~Q(pk__in=silent.values("user"))
    return community.readers().filter(everything)


def followers(conversation: Conversation, community: Community) -> QuerySet[User]:
    """Those who are told of everything in one conversation: by what they chose for it, else for its community."""
    told = wanting(community, conversation.kind)
    if conversation.kind != TOPIC_KIND:
        return told
    chosen = TopicSetting.objects.filter(topic=conversation.topic)
    always = chosen.filter(level=Level.EVERYTHING).values("user")
    left = Membership.objects.filter(community=community, left_at__isnull=False).values("user")
    asked = community.readers().filter(pk__in=always).exclude(pk__in=left)
    return (told.exclude(pk__in=chosen.values("user")) | asked).distinct()


def silent(community: Community, kind: str) -> QuerySet[User]:
    """Those who want to be told of nothing there, not even of what concerns them; and those who left."""
    field = "chat_level" if kind == CHAT_KIND else "level"
    chosen = Membership.objects.filter(community=community)
    nothing = chosen.filter(**{field: Level.NOTHING}) | chosen.exclude(left_at=None)
    return User.objects.filter(pk__in=nothing.values("user"))
