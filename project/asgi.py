"""Pages and streams for an ASGI server: each in its own app, so that a waiting stream costs Django nothing."""

import os

from django.core.asgi import get_asgi_application

from apps.core.requests import tolerant

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
pages = tolerant(get_asgi_application())

from apps.core.redis_owner import claim  # noqa: E402 - needs the apps to be loaded
from apps.realtime.stream import beside  # noqa: E402 - needs the apps to be loaded

claim()
application = beside(pages)
