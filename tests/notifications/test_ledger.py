"""Each event reaches each person once, whoever runs what, how often, and wherever it is killed."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role, User
from apps.conversations.actions import (
    add_reaction,
    delete_message,
    edit_message,
    mark_read,
    reading,
    remove_reaction,
    send_message,
)
from apps.conversations.models import FOREVER, Participant
from apps.notifications import events, fanout, notification_types
from apps.notifications.models import Delivery, Event, Notification, Preference, moments_ago
from tests.notifications.conftest import told

pytestmark = pytest.mark.django_db


def office(number: int, conversation) -> list[User]:
    """So many of the staff who take part."""
    people = User.objects.bulk_create(
        User(email=f"office{n}@homeroom.test", given_name=f"Office{n}", role=Role.STAFF) for n in range(number)
    )
    Participant.objects.bulk_create(Participant(conversation=conversation, user=user) for user in people)
    return people


def test_who_takes_part_is_told_once_and_the_author_not(cast, thread, write):
    message = write(cast.staff, thread)
    assert told(cast.amina_user) == told(cast.teacher) == ["message"]
    assert told(cast.staff) == told(cast.staff2) == told(cast.bruno_user) == told(cast.outsider) == []
    fanout.tell(f"message-{message.pk}")
    Event.objects.update(done=None, reached=0)
    fanout.tell(f"message-{message.pk}")
    assert told(cast.amina_user) == told(cast.teacher) == ["message"]
    assert Delivery.objects.filter(recipient=cast.teacher).count() == 1


def test_what_is_for_staff_tells_no_student(cast, thread, write):
    write(cast.staff, thread, audience="staff")
    assert told(cast.teacher) == ["message"]
    assert told(cast.amina_user) == []


def test_who_is_named_is_told_that_alone(cast, thread, write):
    write(cast.staff, thread, "@Tariq Teacher and @Sofia Second, look")
    assert told(cast.teacher) == told(cast.staff2) == ["mention"]
    assert told(cast.amina_user) == ["message"]


def test_who_is_named_by_an_edit_is_told_then(cast, thread, write, commits):
    message = write(cast.staff, thread, "Look")
    with commits():
        edit_message(cast.staff, message, "Look, @Tariq Teacher")
    assert told(cast.teacher) == ["message", "mention"]


def test_who_muted_it_is_told_of_mentions_alone(cast, thread, write):
    Participant.objects.create(conversation=thread, user=cast.teacher, muted_until=FOREVER)
    write(cast.staff, thread)
    assert told(cast.teacher) == []
    write(cast.staff, thread, "@Tariq Teacher")
    assert told(cast.teacher) == ["mention"]


def test_what_is_rolled_back_tells_nobody(cast, thread, commits):
    with commits(), transaction.atomic():
        send_message(cast.staff, thread, "Never said", "everyone")
        transaction.set_rollback(True)
    assert Event.objects.count() == 0
    assert told(cast.teacher) == []


def test_a_job_that_was_lost_is_taken_up_again(cast, thread):
    send_message(cast.staff, thread, "Hello", "everyone")  # Nothing is committed here: no job was ever queued.
    assert fanout.go_on() == 0, "somebody may still be at it"
    Event.objects.update(touched=moments_ago(fanout.ABANDONED + 1))
    assert fanout.go_on() == 1
    assert told(cast.amina_user) == told(cast.teacher) == ["message"]
    assert fanout.go_on() == 0


def test_a_batch_that_another_process_has_told_is_not_told_again(cast, thread, monkeypatch):
    people = office(7, thread)
    monkeypatch.setattr(fanout, "BATCH", 3)
    message = send_message(cast.staff, thread, "Hello", "everyone")
    event, real = Event.objects.get(), fanout._next_people

    def overtaken(kind, found):
        batch = real(kind, found)
        # Between the question and the write another process tells all of them.
        monkeypatch.setattr(fanout, "_next_people", real)
        fanout.tell(event.key)
        return batch

    monkeypatch.setattr(fanout, "_next_people", overtaken)
    fanout.tell(event.key)
    rows = Notification.objects.filter(event=f"message-{message.pk}")
    assert rows.count() == len(people) + 2  # And the teacher and the student.
    assert Delivery.objects.count() == rows.count()


@pytest.mark.parametrize("killed_after", [1, 2, 3])
def test_what_was_killed_between_two_batches_goes_on_with_the_next(cast, thread, monkeypatch, killed_after):
    people = office(8, thread)
    monkeypatch.setattr(fanout, "BATCH", 3)
    send_message(cast.staff, thread, "Hello", "everyone")
    event, real, calls = Event.objects.get(), fanout._next_people, []

    def killed(kind, found):
        calls.append(1)
        if len(calls) > killed_after:
            raise SystemExit
        return real(kind, found)

    monkeypatch.setattr(fanout, "_next_people", killed)
    with pytest.raises(SystemExit):
        fanout.tell(event.key)
    assert Notification.objects.count() == 3 * killed_after - 1, "the author, who takes part, is told nothing"
    monkeypatch.setattr(fanout, "_next_people", real)
    fanout.tell(event.key)
    assert Notification.objects.count() == len(people) + 2
    assert Notification.objects.values("recipient").distinct().count() == len(people) + 2


def test_who_had_read_it_before_they_were_told_is_not_told(cast, thread, commits):
    with commits():
        message = send_message(cast.staff, thread, "Hello", "everyone")
        mark_read(cast.amina_user, thread, message.key)
    assert told(cast.amina_user) == []
    assert told(cast.teacher) == ["message"]


def test_who_reads_it_while_they_are_told_has_nothing_unread(cast, thread, monkeypatch):
    message = send_message(cast.staff, thread, "Hello", "everyone")
    real = fanout._tell

    def tell(*arguments):
        real(*arguments)
        # The reader's own look for notifications came just before these were committed.
        monkeypatch.setattr(events, "_seen", lambda *about: None)
        mark_read(cast.amina_user, thread, message.key)

    monkeypatch.setattr(fanout, "_tell", tell)
    fanout.tell(f"message-{message.pk}")
    assert Notification.objects.get(recipient=cast.amina_user).read_at is not None
    assert Notification.objects.get(recipient=cast.teacher).read_at is None


def test_who_is_told_while_they_read_has_nothing_unread(cast, thread, monkeypatch):
    message, real = send_message(cast.staff, thread, "Hello", "everyone"), reading.look_in

    def look_in(*about):
        # Told, and that over, before what they read is kept: their own look for notifications must come after that.
        fanout.tell(f"message-{message.pk}")
        return real(*about)

    monkeypatch.setattr("apps.conversations.actions.reading.look_in", look_in)
    # Nobody reads in a transaction, as a test does: what comes after the commit comes at once.
    monkeypatch.setattr(transaction, "on_commit", lambda deed, **options: deed())
    mark_read(cast.amina_user, thread, message.key)
    assert Event.objects.get().done
    assert Notification.objects.get(recipient=cast.amina_user).read_at is not None


def test_what_was_deleted_before_anybody_was_told_tells_nobody(cast, thread, commits):
    with commits():
        message = send_message(cast.staff, thread, "Hello", "everyone")
        delete_message(cast.staff, message)
    assert Notification.objects.count() == 0


def test_what_is_deleted_while_people_are_told_leaves_nothing(cast, thread, monkeypatch):
    message = send_message(cast.staff, thread, "Hello", "everyone")
    real = fanout._tell

    def tell(*arguments):
        real(*arguments)
        delete_message(cast.staff, message)  # Its own withdrawal ran before these rows could be seen.

    monkeypatch.setattr(fanout, "_tell", tell)
    fanout.tell(f"message-{message.pk}")
    assert Notification.objects.count() == 0


def test_what_is_deleted_afterwards_is_taken_back(cast, thread, write, commits, published):
    message = write(cast.staff, thread, "@Sofia Second")
    assert Notification.objects.count() == 3
    with commits():
        delete_message(cast.staff, message)
    assert Notification.objects.count() == 0
    assert Delivery.objects.count() == 0
    assert {channel for channel, event in published if "bell" in event} >= {f"user-{cast.teacher.pk}"}


def test_a_reaction_tells_the_author_and_taking_it_back_takes_that_back(cast, thread, write, commits):
    message = write(cast.amina_user, thread)
    with commits():
        add_reaction(cast.teacher, message, "👍")
        add_reaction(cast.amina_user, message, "👍")
    assert told(cast.amina_user) == ["reaction"]
    assert Delivery.objects.filter(recipient=cast.amina_user).count() == 0, "on the page only"
    with commits():
        remove_reaction(cast.teacher, message, "👍")
    assert told(cast.amina_user) == []


def test_whoever_has_it_open_has_read_a_reaction_to_what_they_read_long_ago(cast, thread, write, commits):
    message = write(cast.amina_user, thread)
    with commits():
        add_reaction(cast.teacher, message, "👍")
    with commits():
        mark_read(cast.amina_user, thread, 0, visiting=True)
    assert told(cast.amina_user, read_at=None) == []


def test_that_a_toast_arrived_elsewhere_reads_nothing(cast, thread, write, commits):
    message = write(cast.staff, thread)
    with commits():
        mark_read(cast.amina_user, thread, 0, delivered=message.key)
    assert told(cast.amina_user, read_at=None) == ["message"]


def test_answering_reads_what_came_before(cast, thread, write):
    write(cast.staff, thread)
    write(cast.amina_user, thread, "Yes")
    assert told(cast.amina_user, read_at=None) == []
    assert told(cast.teacher, read_at=None) == ["message", "message"]


def test_nobody_who_is_deactivated_is_told(cast, thread, write):
    User.objects.filter(pk=cast.teacher.pk).update(is_active=False)
    write(cast.staff, thread)
    assert told(cast.teacher) == []


def test_who_wants_it_by_no_way_has_no_row_and_who_wants_mail_alone_none_on_the_page(cast, thread, write):
    for user, ways in ((cast.teacher, ["page", "email"]), (cast.amina_user, ["page"])):
        for way in ways:
            Preference.objects.create(user=user, kind="message", way=way, wanted=False)
    write(cast.staff, thread)
    assert told(cast.teacher) == []
    assert told(cast.amina_user, on_page=False) == ["message"]
    assert Delivery.objects.get().recipient == cast.amina_user


def test_a_kind_that_nobody_declares_is_refused(cast):
    with pytest.raises(KeyError):
        events.notify("gossip", "gossip-1", "Psst", to=[cast.staff.pk])


def test_a_new_kind_is_one_declaration(cast, commits, monkeypatch):
    monkeypatch.setattr(notification_types, "_types", dict(notification_types._types))
    found = notification_types.Found("/", "A lesson")
    notification_types.register(
        notification_types.NotificationType(
            name="lesson",
            order=20,
            label="Lessons",
            about="A new lesson.",
            why="You take the course.",
            icon="layers",
            template="notifications/kinds/security.html",
            find=lambda user, notices: {notice.pk: found for notice in notices},
            show=lambda event: found,
            recipients=lambda event, after, most: [pk for pk in (cast.staff.pk, cast.teacher.pk) if pk > after][:most],
        )
    )
    names = [each.name for each in notification_types.registered()]
    assert names.index("assigned") < names.index("lesson") < names.index("moved"), "in its place, though the last one"
    with commits():
        events.notify("lesson", "lesson-1", "Algebra begins", actor=cast.staff)
    assert told(cast.teacher) == ["lesson"]
    assert told(cast.staff) == []


def test_a_batch_costs_the_same_number_of_queries_for_three_people_as_for_three_hundred(cast, thread):
    def cost(number: int) -> int:
        office(number, thread) if number else None
        message = send_message(cast.staff, thread, "Hello", "everyone")
        with CaptureQueriesContext(connection) as queries:
            fanout.tell(f"message-{message.pk}")
        return len(queries)

    first = cost(3)
    User.objects.filter(email__startswith="office").update(is_active=False)
    User.objects.filter(email__startswith="office").delete()
    assert cost(300) == first
    assert first <= 30


def test_each_further_batch_costs_the_same(cast, thread, monkeypatch):
    office(40, thread)
    costs = []
    for size in (50, 20, 10):
        monkeypatch.setattr(fanout, "BATCH", size)
        message = send_message(cast.staff, thread, f"{size}", "everyone")
        with CaptureQueriesContext(connection) as queries:
            fanout.tell(f"message-{message.pk}")
        costs.append((len(queries), -(-42 // size)))
    (one, _), (three, batches), (five, more) = costs
    assert (three - one) / (batches - 1) == (five - one) / (more - 1)


def test_old_rows_go_and_young_ones_stay(cast, thread, write):
    write(cast.staff, thread)
    fanout.forget_old()
    assert Notification.objects.exists()
    old = moments_ago(200 * 86_400)
    Notification.objects.update(created=old)
    Event.objects.update(done=old)
    fanout.forget_old()
    assert not Notification.objects.exists()
    assert not Event.objects.exists()
