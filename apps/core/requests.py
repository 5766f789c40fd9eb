"""Requests whose Content-Type can't be read: Django's handlers end in an error before any middleware is asked."""

import codecs
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import BadRequest
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest

UNREADABLE = {"charset": "unreadable"}


class _Tolerant:
    """Takes what makes no sense for a charset that nobody knows, which `reads_as_utf8` then refuses."""

    content_type: str | None
    content_params: dict[str, str] | None

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (BadRequest, LookupError, ValueError):
            self.content_type, self.content_params = "", UNREADABLE


class TolerantRequest(_Tolerant, WSGIRequest):
    """For WSGI."""


class _ASGIRequest(_Tolerant, ASGIRequest):
    pass


def tolerant[Handler: (WSGIHandler, ASGIHandler)](handler: Handler) -> Handler:
    """Have a handler of Django's answer these requests as it answers others."""
    handler.request_class = TolerantRequest if isinstance(handler, WSGIHandler) else _ASGIRequest
    return handler


def forget_unreadable_url(request: HttpRequest) -> None:
    """Drop what htmx says of its page where that is no URL: reading it would be an error. Before headers are read."""
    try:
        urlsplit(request.META.get("HTTP_HX_CURRENT_URL", ""))
    except ValueError:
        del request.META["HTTP_HX_CURRENT_URL"]


def reads_as_utf8(request: HttpRequest) -> bool:
    """Whether the form is in the one charset that our pages send, however that is called, and will be read so.

    With utf-7 or idna, reading it is an error.
    """
    charset = (request.content_params or {}).get("charset", "utf-8")
    try:
        known = codecs.lookup(charset).name in {"utf-8", "ascii"}
    except (LookupError, ValueError):
        return False
    if known and charset.lower() != "utf-8":
        request.encoding = "utf-8"
    return known
