"""Run beside a server's data: a crowd that takes part in one conversation, and how many of it have been told.

python -m tests.notifications.crowd make PEOPLE | again | count
"""

import json
import sys

import django

django.setup()

from django.db.models import Count  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations.actions import send_message  # noqa: E402
from apps.conversations.models import Conversation, Participant  # noqa: E402
from apps.notifications import tasks  # noqa: E402
from apps.notifications.models import Delivery, Event, Notification, moments_ago  # noqa: E402
from apps.students.models import Student  # noqa: E402


def make(number: int) -> User:
    """So many of the staff follow one thread; returns somebody who may write there."""
    author = User.objects.create(email="author@homeroom.test", given_name="Author", role=Role.STAFF)
    thread = Student.objects.create(code="S1", given_name="Amina").conversation
    people = User.objects.bulk_create(
        (User(email=f"p{n}@homeroom.test", given_name=f"P{n}", role=Role.STAFF) for n in range(number)), batch_size=500
    )
    Participant.objects.bulk_create((Participant(conversation=thread, user=user) for user in people), batch_size=500)
    return author


def say(author: User) -> None:
    """Write one message, which all of them are to be told of."""
    send_message(author, Conversation.objects.get(), "Hello everybody", "staff")


def again() -> None:
    """Whoever was at it has died a while ago: two ask for the rest at once."""
    Event.objects.update(touched=moments_ago(120))
    tasks.tell_the_rest()
    tasks.tell_the_rest()


def count() -> dict[str, int]:
    people = Notification.objects.values("recipient").annotate(times=Count("pk"))
    return {
        "told": people.count(),
        "twice": people.filter(times__gt=1).count(),
        "letters": Delivery.objects.count(),
        "done": Event.objects.exclude(done=None).count(),
    }


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", number]:
            say(make(int(number)))
        case ["again"]:
            again()
        case ["count"]:
            print(json.dumps(count()))
