"""What the verbs of the audit mean, in words that follow the name of whoever did it."""

VERBS = {
    "address.locked": "was locked out: too many wrong tries from one address",
    "audit.exported": "exported the audit",
    "batch.changed": "changed a batch",
    "batch.created": "made a batch",
    "conversation.assigned": "gave a conversation to somebody to look after",
    "conversation.exported": "exported a conversation",
    "conversation.locked": "closed a conversation for writing",
    "conversation.unlocked": "opened a conversation for writing",
    "delivery.retried": "had mails sent again that were given up",
    "factor.added": "added a second factor",
    "factor.code-used": "used a recovery code",
    "factor.removed": "removed a second factor",
    "factor.replaced": "replaced a second factor",
    "invitation.accepted": "accepted an invitation",
    "invitation.resent": "sent an invitation again",
    "invitation.revoked": "revoked an invitation",
    "invitation.sent": "invited somebody",
    "invoice.corrected": "corrected an invoice",
    "invoice.issued": "issued an invoice",
    "invoice.removed": "removed an invoice",
    "look.ended": "stopped looking as another person",
    "look.started": "looked as another person",
    "message.deleted": "deleted a message",
    "message.edited": "edited another person's message",
    "message.retracted": "took back a message right after sending",
    "notifications.chosen": "chose what reaches them",
    "notifications.scheduled": "chose when it reaches them",
    "payment.recorded": "recorded a payment",
    "payment.removed": "removed a payment",
    "session.ended": "signed out another session",
    "settings.changed": "changed their own settings",
    "student.account-changed": "tied a student's record to another account",
    "student.added": "added a student to a batch",
    "student.created": "added a student",
    "student.enrolled": "enrolled a student in a course",
    "student.moved": "moved a student to another batch",
    "student.removed": "took a student out of a batch or course",
    "student.updated": "changed a student's record",
    "students.imported": "imported students",
    "user.address-change-asked": "asked for another e-mail address",
    "user.address-change-stopped": "stopped the change of an e-mail address",
    "user.address-changed": "changed their e-mail address",
    "user.address-confirmed": "confirmed their e-mail address",
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
_OF_THE_ADMIN = {"created": "created a {}", "changed": "changed a {}", "deleted": "deleted a {}"}
_NAMES = {
    "user": "person",
    "emailaddress": "e-mail address",
    "usersession": "session",
    "studentimport": "student import",
}


def sentence(verb: str) -> str:
    """What a verb says of its actor; one that nobody knows stands for itself."""
    noun, _, deed = verb.partition(".")
    general = _OF_THE_ADMIN.get(deed, verb).format(_NAMES.get(noun, noun))
    return VERBS.get(verb, general)


def verbs_like(text: str) -> list[str]:
    """The verbs in which, or in whose sentence, this text stands."""
    text = text.casefold()
    return [verb for verb, words in VERBS.items() if text in verb or text in words.casefold()]
