"""Many people write in the same thread at the same moment, on whatever database the environment names."""

import uuid

import django

django.setup()

from django.core.exceptions import ValidationError  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations.actions import delete_message, edit_message, send_message  # noqa: E402
from apps.conversations.models import Message, Participant  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

PEOPLE = 8


def race() -> None:
    staff = [
        User.objects.create_user(f"s{n}@homeroom.test", given_name=f"S{n}", role=Role.STAFF) for n in range(PEOPLE)
    ]
    thread = Student.objects.create(code="S1", given_name="Amina").conversation

    # Everyone writes, for both audiences, changes and deletes.
    def write(person: User) -> None:
        for number in range(12):
            message = send_message(person, thread, f"{number}", "staff" if number % 3 else "everyone")
            if number % 4 == 1:
                edit_message(person, message, "changed")
            if number % 4 == 2:
                delete_message(person, message)

    at_once(*(lambda p=person: write(p) for person in staff))
    thread.refresh_from_db()
    changes = PEOPLE * (12 + 3 + 3)
    assert thread.clock + thread.staff_clock == changes, (thread.clock, thread.staff_clock)
    for audience, clock in (("everyone", thread.clock), ("staff", thread.staff_clock)):
        versions = list(Message.objects.filter(audience=audience).values_list("version", flat=True))
        assert len(set(versions)) == len(versions)
        assert max(versions) == clock
    assert len(set(thread.messages.values_list("key", flat=True))) == PEOPLE * 12

    # One sending, several times at once: one row, in one place.
    key, other = uuid.uuid4(), Student.objects.create(code="S2", given_name="Bea").conversation
    sent = at_once(*[lambda: send_message(staff[0], thread, "once", "everyone", key).pk] * PEOPLE)
    assert len(set(sent)) == 1, sent
    key = uuid.uuid4()
    places = [thread, other] * (PEOPLE // 2)
    ended = at_once(
        *(lambda c=place: send_message(staff[0], c, "where?", "everyone", key).conversation_id for place in places),
        refusals=(ValidationError,),
    )
    assert Message.objects.filter(client_key=key).count() == 1
    assert len({end for end in ended if isinstance(end, int)}) == 1, ended
    assert len([end for end in ended if isinstance(end, ValidationError)]) == PEOPLE // 2, ended
    assert Participant.objects.filter(conversation=thread).count() == PEOPLE


if __name__ == "__main__":
    race()
    print("settled")
