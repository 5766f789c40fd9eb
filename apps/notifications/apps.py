from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        from apps.accounts import audit_labels, parts
        from apps.accounts.models import Role
        from apps.core import email_delivery
        from apps.core.navigation import Entry, Group, register
        from apps.notifications import notification_types
        from apps.notifications.audit_labels import LABELS
        from apps.notifications.letters import Letters
        from apps.notifications.of_accounts import INVITATION, SECURITY
        from apps.notifications.part import NotificationsPart
        from apps.realtime import channels

        parts.register(NotificationsPart())
        audit_labels.register(LABELS)
        email_delivery.register(Letters())
        notification_types.register(INVITATION)
        notification_types.register(SECURITY)
        channels.register("user-#", lambda user, number: bool(user.pk == number))
        told, chosen = "notifications:notification_list", "notifications:preferences"
        register(
            Entry("Notifications", "bell", told, Group.OWN, 30, Role.values, pages={told}, private=True),
            Entry("What reaches you", "mail", chosen, Group.OWN, 40, Role.values, pages={chosen}, private=True),
        )
