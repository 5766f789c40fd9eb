"""What accounts leave to the background."""

from django.core.mail import EmailMultiAlternatives
from django.tasks import task


@task
def send_email(subject: str, text: str, html: str, to: list[str]) -> None:
    """Send one mail; `html` may be empty."""
    message = EmailMultiAlternatives(subject, text, to=to)
    if html:
        message.attach_alternative(html, "text/html")
    message.send()
