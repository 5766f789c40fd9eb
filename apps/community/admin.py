"""Communities in the admin: to be looked at, and set up; what people write changes on the pages alone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.administration import ActionAdmin, ReadOnlyAdmin
from apps.community.models import (
    AcceptedAnswer,
    Community,
    Flag,
    Held,
    LessonTalk,
    Membership,
    ModerationNote,
    Removal,
    Topic,
    TopicSetting,
)


@admin.register(Community)
class CommunityAdmin(ActionAdmin[Community]):
    """Made with their courses, and gone with them."""

    list_display = ("name", "course", "audience", "approval")
    list_filter = ("audience", "approval")
    list_select_related = ("course",)
    search_fields = ("title", "course__title")
    fields = ("course", "title", "audience", "approval", "first_posts")
    readonly_fields = ("course",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: it is made with its course."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: it goes with its course."""
        return False


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin[Membership]):
    """Who moderates, who left, and who may not report posts; who is a member follows from enrollments."""

    list_display = ("user", "community", "role", "left_at", "may_flag")
    list_filter = ("role", "may_flag")
    list_select_related = ("user", "community__course")
    search_fields = ("user__email", "user__given_name", "user__family_name")


@admin.register(Topic)
class TopicAdmin(ReadOnlyAdmin[Topic]):
    """Topics, deleted ones too."""

    list_display = ("title", "community", "author", "replies", "created", "deleted")
    list_filter = ("is_question", "created", "deleted")
    list_select_related = ("community__course", "author")
    search_fields = ("title", "author__email")
    ordering = ("-pk",)


@admin.register(TopicSetting)
class TopicSettingAdmin(ReadOnlyAdmin[TopicSetting]):
    """What people want to be told of single topics."""

    list_display = ("topic", "user", "level")
    list_filter = ("level",)
    list_select_related = ("topic", "user")
    search_fields = ("topic__title", "user__email")


@admin.register(AcceptedAnswer)
class AcceptedAnswerAdmin(ReadOnlyAdmin[AcceptedAnswer]):
    """Which replies answer which questions."""

    list_display = ("topic", "message", "accepted_by", "at")
    list_filter = ("at",)
    list_select_related = ("topic", "message", "accepted_by")
    search_fields = ("topic__title",)


@admin.register(LessonTalk)
class LessonTalkAdmin(ReadOnlyAdmin[LessonTalk]):
    """Lessons with comments."""

    list_display = ("lesson", "conversation")
    list_select_related = ("lesson", "conversation")
    search_fields = ("lesson__title",)


@admin.register(Held)
class HeldAdmin(ReadOnlyAdmin[Held]):
    """What waits for a moderator, and what became of it."""

    list_display = ("kind", "author", "community", "state", "created", "decided_by")
    list_filter = ("state", "kind", "created")
    list_select_related = ("author", "community__course", "decided_by")
    search_fields = ("author__email", "title")
    ordering = ("-pk",)


@admin.register(Flag)
class FlagAdmin(ReadOnlyAdmin[Flag]):
    """Reports of posts, and what was decided."""

    list_display = ("message", "reason", "user", "community", "outcome", "created")
    list_filter = ("outcome", "reason", "created")
    list_select_related = ("message", "user", "community__course")
    search_fields = ("user__email",)
    ordering = ("-pk",)


@admin.register(Removal)
class RemovalAdmin(ReadOnlyAdmin[Removal]):
    """Posts that moderators took down."""

    list_display = ("message", "community", "state", "created", "decided_by")
    list_filter = ("state", "created")
    list_select_related = ("message", "community__course", "decided_by")
    search_fields = ("message__author__email",)
    ordering = ("-pk",)


@admin.register(ModerationNote)
class ModerationNoteAdmin(ReadOnlyAdmin[ModerationNote]):
    """What moderators noted for each other."""

    list_display = ("author", "community", "created")
    list_filter = ("created",)
    list_select_related = ("author", "community__course")
    search_fields = ("author__email",)
    ordering = ("-pk",)
