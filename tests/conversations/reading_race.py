"""Eight people write and read in the same threads at the same moment, on whatever database the environment names."""

import random

import django

django.setup()


from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations.actions import delete_message, mark_read, send_message  # noqa: E402
from apps.conversations.models import Conversation, Message, Participant  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

PEOPLE = 8


def race() -> None:
    staff = [
        User.objects.create_user(f"s{n}@homeroom.test", given_name=f"S{n}", role=Role.STAFF) for n in range(PEOPLE - 1)
    ]
    pupil = User.objects.create_user("pupil@homeroom.test", given_name="Pupil", role=Role.STUDENT)
    threads = [
        Student.objects.create(code=f"S{n}", given_name="Amina", user=pupil if n == 0 else None).conversation
        for n in range(2)
    ]
    went_back: list[tuple[int, int]] = []

    def live(person: User) -> None:
        chance = random.Random(person.pk)
        mine = threads[:1] if person == pupil else threads
        for number in range(20):
            thread = chance.choice(mine)
            audience = "everyone" if person == pupil else chance.choice(["staff", "everyone"])
            if number % 2:
                message = send_message(person, thread, f"{number}", audience)
                if number % 5 == 0:
                    delete_message(person, message)
            else:
                newest = thread.messages.order_by("-key").first()
                key = newest.key if newest else 0
                at_most = chance.choice([key, key - 1, key + 10**6])
                before = watermark(person, thread)
                mark_read(person, thread, at_most, key)
                if (after := watermark(person, thread)) < before:
                    went_back.append((before, after))

    def watermark(person: User, thread: Conversation) -> int:
        return (
            Participant.objects.filter(user=person, conversation=thread).values_list("last_read", flat=True).first()
            or 0
        )

    at_once(*(lambda p=person: live(p) for person in [*staff, pupil]))
    assert not went_back, went_back
    for person in [*staff, pupil]:
        for thread in Conversation.objects.visible_to(person).with_unread_for(person):
            part = Participant.objects.filter(user=person, conversation=thread, follows=True).first()
            readable = thread.type.audiences(person)
            recount = [
                message
                for message in Message.objects.filter(conversation=thread)
                if part
                and message.key > part.last_read
                and message.audience in readable
                and message.author_id != person.pk
                and not message.deleted
            ]
            assert thread.unread == len(recount), (person, thread.unread, len(recount))
            if part:
                assert part.last_read <= part.delivered
                own = Message.objects.filter(conversation=thread, key=part.last_read).first()
                assert own is not None
                assert own.audience in readable, "a watermark on what this person can't read"
    assert Participant.objects.filter(last_read=0).count() == 0


if __name__ == "__main__":
    race()
    print("settled")
