"""How much a person is told: of one topic, of a community's topics, and of its chat."""

from django.db.models import Q, QuerySet

from apps.accounts.models import Role, User
from apps.community.models import Community, Level, Membership, Topic, TopicSetting
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


def silenced(conversation: Conversation, community: Community) -> QuerySet[User]:
    """Those who want to be told of nothing there, not even of what concerns them; and those who left."""
    field = "chat_level" if conversation.kind == CHAT_KIND else "level"
    members = Membership.objects.filter(community=community)
    left = members.exclude(left_at=None).values("user")
    nothing = Q(pk__in=members.filter(**{field: Level.NOTHING}).values("user"))
    if conversation.kind == TOPIC_KIND:
        chosen = TopicSetting.objects.filter(topic=conversation.topic)
        nothing &= ~Q(pk__in=chosen.values("user"))
        nothing |= Q(pk__in=chosen.filter(level=Level.NOTHING).values("user"))
    return User.objects.filter(nothing | Q(pk__in=left))


def communities_told(user: User, kind: str, *, concerned: bool) -> QuerySet[Community]:
    """The communities of which a person wants to hear of what is written in conversations of this kind.

    Of everything, or (`concerned`) at least of what concerns them.
    """
    field = "chat_level" if kind == CHAT_KIND else "level"
    own = Membership.objects.filter(user=user)
    here = Community.objects.exclude(pk__in=own.exclude(left_at=None).values("community"))
    if concerned:
        return here.exclude(pk__in=own.filter(**{field: Level.NOTHING}).values("community"))
    told = Q(pk__in=own.filter(**{field: Level.EVERYTHING}).values("community"))
    if kind != CHAT_KIND and user.role == Role.TEACHER:
        chosen = own.exclude(**{field: ""}).values("community")
        taught = CourseTeacher.objects.filter(teacher=user).values("course")
        told |= Q(course__in=taught) & ~Q(pk__in=chosen)
    return here.filter(told)


def topics_told(user: User, *, concerned: bool) -> QuerySet[Topic]:
    """The same for topics, each of which has a level of its own where one was chosen."""
    chosen = TopicSetting.objects.filter(user=user)
    enough = [Level.EVERYTHING, Level.CONCERNING] if concerned else [Level.EVERYTHING]
    left = Membership.objects.filter(user=user, left_at__isnull=False).values("community")
    usual = Q(community__in=communities_told(user, TOPIC_KIND, concerned=concerned).values("pk"))
    own = Q(pk__in=chosen.filter(level__in=enough).values("topic")) & ~Q(community__in=left)
    return Topic.objects.filter(own | (usual & ~Q(pk__in=chosen.values("topic"))))
