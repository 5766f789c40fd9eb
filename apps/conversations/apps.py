from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def ensure_index(using: str, **_: Any) -> None:
    """After each migration: what finds messages is whole."""
    from apps.conversations.fulltext import index_of

    index_of(connections[using]).ensure(connections[using])


# Pages that stay open while an admin views Homeroom as somebody else: none of them writes.
OPEN_TO_LOOKS = (
    "conversations:conversation_detail",
    "conversations:message_list",
    "conversations:message_detail",
    "conversations:pin_list",
    "conversations:person_list",
    "conversations:reader_list",
    "conversations:addressee_detail",
    "conversations:search_list",
    "conversations:unread_list",
    "conversations:assignment",
    "conversations:foot",
    "conversations:attachment_detail",
    "conversations:attachment_thumbnail",
    "messages:talk_list",
    "messages:people_list",
)


class ConversationsConfig(AppConfig):
    name = "apps.conversations"
    label = "conversations"

    def ready(self) -> None:
        from apps.accounts import audit_labels, looking, parts
        from apps.accounts.models import Role
        from apps.conversations import conversation_types, notices
        from apps.conversations.actions.files import shown_anew
        from apps.conversations.audit_labels import LABELS
        from apps.conversations.direct import DirectConversations
        from apps.conversations.export_job import PDF
        from apps.conversations.models import Attachment
        from apps.conversations.part import ConversationsPart
        from apps.conversations.policies import can_read_channel, can_read_staff_channel, channel_ends_at
        from apps.core.navigation import Entry, Group, register
        from apps.files.pointing import keep_apart
        from apps.files.preparing import around_settling
        from apps.jobs import job_types
        from apps.notifications import notification_types
        from apps.realtime import channels

        looking.open_to_looks(*OPEN_TO_LOOKS)
        parts.register(ConversationsPart())
        audit_labels.register(LABELS)
        job_types.register(PDF)
        for kind in (notices.MESSAGE, notices.MENTION, notices.REACTION, notices.ASSIGNED):
            notification_types.register(kind)
        conversation_types.register(DirectConversations())
        around_settling(shown_anew)
        keep_apart(Attachment, "file")
        notification_types.keep_private(notices.between_others)
        channels.register("conversation-#", can_read_channel, channel_ends_at)
        channels.register("conversation-#-staff", can_read_staff_channel)
        # The inbox of staff is support's, which leads to their direct conversations, too.
        others = (Role.TEACHER, Role.STUDENT)
        register(Entry("Inbox", "inbox", "messages:talk_list", Group.DAY, 20, others, bar=others))
        post_migrate.connect(ensure_index, sender=self)
