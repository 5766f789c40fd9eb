"""Several people decide about one thing at the same moment, on whatever database the environment names.

Run by test_moderation_race.py in a process of its own. Ends silently, or with the assertion that failed.
"""

import os
import uuid
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from apps.accounts.models import Role  # noqa: E402
from apps.community import actions  # noqa: E402
from apps.community.models import Approval, Flag, Held, HeldState  # noqa: E402
from apps.conversations.actions import send_message  # noqa: E402
from apps.conversations.approval import Waits  # noqa: E402
from apps.conversations.models import Message  # noqa: E402
from tests import factories  # noqa: E402
from tests.community.rooms import chat, room  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

MANY = 4


def ended(results):
    return Counter(type(each).__name__ if isinstance(each, Exception) else "done" for each in results)


def race_of_approvals(place, staff):
    held = chat(place, place.cleo, "Approve me")
    results = at_once(*(lambda s=s: actions.approve(s, held, 1) for s in staff), refusals=(actions.Outdated,))
    assert ended(results) == {"done": 1, "Outdated": MANY - 1}, results
    held.refresh_from_db()
    winner = held.decided_by.full_name
    assert all(winner in str(each) for each in results if isinstance(each, Exception)), results
    assert Message.objects.filter(body="Approve me").count() == 1


def race_of_approval_and_withdrawal(place, staff):
    held = chat(place, place.cleo, "Or not")
    results = at_once(
        lambda: actions.approve(staff[0], held, 1),
        lambda: actions.withdraw_held(place.cleo, held),
        refusals=(actions.Outdated,),
    )
    assert ended(results) == {"done": 1, "Outdated": 1}, results
    held.refresh_from_db()
    published = Message.objects.filter(body="Or not").count()
    assert published == (1 if held.state == HeldState.APPROVED else 0), held.state


def race_of_one_sending(place):
    key = uuid.uuid4()

    def send():
        send_message(place.cleo, place.community.chat, "Once", client_key=key)

    at_once(*[send] * MANY, refusals=(Waits,))
    assert Held.objects.filter(client_key=key).count() == 1


def race_of_reports(place):
    post = send_message(place.ida, place.community.chat, "Report me")
    at_once(*[lambda: actions.flag_message(place.ana, post, "rude")] * MANY)
    assert Flag.objects.filter(message=post).count() == 1


def race_of_settlements(place, staff):
    post = send_message(place.ida, place.community.chat, "Decide me")
    actions.flag_message(place.ana, post, "rude")
    acts = [lambda s=s: actions.keep_message(s, post) for s in staff[:2]]
    acts += [lambda s=s: actions.remove_post(s, post, "Rude", seen="reported") for s in staff[2:]]
    results = at_once(*acts, refusals=(actions.Settled,))
    assert ended(results) == {"done": 1, "Settled": MANY - 1}, results
    flag = Flag.objects.get(message=post)
    assert (flag.outcome == "removed") == bool(Message.objects.get(pk=post.pk).deleted)


if __name__ == "__main__":
    people = [factories.user(Role.STAFF) for _ in range(MANY)]
    here = room(Approval.STUDENTS)
    race_of_approvals(here, people)
    race_of_approval_and_withdrawal(here, people)
    race_of_one_sending(here)
    race_of_reports(here)
    race_of_settlements(here, people)
    print("settled")
