"""Pages and streams in one process (the embedded mode); `stream` alone for a process that serves only `/events/`."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
pages = get_asgi_application()

from apps.realtime.stream import PATH, stream  # noqa: E402 - needs the apps to be loaded


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send a stream to its own small app, anything else to Django."""
    if scope["type"] == "http" and scope["path"] == PATH:
        await stream(scope, receive, send)
    else:
        await pages(scope, receive, send)
