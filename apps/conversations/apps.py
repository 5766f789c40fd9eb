from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def ensure_index(using: str, **_: Any) -> None:
    """After each migration: what finds messages is whole."""
    from apps.conversations.fulltext import index_of

    index_of(connections[using]).ensure(connections[using])


class ConversationsConfig(AppConfig):
    name = "apps.conversations"
    label = "conversations"

    def ready(self) -> None:
        from apps.accounts import parts
        from apps.conversations import conversation_types, notices
        from apps.conversations.direct import DirectConversations
        from apps.conversations.part import ConversationsPart
        from apps.conversations.policies import can_read_channel, can_read_staff_channel
        from apps.notifications import notification_types
        from apps.realtime import channels

        parts.register(ConversationsPart())
        for kind in (notices.MESSAGE, notices.MENTION, notices.REACTION, notices.ASSIGNED):
            notification_types.register(kind)
        conversation_types.register(DirectConversations())
        channels.register("conversation-#", can_read_channel)
        channels.register("conversation-#-staff", can_read_staff_channel)
        post_migrate.connect(ensure_index, sender=self)
