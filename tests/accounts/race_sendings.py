"""What the tests run in a process of their own: the worker and a person who stops, at the same moment."""

import sys
from uuid import UUID

import django

django.setup()

from django.utils import timezone  # noqa: E402

from apps.accounts import invitations, sendings  # noqa: E402
from apps.accounts.models import Invitation, OutgoingEmail, Role, User  # noqa: E402
from apps.accounts.outcomes import Guest  # noqa: E402
from apps.core.email_delivery import send_due  # noqa: E402
from apps.core.smtp import Email, SmtpConnection  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

left: list[str] = []


def deliver(connection: SmtpConnection, email: Email) -> None:
    left.extend(email.to)


def race(count: str) -> None:
    """Two workers send what three tabs stop. Prints what became of each invitation, and whether any left twice."""
    SmtpConnection.send = deliver  # type: ignore[method-assign]
    actor = User.objects.create_user("ada@example.org", given_name="Ada", role=Role.ADMIN)
    guests = [Guest(f"p{number}@example.org") for number in range(int(count))]
    outcomes = invitations.send(actor, Role.TEACHER, guests, "http://here", stoppable_from=1)
    assert outcomes[0].invitation
    sending = outcomes[0].invitation.sending
    assert isinstance(sending, UUID)
    OutgoingEmail.objects.update(due=timezone.now())
    at_once(*[send_due] * 2, *[lambda: sendings.stop(actor, sending)] * 3)
    send_due()
    revoked = set(Invitation.objects.exclude(revoked=None).values_list("email", flat=True))
    everybody = {guest.email for guest in guests}
    print("each left or was taken back:", revoked ^ set(left) == everybody and not revoked & set(left))
    print("none left twice:", len(left) == len(set(left)))
    print("none waits:", not OutgoingEmail.objects.exists())


if __name__ == "__main__":
    race(sys.argv[1])
