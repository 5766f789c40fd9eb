"""No chat vanishes: whatever happens, each question is somebody's who may answer it, or in the queue."""

import datetime
import random
from contextlib import suppress

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.accounts import closing, people_actions, sessions
from apps.accounts.models import Role, User
from apps.conversations.actions import assign, delete_message, mark_read, retract_message, send_message
from apps.conversations.models import Audience, Conversation, Message, Participant
from apps.support import actions
from apps.support.actions.writing import waiting_since
from apps.support.models import Ticket, answerers
from apps.support.states import Status
from tests import factories

REFUSALS = (PermissionDenied, ValidationError)
STEPS, SEEDS = 30, range(3)


class World:
    """Three who ask, three who answer, an admin, and a clock that a step may push ahead."""

    def __init__(self, seed, clock):
        self.random, self.clock = random.Random(seed), clock
        self.admin = factories.user(Role.ADMIN)
        self.askers = [factories.user(role).pk for role in (Role.STUDENT, Role.STUDENT, Role.TEACHER)]
        self.staff = [factories.user(Role.STAFF).pk for _ in range(3)]
        for pk in (*self.staff, self.admin.pk):
            factories.session(user=User.objects.get(pk=pk))
        self.said: list[str] = []
        # Whether somebody lost the right to answer past the actions, and the clock hasn't come by since.
        self.behind = False

    def someone(self, ids):
        return User.objects.get(pk=self.random.choice(ids))

    def ticket(self):
        return self.random.choice([*Ticket.objects.select_related("conversation", "person")] or [None])

    def message(self):
        rows = Message.objects.filter(deleted=None, author__isnull=False).select_related("conversation", "author")
        return self.random.choice([*rows] or [None])

    def step(self):
        deed = self.random.choice(DEEDS)
        self.said.append(deed.__name__)
        self.clock.ahead(datetime.timedelta(seconds=1))
        with suppress(*REFUSALS):
            deed(self)


def ask(world):
    actions.ask(world.someone(world.askers), "A question")


def answer(world):
    if ticket := world.ticket():
        send_message(world.someone(world.staff), ticket.conversation, "An answer", Audience.EVERYONE)


def note(world):
    if ticket := world.ticket():
        send_message(world.someone(world.staff), ticket.conversation, "A note", Audience.STAFF)


def take(world):
    if ticket := world.ticket():
        actions.take(world.someone(world.staff), ticket)


def transfer(world):
    if ticket := world.ticket():
        assign(world.someone(world.staff), ticket.conversation, world.someone(world.staff))


def give_up(world):
    if ticket := world.ticket():
        assign(world.someone(world.staff), ticket.conversation, None)


def give_to_the_least_busy(world):
    if ticket := world.ticket():
        actions.assign_to_least_busy(world.admin, ticket)


def end_a_shift(world):
    actions.return_mine(world.someone(world.staff))


def go_away(world):
    actions.set_away(world.someone(world.staff), away=world.random.random() < 0.5)


def sign_out(world):
    for row in world.someone(world.staff).usersession_set.all():
        sessions.forget(row.session_key)


def snooze(world):
    if ticket := world.ticket():
        until = timezone.now() + datetime.timedelta(minutes=world.random.randint(1, 90))
        actions.snooze(world.someone(world.staff), ticket, until)


def close(world):
    if ticket := world.ticket():
        actions.close(world.someone(world.staff), ticket)


def reopen(world):
    if ticket := world.ticket():
        actions.reopen(world.someone(world.staff), ticket)


def undo(world):
    if ticket := world.ticket():
        staff = world.someone(world.staff)
        for line in actions.undo_lines([ticket], staff):
            actions.undo(staff, ticket, line)


def jump(world):
    world.clock.ahead(datetime.timedelta(minutes=world.random.choice([20, 120, 60 * 24 * 8])))


def clock_of_two_workers(world):
    actions.run_clock()
    world.behind = False
    assert (actions.wake_due(), actions.return_orphans(), actions.call_for_help()) == (0, 0, 0)


def deactivate(world):
    people_actions.deactivate(world.admin, world.someone(world.staff + world.askers))


def reactivate(world):
    people_actions.reactivate(world.admin, world.someone(world.staff + world.askers))


def change_role(world):
    role = world.random.choice([Role.STAFF, Role.TEACHER])
    people_actions.change_role(world.admin, world.someone([*world.staff, world.askers[2]]), role)


def change_role_behind_the_actions(world):
    User.objects.filter(pk=world.random.choice(world.staff)).update(role=Role.TEACHER)
    world.behind = True


def close_an_account(world):
    if world.random.random() < 0.3:
        closing.close_account(world.admin, world.someone([*world.staff[:1], *world.askers[:1]]))


def take_back(world):
    if message := world.message():
        retract_message(message.author, message)


def delete(world):
    if message := world.message():
        delete_message(message.author, message)


def read(world):
    if ticket := world.ticket():
        newest = ticket.conversation.messages.order_by("-key").first()
        mark_read(world.someone(world.staff + world.askers), ticket.conversation, newest.key if newest else 0)


DEEDS = [
    *(ask, ask, ask, answer, answer, note, take, take, transfer, give_up, give_to_the_least_busy, end_a_shift, go_away),
    *(sign_out, snooze, undo, undo, close, reopen, jump, clock_of_two_workers, deactivate, reactivate, reactivate),
    *(change_role, change_role_behind_the_actions, close_an_account, take_back, delete, read),
]


def check_everybody_is_served(world):
    """Each active ticket is somebody's who may answer, or in the queue; each has at most one that is active."""
    may_answer = set(answerers().values_list("pk", flat=True))
    queue = set(Ticket.objects.unassigned().values_list("pk", flat=True))
    active = [ticket for ticket in Ticket.objects.select_related("conversation") if ticket.status != Status.CLOSED]
    for ticket in active:
        owner = ticket.conversation.assignee_id
        assert (owner in may_answer) != (ticket.pk in queue), (ticket, owner)
        assert owner is None or owner in may_answer or world.behind, (ticket, owner)
    people = [ticket.person_id for ticket in active]
    assert len(people) == len(set(people))
    assert may_answer, "an admin is left, who sees all of it"
    everything = set(Ticket.objects.values_list("pk", flat=True))
    for user in User.objects.filter(pk__in=may_answer):
        assert set(Ticket.objects.visible_to(user).values_list("pk", flat=True)) == everything


def check_waiting():
    for ticket in Ticket.objects.active().select_related("conversation"):
        assert ticket.unanswered_since == waiting_since(ticket) == slowly_waiting_since(ticket), ticket.status
    assert not Ticket.objects.filter(status=Status.CLOSED, unanswered_since__isnull=False).exists()
    assert not Ticket.objects.filter(status=Status.WAITING, unanswered_since__isnull=False).exists()


def slowly_waiting_since(ticket):
    """Message by message, in plain words."""
    closings = [line.at for line in ticket.log.all() if line.event == "closed" and "undone" not in line.detail]
    since = None
    for message in ticket.conversation.messages.order_by("key"):
        if message.deleted or message.audience == Audience.STAFF or any(at >= message.created for at in closings):
            continue
        since = (since or message.created) if message.author_id == ticket.person_id else None
    return since


def check_what_each_side_sees(world):
    for user in User.objects.filter(pk__in=[*world.askers, *world.staff, world.admin.pk]):
        everything = Message.objects.filter(conversation__kind="support")
        wanted = everything if user.sees_all else everything.filter(audience=Audience.EVERYONE)
        own = wanted if user.sees_all else wanted.filter(conversation__ticket__person=user)
        seen = set(Message.objects.visible_to(user).filter(conversation__kind="support").values_list("pk", flat=True))
        assert seen == set(own.values_list("pk", flat=True)), user.role
        for row in Conversation.objects.visible_to(user).filter(kind="support").with_unread_for(user):
            assert row.unread == slowly_unread(user, row), user.role


def slowly_unread(user, conversation):
    part = Participant.objects.filter(user=user, conversation=conversation, follows=True).first()
    if part is None:
        return 0
    audiences = {Audience.EVERYONE, Audience.STAFF} if user.sees_all else {Audience.EVERYONE}
    rows = conversation.messages.filter(key__gt=part.last_read, deleted=None, audience__in=audiences)
    return rows.exclude(author=user).count()


class Clock:
    """What `timezone.now` says, pushed ahead by hand."""

    def __init__(self):
        self.moment = datetime.datetime(2026, 11, 2, 9, tzinfo=datetime.UTC)

    def now(self):
        self.moment += datetime.timedelta(microseconds=10)
        return self.moment

    def ahead(self, span):
        self.moment += span


@pytest.mark.parametrize("seed", SEEDS)
def test_no_chat_vanishes(db, monkeypatch, seed):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock.now)
    world = World(seed, clock)
    for _ in range(STEPS):
        world.step()
        try:
            check_everybody_is_served(world)
            check_waiting()
            check_what_each_side_sees(world)
        except AssertionError as error:
            raise AssertionError(f"after {world.said}: {error}") from error
    assert Ticket.objects.exists()
