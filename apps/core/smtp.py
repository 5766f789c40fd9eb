"""The one place that hands mail to the mail server."""

import smtplib
from contextlib import suppress
from email.message import EmailMessage, Message
from email.policy import Policy, default

from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.backends.base import BaseEmailBackend

# Mail servers usually take this many emails in one connection.
EMAILS_PER_CONNECTION = 100
# What is raised while the mail server is away or asks to be tried again later.
TRANSIENT = (smtplib.SMTPException, OSError)


class RefusedError(Exception):
    """This email will never arrive: the address is wrong, what it says is not wanted, or it is too late."""


class Email(EmailMultiAlternatives):
    """An email whose lines stay whole: a link that a mail program or a console shows can be followed.

    Python's default breaks lines over 78 characters by an encoding (quoted-printable); 998 is what may travel as it is
    (RFC 5322, 2.1.1).
    """

    def message(self, *, policy: "Policy[Message] | None" = None) -> EmailMessage:
        """The email as it leaves; its headers are folded as ever."""
        policy = policy or default
        message = super().message(policy=policy.clone(max_line_length=998))
        message.policy = policy
        return message


class SmtpConnection:
    """One connection to the mail server for several emails; a new one after a failure."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None
        self._sent = 0

    def send(self, email: Email) -> None:
        """Hand over an email; raises RefusedError, and one of TRANSIENT."""
        if self._backend is None or self._sent >= EMAILS_PER_CONNECTION:
            self.close()
            self._backend = mailers.create_connection("default")
        try:
            self._backend.open()
            self._backend.send_messages([email])
            self._sent += 1
        except ValueError as error:
            # An address that no mail can be addressed to.
            raise RefusedError(type(error).__name__) from None
        except TRANSIENT as error:
            self.close()
            if code := _refused_for_good(error):
                raise RefusedError(f"{code}: refused by the mail server") from None
            raise

    def close(self) -> None:
        """Say goodbye, if the other side still listens."""
        backend, self._backend, self._sent = self._backend, None, 0
        if backend:
            with suppress(*TRANSIENT):
                backend.close()


def _refused_for_good(error: Exception) -> int | None:
    """The code that refuses this recipient or these contents for good (5yz; RFC 5321, 4.2.1), None if it may change.

    A sender or a password that is refused is the academy's own setting, which its admin may put right within the day.
    """
    codes: list[int] = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    elif isinstance(error, smtplib.SMTPDataError):
        codes = [error.smtp_code]
    return codes[0] if codes and all(500 <= code < 600 for code in codes) else None
