"""Where what is said once, on the next page, waits: Django's own, in a cookie whose name only this host can set."""

from django.conf import settings
from django.contrib.messages.storage import cookie, fallback
from django.contrib.messages.storage.session import SessionStorage


class CookieStorage(cookie.CookieStorage):
    """Signed, so that nobody puts words into our mouth."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]  # read alone
        """With the prefix that the other cookies have."""
        return f"{settings.COOKIE_PREFIX}messages"


class Storage(fallback.FallbackStorage):
    """In the cookie; what is too long for it in the session."""

    storage_classes = (CookieStorage, SessionStorage)
