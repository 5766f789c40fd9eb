"""What accounts leave to the background."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from apps.accounts import outgoing_email, quota
from apps.accounts.models import Tries


@db_periodic_task(crontab(hour="4", minute="7"))  # type: ignore[untyped-decorator]
def forget_tries() -> None:
    """Wrong tries that count no longer are not kept."""
    Tries.objects.filter(since__lt=timezone.now() - timedelta(days=2)).delete()


@db_periodic_task(crontab(hour="4", minute="11"))  # type: ignore[untyped-decorator]
def forget_sessions() -> None:
    """Sessions that are over are not kept: also those of visitors who were asked for a passkey and didn't sign in."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


@db_periodic_task(crontab(hour="4", minute="19"))  # type: ignore[untyped-decorator]
def forget_emails() -> None:
    """Empty emails that are of no use any more, and delete those given up long ago."""
    outgoing_email.forget_old()


@db_periodic_task(crontab(hour="4", minute="23"))  # type: ignore[untyped-decorator]
def forget_uploads() -> None:
    """What was sent up a month ago counts no longer."""
    quota.forget_old()
