"""Whom somebody wants to invite, and what came of it for each."""

from enum import StrEnum
from typing import NamedTuple

from apps.accounts.models import Invitation
from apps.core.email_addresses import comparable, shown, why_not


class Result(StrEnum):
    """What came of inviting one person, or would."""

    INVITED = "invited"
    PENDING = "pending"
    KNOWN = "known"
    TWICE = "twice"
    EMPTY = "empty"
    INVALID = "invalid"
    NOBODY = "nobody"
    SEVERAL = "several"
    TAKEN = "taken"


WORDS = {
    Result.INVITED: "Invited",
    Result.PENDING: "Has an invitation already",
    Result.KNOWN: "Has an account already",
    Result.TWICE: "Somebody above has the same address",
    Result.EMPTY: "No e-mail address",
    Result.NOBODY: "No student has this address; add it to the student's record first",
    Result.SEVERAL: "Several students have this address; invite them from their pages",
    Result.TAKEN: "Somebody else is invited with this address",
}
# The same as the end of a sentence that begins with who it is about.
ENDINGS = {
    Result.PENDING: " has an invitation already.",
    Result.KNOWN: " has an account already.",
    Result.TWICE: " has the same address as somebody above.",
    Result.EMPTY: " has no e-mail address.",
    Result.NOBODY: " is no student's address; add it to the student's record first.",
    Result.SEVERAL: " is the address of several students; invite them from their pages.",
    Result.TAKEN: " has an address with which somebody else is invited.",
}


class Guest(NamedTuple):
    """Somebody to be invited: the address as it was typed, and the name as far as it is known."""

    email: str
    given_name: str = ""
    family_name: str = ""

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()


class Outcome(NamedTuple):
    """What came of inviting one guest; the invitation is the one that was sent, or that is open already."""

    guest: Guest
    result: Result
    invitation: Invitation | None = None

    @property
    def said(self) -> str:
        """The same in words."""
        if self.result == Result.INVALID:
            return why_not(self.guest.email).removesuffix(".")
        return WORDS[self.result]

    @property
    def who(self) -> str:
        """Whom a sentence names: by the address, where there is one."""
        return shown(comparable(self.guest.email)) or self.guest.name

    @property
    def sentence(self) -> str:
        """What follows that name: ` has an account already.`"""
        if self.result == Result.INVALID:
            return f": {why_not(self.guest.email)}"
        return ENDINGS.get(self.result, "")

    @property
    def invited(self) -> bool:
        """Has an invitation been sent, or would it be?"""
        return self.result == Result.INVITED
