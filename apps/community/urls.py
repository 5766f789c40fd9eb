"""Routes of communities."""

from django.urls import path

from apps.community import (
    views,
    views_flags,
    views_held,
    views_lessons,
    views_levels,
    views_members,
    views_moderation,
    views_topic_changes,
    views_topics,
)

app_name = "community"
urlpatterns = [
    path("communities/", views.community_list, name="community_list"),
    path("courses/<int:pk>/community/", views_topics.topic_list, name="topic_list"),
    path("courses/<int:pk>/community/topics/", views_topics.topic_create, name="topic_create"),
    path("courses/<int:pk>/community/topics/preview/", views_topics.topic_preview, name="topic_preview"),
    path("courses/<int:pk>/community/chat/", views.chat_detail, name="chat_detail"),
    path("courses/<int:pk>/community/members/", views_members.member_list, name="member_list"),
    path("courses/<int:pk>/community/members/<int:user_pk>/role/", views_members.role, name="role"),
    path("courses/<int:pk>/community/levels/", views_levels.level_edit, name="level_edit"),
    path("topics/<int:pk>/level/", views_levels.topic_level, name="topic_level"),
    path("courses/<int:pk>/community/membership/", views_members.membership, name="membership"),
    path("courses/<int:pk>/lessons/<int:lesson_pk>/comments/", views_lessons.comment_list, name="comment_list"),
    path("courses/<int:pk>/community/moderation/", views_moderation.community_moderation, name="community_moderation"),
    path("courses/<int:pk>/community/held/", views_held.topics_held, name="topics_held"),
    path("conversations/<int:pk>/held/", views_held.conversation_held, name="conversation_held"),
    path("held/<int:pk>/", views_held.held_detail, name="held_detail"),
    path("held/<int:pk>/withdrawal/", views_held.held_withdrawal, name="held_withdrawal"),
    path("messages/<int:pk>/flag/", views_flags.flag_detail, name="flag_detail"),
    path("moderation/posts/<int:pk>/", views_flags.post_decide, name="post_decide"),
    path("moderation/posts/<int:pk>/notes/", views_flags.post_note, name="post_note"),
    path("moderation/<int:pk>/notes/", views_moderation.held_note, name="held_note"),
    path("moderation/posts/<int:pk>/keeping/", views_flags.post_keeping, name="post_keeping"),
    path("moderation/posts/<int:pk>/removal/", views_flags.post_removal, name="post_removal"),
    path("moderation/", views_moderation.moderation_list, name="moderation_list"),
    path("moderation/count/", views_moderation.moderation_count, name="moderation_count"),
    path("moderation/<int:pk>/", views_moderation.held_decide, name="held_decide"),
    path("moderation/<int:pk>/approval/", views_moderation.held_approval, name="held_approval"),
    path("moderation/<int:pk>/rejection/", views_moderation.held_rejection, name="held_rejection"),
    path("topics/<int:pk>/", views_topics.topic_detail, name="topic_detail"),
    path("topics/<int:pk>/head/", views_topic_changes.topic_head, name="topic_head"),
    path("topics/<int:pk>/edit/", views_topic_changes.topic_edit, name="topic_edit"),
    path("topics/<int:pk>/pin/", views_topic_changes.topic_pin, name="topic_pin"),
    path("topics/<int:pk>/answers/", views_topic_changes.topic_answer, name="topic_answer"),
    path("topics/<int:pk>/deletion/", views_topic_changes.topic_deletion, name="topic_deletion"),
    path("topics/<int:pk>/restoration/", views_topic_changes.topic_restoration, name="topic_restoration"),
    path("topics/<int:pk>/read/", views_topic_changes.topic_read, name="topic_read"),
]
