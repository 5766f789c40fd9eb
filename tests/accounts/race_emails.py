"""Six workers send what is due at the same moment. Prints how many emails left, and how many addresses got one."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from apps.accounts import outgoing_email  # noqa: E402
from apps.accounts.models import OutgoingEmail  # noqa: E402
from apps.core import email_delivery, smtp  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

EMAILS = 40
sent: list[str] = []


def race() -> None:
    rows = [outgoing_email.email(f"p{n}@x.test", "Test", subject="S", text="T") for n in range(EMAILS)]
    OutgoingEmail.objects.bulk_create(rows)
    smtp.SmtpConnection.send = lambda self, email: sent.extend(email.to)
    print(sum(at_once(*[email_delivery.send_due] * 6)), len(sent), len(set(sent)), OutgoingEmail.objects.count())


if __name__ == "__main__":
    race()
