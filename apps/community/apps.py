from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "apps.community"
    label = "community"

    def ready(self) -> None:
        from apps.community.registrations import register

        register()
