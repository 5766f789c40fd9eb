"""Where allauth meets Homeroom."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.tasks import send_email
from apps.realtime.publish import access_changed


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """People are invited, nobody signs up; mail leaves in the background.

    In the background also so that a known and an unknown address take the same time to answer.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No open sign-up."""
        return False

    def logout(self, request: HttpRequest) -> None:
        """End the session, and the streams that were opened with it."""
        user_id = request.user.pk
        super().logout(request)
        access_changed(user_id)

    def set_password(self, user: User, password: str) -> None:
        """A new password ends the sessions that were opened with the old one, and their streams."""
        super().set_password(user, password)
        access_changed(user.pk)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render now, in the request's language and host; send from the queue."""
        message = self.render_mail(template_prefix, email, {"request": self.request, **context})
        html = next((part.content for part in getattr(message, "alternatives", [])), "")
        send_email.enqueue(message.subject, message.body, html, message.to)
