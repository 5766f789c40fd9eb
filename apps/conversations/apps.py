from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "apps.conversations"
    label = "conversations"

    def ready(self) -> None:
        from apps.conversations import kinds
        from apps.conversations.direct import DirectConversations
        from apps.conversations.policies import can_read_channel
        from apps.realtime import channels

        kinds.register("direct", DirectConversations())
        channels.register("conversation-#", can_read_channel)
