"""People react and answer in the same thread at the same moment, on whatever database the environment names."""

import django

django.setup()


from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations.actions import Unseen, add_reaction, remove_reaction, send_message  # noqa: E402
from apps.conversations.models import Message, Reaction  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

PEOPLE = 8


def race() -> None:
    staff = [
        User.objects.create_user(f"s{n}@homeroom.test", given_name=f"S{n}", role=Role.STAFF) for n in range(PEOPLE)
    ]
    thread = Student.objects.create(code="S1", given_name="Amina").conversation
    message = send_message(staff[0], thread, "Who comes?", "everyone")

    # Everyone reacts, alike, at once; then each changes their mind in two tabs.
    at_once(*(lambda p=person: add_reaction(p, message, "👍").pk for person in staff))
    assert Reaction.objects.filter(emoji="👍").count() == PEOPLE
    message.refresh_from_db()
    assert message.version == 1 + PEOPLE, message.version
    at_once(*[lambda: add_reaction(staff[0], message, "🎉").pk] * PEOPLE)
    assert Reaction.objects.filter(emoji="🎉").count() == 1
    message.refresh_from_db()
    assert message.version == 2 + PEOPLE, message.version

    def waver(tab: int) -> None:
        for step in range(10):
            (add_reaction if (step + tab) % 2 else remove_reaction)(staff[1], message, "👀")

    at_once(*(lambda t=tab: waver(t) for tab in range(4)))
    message.refresh_from_db()
    thread.refresh_from_db()
    assert message.version == thread.clock

    # Everyone answers what they all have seen: one goes through, the others are asked, and nobody waits for another.
    seen = message.key
    ended = at_once(
        *(lambda p=person: send_message(p, thread, f"I, {p.given_name}", "everyone", seen=seen).pk for person in staff),
        refusals=(Unseen,),
    )
    assert len([end for end in ended if isinstance(end, int)]) == 1, ended
    assert Message.objects.count() == 2

    # Whoever is asked sends anyway, as often as it takes: all of it arrives, once.
    def insist(person: User, seen: int) -> None:
        for _ in range(100):
            try:
                send_message(person, thread, f"Still {person.given_name}", "everyone", seen=seen)
            except Unseen as unseen:
                seen = unseen.messages[-1].key
            else:
                return
        raise AssertionError("never taken")

    at_once(*(lambda p=person: insist(p, seen) for person in staff))
    assert Message.objects.filter(body__startswith="Still").count() == PEOPLE


if __name__ == "__main__":
    race()
    print("settled")
