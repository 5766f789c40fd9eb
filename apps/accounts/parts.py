"""What the apps above keep of a person, and do when an invitation is accepted.

Accounts know of no student and no message; each app that does registers its part when it is ready.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.core.files import File

from apps.accounts.models import Invitation, User
from apps.accounts.outcomes import Guest, Outcome


class Work(NamedTuple):
    """Something that is one person's to do or to answer for, and needs another when they go: `Batch`, `Algebra A`."""

    kind: str
    title: str
    url: str


class Part:
    """One app's part of a person. An app that keeps nothing of a kind leaves that method as it is."""

    # The heading of `own_data` in the exported file.
    name: str

    def own_data(self, user: User) -> dict[str, Any]:
        """What the app knows of this person that is theirs to have, as Django's JSON encoder takes it.

        A value that is an iterator becomes a list that is written row by row: it may be long.
        """
        return {}

    def own_files(self, user: User) -> Iterable[tuple[str, File[Any]]]:
        """The files that are this person's, with a name for each."""
        return ()

    def open_work(self, user: User) -> Iterable[Work]:
        """What they are in charge of now."""
        return ()

    def against_role(self, user: User, role: str) -> Iterable[str]:
        """Why this person can't have another role now, each a sentence that says what to do first."""
        return ()

    def stand_down(self, user: User) -> None:
        """Pass on what they answer for, in the transaction that took their access or gave them another role."""

    def forget(self, user: User) -> None:
        """Take what is personal away, in the transaction that closes the account. What others need stays."""

    def invite(self, actor: User, role: str, guests: Sequence[Guest], origin: str) -> list[Outcome] | None:
        """Invite those of the app's own records who have these addresses; None if it keeps none of people in this role.

        `origin` is the site's address, for the links in the mails.
        """
        return None

    def refusal(self, invitation: Invitation, actor: User | None = None) -> str:
        """Why an invitation can't be accepted any more, or be sent again by `actor`; empty if it can."""
        return ""

    def accepted(self, invitation: Invitation, user: User) -> None:
        """Tie what the invitation was for to the account that it became, in the same transaction.

        Raises ValidationError if it can't; then there is no account either.
        """

    def security_notice(self, user: User, subject: str, text: str, address: str) -> bool:
        """Tell a person of a change to their account, by a mail to `address` too; false where the app tells nobody."""
        return False


_parts: list[Part] = []


def register(part: Part) -> None:
    """Add an app's part."""
    _parts.append(part)


def parts() -> Iterator[Part]:
    """All of them, in the order of the installed apps."""
    return iter(_parts)


def open_work(user: User) -> list[Work]:
    """What this person is in charge of, in every app."""
    return [work for part in _parts for work in part.open_work(user)]


def refusal(invitation: Invitation, actor: User | None = None) -> str:
    """The first reason that an app has against this invitation, empty if none has one."""
    return next(filter(None, (part.refusal(invitation, actor) for part in _parts)), "")


def against_role(user: User, role: str) -> list[str]:
    """Why this person can't have another role now; empty if they can."""
    return [reason for part in _parts for reason in part.against_role(user, role)]


def stand_down(user: User) -> None:
    """Have every app pass on what this person answers for as they are now."""
    for part in _parts:
        part.stand_down(user)


def security_notice(user: User, subject: str, text: str, address: str) -> bool:
    """Have the first app that can tell this person; false where none can."""
    return any(part.security_notice(user, subject, text, address) for part in _parts)
