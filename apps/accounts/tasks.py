"""What accounts leave to the background."""

from email.message import EmailMessage, Message
from email.policy import Policy, default

from django.core.mail import EmailMultiAlternatives
from django.tasks import task


class Letter(EmailMultiAlternatives):
    """A mail whose lines stay whole: a link that a mail program or a console shows can be followed.

    Python's default breaks lines over 78 characters by an encoding (quoted-printable); 998 is what may travel as it is
    (RFC 5322, 2.1.1).
    """

    def message(self, *, policy: "Policy[Message] | None" = None) -> EmailMessage:
        """The mail as it leaves; its headers are folded as ever."""
        policy = policy or default
        message = super().message(policy=policy.clone(max_line_length=998))
        message.policy = policy
        return message


@task
def send_email(subject: str, text: str, html: str, to: list[str]) -> None:
    """Send one mail; `html` may be empty."""
    letter = Letter(subject, text, to=to)
    if html:
        letter.attach_alternative(html, "text/html")
    letter.send()
