"""The pages, for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from apps.core.requests import tolerant

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
application = tolerant(get_wsgi_application())

from apps.core.redis_owner import claim  # noqa: E402 - needs the apps to be loaded
from apps.realtime.publish import started  # noqa: E402 - needs the apps to be loaded

claim()
started()
