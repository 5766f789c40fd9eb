"""Where allauth meets Homeroom."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from apps.accounts.tasks import send_email


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """People are invited, nobody signs up; mail leaves in the background.

    In the background also so that a known and an unknown address take the same time to answer.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No open sign-up."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render now, in the request's language and host; send from the queue."""
        message = self.render_mail(template_prefix, email, {"request": self.request, **context})
        html = next((part.content for part in getattr(message, "alternatives", [])), "")
        send_email.enqueue(message.subject, message.body, html, message.to)
