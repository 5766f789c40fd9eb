from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        from apps.accounts import parts
        from apps.notifications import notification_types
        from apps.notifications.of_accounts import INVITATION, SECURITY
        from apps.notifications.part import NotificationsPart
        from apps.realtime import channels

        parts.register(NotificationsPart())
        notification_types.register(INVITATION)
        notification_types.register(SECURITY)
        channels.register("user-#", lambda user, number: bool(user.pk == number))
