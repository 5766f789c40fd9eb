"""What the tests run in a process of their own: `python -m tests.accounts.race_invitations VERB …`."""

import re
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402

from apps.accounts import invitations  # noqa: E402
from apps.accounts.invitations import Gone, Newcomer  # noqa: E402
from apps.accounts.models import Invitation, Role, User  # noqa: E402
from apps.accounts.outcomes import Guest  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

EMAIL = "nadia@example.org"


def invited() -> tuple[User, Invitation, str]:
    """An admin, an invitation that they sent, and its token as the mail has it."""
    letters: list[str] = []
    send, invitations.render_to_string = (
        invitations.render_to_string,
        lambda name, context: letters.append(context["link"]) or "",
    )
    admin = User.objects.create_user("ada@example.org", given_name="Ada", role=Role.ADMIN)
    (outcome,) = invitations.send(admin, Role.TEACHER, [Guest(EMAIL)], "http://here")
    invitations.render_to_string = send
    found = re.search("/join/(.+)/", letters[0])
    assert found
    assert outcome.invitation
    return admin, outcome.invitation, found[1]


def join(token: str) -> str:
    try:
        invitations.accept(token, Newcomer("Nadia", "", None))
    except Gone:
        return "Gone"
    return "made"


def accept(times: str) -> None:
    """One link, taken several times at the same moment. Prints what each heard, and how many accounts there are."""
    *_, token = invited()
    print(*at_once(*[lambda: join(token)] * int(times)), sep="\n")
    print(User.objects.filter(email=EMAIL).count())


def accept_and_revoke() -> None:
    """One is accepted while it is revoked."""
    admin, invitation, token = invited()

    def revoke() -> str:
        try:
            invitations.revoke(admin, invitation)
        except ValidationError:
            return "refused"
        return "revoked"

    print(*at_once(lambda: join(token), revoke), sep="\n")
    print(User.objects.filter(email=EMAIL).count())
    print(Invitation.objects.get().state)


def send(times: str) -> None:
    """One address, invited several times at the same moment. Prints what each heard, and how many are open."""
    admin = User.objects.create_user("ada@example.org", given_name="Ada", role=Role.ADMIN)

    def invite() -> str:
        return invitations.send(admin, Role.TEACHER, [Guest(EMAIL)], "http://here")[0].result.value

    print(*at_once(*[invite] * int(times)), sep="\n")
    print(Invitation.objects.unfinished().count())


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    # What is to be sent waits in the queue of this data folder, which nobody works off.
    assert settings.TASKS
    globals()[verb](*arguments)
