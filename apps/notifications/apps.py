from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        from apps.accounts import parts
        from apps.notifications import kinds
        from apps.notifications.of_accounts import INVITATION, SECURITY
        from apps.notifications.part import NotificationsPart
        from apps.realtime import channels

        parts.register(NotificationsPart())
        kinds.register(INVITATION)
        kinds.register(SECURITY)
        channels.register("user-#", lambda user, number: bool(user.pk == number))
