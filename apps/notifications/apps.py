from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        from apps.accounts import audit_labels, looking, parts
        from apps.notifications import notification_types
        from apps.notifications.audit_labels import LABELS
        from apps.notifications.of_accounts import INVITATION, SECURITY
        from apps.notifications.part import NotificationsPart
        from apps.realtime import channels

        parts.register(NotificationsPart())
        audit_labels.register(LABELS)
        looking.keep_private("notifications")
        notification_types.register(INVITATION)
        notification_types.register(SECURITY)
        channels.register("user-#", lambda user, number: bool(user.pk == number))
