"""Eight people write, read, delete and react in one thread at the same moment; who is told what is counted again."""

import random

import django

django.setup()

from django.db.models import F  # noqa: E402
from django.test import override_settings  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations import reading  # noqa: E402
from apps.conversations.actions import delete_message, mark_read, send_message  # noqa: E402
from apps.conversations.models import Message, Participant  # noqa: E402
from apps.notifications import events, fanout  # noqa: E402
from apps.notifications.listing import unread_count  # noqa: E402
from apps.notifications.models import Event, Notification  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

PEOPLE = 8
ROUNDS = 25
# Each of them tells people itself, at once: as many workers as there are people.
AT_ONCE = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}

# A toast has an icon, whose address nobody looks up here.
PLAIN = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def race() -> None:
    reading._pushes.seconds = 0
    people = [
        User.objects.create_user(f"s{n}@homeroom.test", given_name=f"S{n}", role=Role.STAFF) for n in range(PEOPLE)
    ]
    thread = Student.objects.create(code="S1", given_name="Amina").conversation
    Participant.objects.bulk_create(Participant(conversation=thread, user=user) for user in people)

    def live(person: User, writes: bool, dice: random.Random) -> None:
        for _ in range(ROUNDS):
            newest = Message.objects.filter(conversation=thread).order_by("-key").first()
            if writes:
                message = send_message(person, thread, "Hello", "staff")
                if dice.random() < 0.3:
                    delete_message(person, message)
                if dice.random() < 0.3:
                    fanout.tell(f"message-{message.pk}")
            elif newest:
                mark_read(person, thread, newest.key, visiting=True)

    dice = [random.Random(n) for n in range(PEOPLE)]
    # Half of them write and half read; then the other way round.
    for turn in (0, 1):
        at_once(*(lambda n=n, writes=n % 2 == turn: live(people[n], writes, dice[n]) for n in range(PEOPLE)))
    # Nobody is in the middle of anything: what is there is right without another look.
    assert not Event.objects.filter(done=None).exists()
    for user in people:
        there = Message.objects.filter(conversation=thread, deleted=None).exclude(author=user)
        mark = Participant.objects.get(user=user, conversation=thread).last_read
        unread = there.filter(key__gt=mark).count()
        assert unread_count(user) == unread, (user, unread_count(user), unread)
        rows = Notification.objects.filter(recipient=user).values_list("event", flat=True)
        assert len(rows) == len(set(rows))
    assert not Notification.objects.filter(actor=F("recipient")).exists()
    for user in people:
        events._seen(user.pk, events.about(thread), 10**17)
        assert unread_count(user) == 0


if __name__ == "__main__":
    with override_settings(TASKS=AT_ONCE, STORAGES=PLAIN):
        race()
    print("settled")
