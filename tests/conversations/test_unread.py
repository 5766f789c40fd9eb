"""How many messages somebody hasn't read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.conversations.actions import delete_message, send_message
from apps.conversations.models import MAX_UNREAD, Conversation, Participant


def unread(user: User, conversation: Conversation) -> int:
    return Conversation.objects.with_unread_for(user).get(pk=conversation.pk).unread


@pytest.fixture
def thread(cast) -> Conversation:
    for user in (cast.staff, cast.teacher, cast.amina_user):
        Participant.objects.create(conversation=cast.amina.conversation, user=user)
    return cast.amina.conversation


def test_what_others_wrote_after_the_watermark_is_unread(cast, thread):
    first = send_message(cast.staff2, thread, "one", "everyone")
    send_message(cast.staff2, thread, "two", "everyone")
    assert unread(cast.staff, thread) == 2
    Participant.objects.filter(user=cast.staff).update(last_read=first.key)
    assert unread(cast.staff, thread) == 1


def test_own_deleted_and_staff_messages_do_not_count_for_who_does_not_get_them(cast, thread):
    send_message(cast.amina_user, thread, "mine")
    send_message(cast.staff, thread, "between us", "staff")
    gone = send_message(cast.staff, thread, "a slip", "everyone")
    delete_message(cast.staff, gone)
    assert unread(cast.amina_user, thread) == 0
    assert unread(cast.teacher, thread) == 2
    send_message(cast.staff, thread, "for all", "everyone")
    assert unread(cast.amina_user, thread) == 1


def test_who_takes_no_part_has_nothing_unread(cast, thread):
    Participant.objects.create(conversation=thread, user=cast.admin, follows=False)
    send_message(cast.staff, thread, "one", "everyone")
    assert unread(cast.admin, thread) == 0
    assert unread(cast.staff2, thread) == 0


def test_counting_stops_where_nobody_counts_any_more(cast, thread):
    for number in range(MAX_UNREAD + 2):
        send_message(cast.staff, thread, f"{number}", "everyone")
    assert unread(cast.amina_user, thread) == MAX_UNREAD


def test_all_conversations_are_counted_in_one_query(cast, thread):
    send_message(cast.staff, thread, "one", "everyone")
    with CaptureQueriesContext(connection) as queries:
        rows = list(Conversation.objects.visible_to(cast.teacher).with_unread_for(cast.teacher))
    assert len(queries) == 1
    assert {row.pk: row.unread for row in rows}[thread.pk] == 1
