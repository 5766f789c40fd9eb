from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        from apps.realtime import channels

        channels.register("user-#", lambda user, number: bool(user.pk == number))
