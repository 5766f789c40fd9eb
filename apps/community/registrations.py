"""What the floors below are told of communities: called once, when the app is ready."""

from typing import Any

from django.db.models.signals import post_delete

from apps.accounts import audit_labels, looking, parts
from apps.accounts.models import Role
from apps.community import closed_notices, notices, notices_moderation, notices_topics, policies
from apps.community.actions import make_communities
from apps.community.audit_labels import LABELS
from apps.community.conversation_types import ChatConversations, TopicConversations
from apps.community.lesson_conversations import LessonConversations
from apps.community.live import EVERY_QUEUE
from apps.community.models import Community, LessonTalk, Topic
from apps.community.part import CommunityPart
from apps.community.views_lessons import comments_below
from apps.community.withheld import files_for, restorable_ids
from apps.conversations import conversation_types, withheld
from apps.conversations.models import Conversation
from apps.core import navigation
from apps.courses import below_lesson, course_tabs, creation
from apps.courses.access import Access
from apps.courses.course_tabs import Tab
from apps.notifications import notification_types
from apps.realtime import channels

TEAM = (Role.ADMIN, Role.STAFF, Role.TEACHER)
PLACE = ("Community", "messages-square", "community:community_list")
PAGES = (
    *("community:topic_edit", "community:topic_closing"),
    *("community:topic_create", "community:topic_detail", "community:chat_detail", "community:member_list"),
    *("community:comment_list", "community:level_edit", "community:community_edit"),
    *("community:member_detail", "community:community_moderation", "community:held_detail"),
    "community:search_list",
)

MODERATION = navigation.Entry(
    *("Moderation", "shield-check", "community:moderation_list", navigation.Group.TEACHING, 31, TEAM),
    pages=("community:moderation_list", "community:held_decide", "community:post_decide"),
    private=True,
    badge="community/moderation/_badge.html",
)


def register() -> None:
    """Everything, each with whom it concerns."""
    creation.register(make_communities)
    for each in (TopicConversations(), ChatConversations(), LessonConversations()):
        conversation_types.register(each)
    withheld.register(withheld.Withholding(files_for, restorable_ids))
    for model in (Community, Topic, LessonTalk):
        post_delete.connect(_gone, sender=model, dispatch_uid=f"homeroom.community.{model.__name__}")
    parts.register(CommunityPart())
    audit_labels.register(LABELS)
    channels.register("community-#", policies.can_read_channel, policies.channel_ends_at)
    channels.register("moderation-#", policies.can_read_moderation_channel, policies.channel_ends_at)
    channels.register(EVERY_QUEUE, policies.reads_every_queue)
    closed_notices.register()
    for kind in (*notices_moderation.TYPES, *notices_topics.TYPES):
        notification_types.register(kind)
    looking.open_to_looks("community:community_list", "community:topic_list", "community:topic_detail")
    looking.open_to_looks("community:search_list", "community:topic_head", "community:community_banner")
    looking.open_to_looks("community:chat_detail", "community:member_list", "community:comment_list")
    for kind in notices.TYPES:
        notification_types.register(kind)
    below_lesson.register(comments_below)
    course_tabs.register(Tab("Discuss", "community:topic_list", 25, _has_community, PAGES))
    navigation.register(
        navigation.Entry(*PLACE, navigation.Group.TEACHING, 30, TEAM, elsewhere=MODERATION.pages),
        MODERATION,
        # Their communities' pages belong to their courses.
        navigation.Entry(*PLACE, navigation.Group.OWN, 27, {Role.STUDENT}, pages={PLACE[2]}),
    )


def _has_community(access: Access) -> bool:
    return access.opens_all


def _gone(sender: type[Any], instance: Any, **_: Any) -> None:
    """A conversation goes with what it is about, which may have gone in a cascade: no action is called then."""
    chat = instance.chat_id if sender is Community else instance.conversation_id
    Conversation.objects.filter(pk=chat).delete()
