"""One message is edited, deleted, taken back, answered and pinned at the same moment, on whatever database is named."""

import django

django.setup()

from django.core.exceptions import PermissionDenied, ValidationError  # noqa: E402

from apps.accounts.models import AuditEntry, Role, User  # noqa: E402
from apps.conversations.actions import (  # noqa: E402
    delete_message,
    edit_message,
    pin_message,
    retract_message,
    send_message,
    unpin_message,
)
from apps.conversations.actions.pins import MAX_PINS  # noqa: E402
from apps.conversations.models import Conversation, Message  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

PEOPLE = 8
REFUSED = (PermissionDenied, ValidationError)


def edits(admins: list[User], thread: Conversation) -> None:
    """Nobody's text is lost: what isn't shown in the end is among the earlier ones."""
    message = send_message(admins[0], thread, "first", "everyone")
    at_once(*(lambda n=n, who=who: edit_message(who, message, f"text {n}").pk for n, who in enumerate(admins)))
    message.refresh_from_db()
    texts = [message.body, *message.revisions.values_list("body", flat=True)]
    assert sorted(texts) == sorted(["first", *(f"text {n}" for n in range(PEOPLE))]), texts


def edit_against_delete(admins: list[User], thread: Conversation) -> None:
    """Whoever comes after the deletion is refused, and it is recorded once."""
    for attempt in range(5):
        message = send_message(admins[0], thread, "first", "everyone")
        answer = send_message(admins[1], thread, "answer", "everyone", reply_to=message)
        deeds = [lambda n=n, m=message: edit_message(admins[n], m, f"text {n}").body for n in range(1, 5)]
        deeds += [
            lambda m=message: delete_message(admins[5], m).body,
            lambda m=message: delete_message(admins[6], m).body,
        ]
        deeds += [
            lambda m=message: retract_message(admins[0], m).body,
            lambda m=message: pin_message(admins[7], m).body,
        ]
        done = at_once(*deeds, refusals=REFUSED)
        message.refresh_from_db()
        assert message.deleted, attempt
        assert message.pinned is None
        edited = [n for n, result in enumerate(done[:4]) if isinstance(result, str)]
        assert message.revisions.count() == len(edited), (done, edited)
        recorded = AuditEntry.objects.filter(thing_id=message.pk, verb__in=["message.deleted", "message.retracted"])
        assert recorded.count() == 1
        # What answers it was told last of all: its number is newer than the deletion's.
        answer.refresh_from_db()
        assert answer.version > message.version


def answers_against_undo(admins: list[User], thread: Conversation) -> None:
    """An answer is either there, quoting what is gone now, or refused."""
    message = send_message(admins[0], thread, "oops", "everyone")
    deeds = [lambda who=who: send_message(who, thread, "what?", "everyone", reply_to=message).pk for who in admins[1:]]
    done = at_once(lambda: retract_message(admins[0], message).pk, *deeds, refusals=REFUSED)
    message.refresh_from_db()
    for pk in (each for each in done[1:] if isinstance(each, int)):
        assert Message.objects.get(pk=pk).version > 0
    late = Message.objects.filter(reply_to=message, version__lt=message.version)
    assert not late.exists(), "each that was there before is told of it again"


def pins(admins: list[User], thread: Conversation) -> None:
    """There is no room for one too many, whoever pins."""
    messages = [send_message(admins[0], thread, f"{n}", "everyone") for n in range(MAX_PINS + PEOPLE - 4)]
    for message in messages[: MAX_PINS - 4]:
        pin_message(admins[0], message)
    rest = zip(admins, messages[MAX_PINS - 4 :], strict=True)
    at_once(*(lambda who=who, m=m: pin_message(who, m).pk for who, m in rest), refusals=REFUSED)
    assert thread.messages.filter(pinned__isnull=False).count() == MAX_PINS
    at_once(*(lambda who=who: unpin_message(who, messages[0]).pk for who in admins))
    assert thread.messages.filter(pinned__isnull=False).count() == MAX_PINS - 1


def race() -> None:
    admins = [
        User.objects.create_user(f"a{n}@homeroom.test", given_name=f"A{n}", role=Role.ADMIN) for n in range(PEOPLE)
    ]
    for number, part in enumerate((edits, edit_against_delete, answers_against_undo, pins)):
        thread = Student.objects.create(code=f"S{number}", given_name="Amina").conversation
        part(admins, thread)
        thread.refresh_from_db()
        versions = list(thread.messages.values_list("version", flat=True))
        assert len(set(versions)) == len(versions)
        assert max(versions) == thread.clock


if __name__ == "__main__":
    race()
    print("settled")
