from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "apps.conversations"
    label = "conversations"

    def ready(self) -> None:
        from apps.conversations.policies import can_read_channel
        from apps.realtime import channels

        channels.register("conversation-#", can_read_channel)
