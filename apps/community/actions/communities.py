"""Communities: made with their courses, set up by their instructors."""

from collections.abc import Sequence

from django.db import transaction

from apps.community.models import Community
from apps.community.models.communities import CHAT_KIND
from apps.conversations.models import Conversation
from apps.courses.models import Course


def make_communities(courses: Sequence[Course]) -> None:
    """Give each of these courses its community with a chat; one that has one keeps it."""
    with transaction.atomic():
        known = set(Community.objects.filter(course__in=courses).values_list("course", flat=True))
        without = [course for course in courses if course.pk not in known]
        chats = Conversation.objects.bulk_create(Conversation(kind=CHAT_KIND) for _ in without)
        Community.objects.bulk_create(
            Community(course=course, chat=chat) for course, chat in zip(without, chats, strict=True)
        )
