"""Accounts are closed while others write, answer and mention, on whatever database the environment names."""

import django

django.setup()

from django.core.exceptions import PermissionDenied, ValidationError  # noqa: E402
from django.db import connection  # noqa: E402

from apps.accounts.closing import close_account  # noqa: E402
from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations.actions import send_message  # noqa: E402
from apps.conversations.actions.former import forget_stragglers  # noqa: E402
from apps.conversations.models import Message  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

ROUNDS = 6


def two_admins() -> None:
    """Each closes the other's account: one of them is left."""
    for number in range(ROUNDS):
        User.objects.filter(role=Role.ADMIN).update(role=Role.STUDENT)
        one, two = (
            User.objects.create_user(f"a{number}{n}@x.test", given_name=f"A{n}", role=Role.ADMIN) for n in range(2)
        )
        ended = at_once(
            lambda a=one, b=two: close_account(a, b),
            lambda a=one, b=two: close_account(b, a),
            refusals=(PermissionDenied, ValidationError),
        )
        assert len([end for end in ended if end == []]) == 1, ended
        assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1


def while_others_write() -> None:
    """The person, and two who answer and mention them, write in three threads while the account is closed."""
    admin = User.objects.get(role=Role.ADMIN, is_active=True)
    others = [User.objects.create_user(f"o{n}@x.test", given_name=f"O{n}", role=Role.STAFF) for n in range(2)]
    threads = [Student.objects.create(code=f"S{n}", given_name=f"S{n}").conversation for n in range(3)]
    for number in range(ROUNDS):
        person = User.objects.create_user(
            f"p{number}@x.test", given_name="Petra", family_name=f"Prof{number}", role=Role.STAFF
        )
        first = send_message(person, threads[0], "first", "everyone")

        def write(author: User, text: str, quoted: Message | None = None) -> None:
            for turn in range(9):
                thread = threads[turn % 3]
                reply = quoted if turn % 3 == 0 else None
                send_message(author, thread, text, "everyone", reply_to=reply)

        at_once(
            lambda who=person: write(who, "mine"),
            lambda who=person, quoted=first: write(others[0], f"@{who.full_name}?", quoted),
            lambda who=person: write(others[1], f"@{who.full_name}!"),
            lambda who=person: close_account(admin, who),
        )
        assert Message.objects.filter(author=person).count() == 10
    forget_stragglers()
    assert not Message.objects.filter(author__closed__isnull=False).exclude(author_name="Former member").exists()
    assert not Message.objects.filter(mentions__user__closed__isnull=False, body__contains="Petra").exists()
    for thread in threads:
        thread.refresh_from_db()
        versions = list(thread.messages.values_list("version", flat=True))
        assert len(set(versions)) == len(versions)
        assert max(versions) == thread.clock, (max(versions), thread.clock)
        send_message(others[0], thread, "and on it goes", "everyone")


if __name__ == "__main__":
    two_admins()
    while_others_write()
    connection.close()
    print("settled")
