from django.apps import AppConfig
from django.conf import settings


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        from apps.core import sentences

        sentences.install()
        if settings.SENTRY_DSN:
            from apps.core import sentry

            sentry.start()
