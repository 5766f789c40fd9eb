"""What the verbs of the audit mean, in words that follow the name of the person who did it.

Each app registers its own when it is ready.
"""

from collections.abc import Mapping

LABELS = {
    "address.suspect": "too many wrong tries from one address: a code by mail is asked for there",
    "address.locked": "was locked out: too many wrong tries from one address",
    "audit.exported": "exported the audit",
    "delivery.retried": "had mails sent again that were given up",
    "factor.added": "added a second factor",
    "factor.code-used": "used a recovery code",
    "factor.removed": "removed a second factor",
    "factor.replaced": "replaced a second factor",
    "invitation.accepted": "accepted an invitation",
    "invitation.resent": "sent an invitation again",
    "invitation.revoked": "revoked an invitation",
    "invitation.sent": "invited somebody",
    "look.ended": "stopped looking as another person",
    "look.started": "looked as another person",
    "session.ended": "signed out another session",
    "settings.changed": "changed their own settings",
    "user.address-change-asked": "asked for another e-mail address",
    "user.address-change-stopped": "stopped the change of an e-mail address",
    "user.address-changed": "changed their e-mail address",
    "user.address-confirmed": "confirmed their e-mail address",
    "user.address-duplicate": "had the address of another account in another spelling and needs one of their own",
    "user.address-unusable": "had an address that no mail can be sent to and needs another",
    "user.closed": "closed an account",
    "user.deactivated": "deactivated a person",
    "user.exported": "downloaded their own data",
    "user.locked": "was locked out: too many wrong tries for one account",
    "user.password-changed": "changed their password",
    "user.password-reset": "reset their password",
    "user.password-set": "set another person's password",
    "user.reactivated": "reactivated a person",
    "user.role-changed": "gave a person another role",
    "user.sign-in-failed": "failed to sign in",
    "user.signed-in": "signed in",
    "user.signed-out": "signed out",
    "user.signed-up": "signed up",
}
# What the admin does to rows that have no verbs of their own: `course.created`, `group.changed`.
_OF_THE_ADMIN = {
    "created": "created a {}",
    "changed": "changed a {}",
    "deleted": "deleted a {}",
    "removed": "removed a {}",
}
# How these sentences name a model whose own name doesn't say it.
_NAMES = {
    "user": "person",
    "emailaddress": "e-mail address",
    "usersession": "session",
}

_labels: dict[str, str] = {}


def register(labels: Mapping[str, str], names: Mapping[str, str] | None = None) -> None:
    """Add an app's verbs, and the words for those of its models that the admin alone changes."""
    _labels.update(labels)
    _NAMES.update(names or {})


def registered() -> Mapping[str, str]:
    """All verbs with their labels."""
    return _labels


def sentence(verb: str) -> str:
    """What a verb says of its actor; one that nobody knows stands for itself."""
    noun, _, deed = verb.partition(".")
    general = _OF_THE_ADMIN.get(deed, verb).format(_NAMES.get(noun, noun))
    return _labels.get(verb, general)


def verbs_like(text: str) -> list[str]:
    """The verbs in which, or in whose sentence, this text stands."""
    text = text.casefold()
    return [verb for verb, words in _labels.items() if text in verb or text in words.casefold()]
