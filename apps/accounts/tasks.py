"""What accounts leave to the background."""

import logging
from datetime import timedelta
from email.message import EmailMessage, Message
from email.policy import Policy, default
from smtplib import SMTPException

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.mail import EmailMultiAlternatives
from django.tasks import task
from django.template.loader import render_to_string
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from apps.accounts.models import Tries, User


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


log = logging.getLogger("homeroom.mail")

# About half a day in all; a code or a link that comes later is of no use to anybody.
PAUSES = (30, 120, 600, 1_800, 3_600, 3_600, 7_200, 14_400)


@task
def send_email(subject: str, text: str, html: str, to: list[str], tries: int = 0) -> None:
    """Send one mail; `html` may be empty. While the mail server doesn't take it, it is tried again (PAUSES)."""
    letter = Letter(subject, text, to=to)
    if html:
        letter.attach_alternative(html, "text/html")
    try:
        letter.send()
    except (SMTPException, OSError) as error:
        if tries >= len(PAUSES):
            raise
        log.warning("A mail waits for the mail server: %s", type(error).__name__)
        later = send_email.using(run_after=timezone.now() + timedelta(seconds=PAUSES[tries]))
        later.enqueue(subject, text, html, to, tries + 1)


@task
def send_reset_link(email: str, origin: str) -> None:
    """Answer whoever forgot the password of this address; `origin` is the site's own."""
    from apps.accounts.password_reset import letter  # allauth's forms want all apps to be there.

    subject, text = letter(email, origin)
    send_email.enqueue(subject, text, "", [email])


@task
def tell_of_lock(email: str, reset: str) -> None:
    """Tell whoever has this address that their account is locked; nobody, if nobody has. `reset` is a link."""
    user = User.objects.filter(email=email, is_active=True).first()
    if user:
        context = {"user": user, "reset_url": reset, "academy_name": settings.ACADEMY_NAME}
        text = render_to_string("account/email/locked_message.txt", context).strip()
        Letter("Too many wrong tries to sign in as you", text, to=[user.email]).send()


@db_periodic_task(crontab(hour="4", minute="7"))  # type: ignore[untyped-decorator]
def forget_tries() -> None:
    """Wrong tries that count no longer are not kept."""
    Tries.objects.filter(since__lt=timezone.now() - timedelta(days=2)).delete()


@db_periodic_task(crontab(hour="4", minute="11"))  # type: ignore[untyped-decorator]
def forget_sessions() -> None:
    """Sessions that are over are not kept: also those of visitors who were asked for a passkey and didn't sign in."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
