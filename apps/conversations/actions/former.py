"""When an account is closed: what its person wrote stays where others read it, under the name of nobody in particular.

Names that stand in messages change like any other part of them: under the clock, so that open pages follow.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import batched

from django.db import connection, transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations import live, mentions
from apps.conversations.actions.attachments import remove
from apps.conversations.models import Attachment, Audience, Conversation, Mention, Message, Participant, Revision

BATCH = 500

# Each changed message takes a number of its conversation's clock for its audience, in the order of the conversation.
# One statement a conversation (SQLite 3.33, PostgreSQL), where one a message would take minutes. The numbers are above
# all that were given out, so that no row meets another on its way.
_TICK = """
UPDATE conversations_message SET version = numbered.version FROM (
    SELECT message.id,
        CASE message.audience WHEN 'staff' THEN conversation.staff_clock ELSE conversation.clock END
        + ROW_NUMBER() OVER (PARTITION BY message.audience ORDER BY message.key) AS version
    FROM conversations_message AS message
    JOIN conversations_conversation AS conversation ON conversation.id = message.conversation_id
    WHERE message.conversation_id = %s AND (
        message.author_id = %s
        OR message.reply_to_id IN (SELECT id FROM conversations_message WHERE conversation_id = %s AND author_id = %s)
        OR message.id IN (SELECT message_id FROM conversations_mention WHERE user_id = %s)
        OR message.id IN (SELECT message_id FROM conversations_reaction WHERE user_id = %s)
    )
) AS numbered WHERE conversations_message.id = numbered.id
"""


def forget_person(person: User) -> None:
    """Put the name that a closed account has by now wherever the person's own stood in messages.

    In the transaction that closes the account. What others wrote of the person in words of their own stays; a mention,
    which stands for the person, becomes another name. What they had uploaded and never sent is deleted, and so is how
    far they have read.
    """
    touched = _touched(person)
    ids = list(touched.order_by("conversation_id").values_list("conversation_id", flat=True).distinct())
    for some in batched(ids, BATCH):
        list(Conversation.objects.select_for_update().filter(pk__in=some).order_by("pk"))
    Message.objects.filter(author=person).update(author_name=person.full_name)
    for message in _naming(person, set(ids)):
        _rename(message, person)
    _tick(person, ids)
    Participant.objects.filter(user=person).delete()
    remove(list(Attachment.objects.select_for_update().filter(uploader=person, message=None)))
    live.messages_changed(ids)
    for conversation in Conversation.objects.filter(Q(pair__first=person) | Q(pair__second=person)).select_related(
        "pair"
    ):
        live.lock_changed(conversation)


def forget_stragglers() -> int:
    """Do the same again for whoever left in the last day, where a post of that very moment came after it; how many.

    Whoever was just writing when their account was closed, or just named them, still had the old name in hand.
    """
    lately = User.objects.filter(closed__gt=timezone.now() - timedelta(days=1)).order_by("pk")
    found = [person for person in lately if _stands_somewhere(person)]
    for person in found:
        with transaction.atomic():
            forget_person(person)
    return len(found)


def _stands_somewhere(person: User) -> bool:
    own = person.messages.exclude(author_name=person.full_name)
    named = person.mentions.exclude(text=person.full_name)
    return own.exists() or named.exists()


def _touched(person: User) -> QuerySet[Message]:
    """The messages that show the person's name: written by them, quoting, naming them, with a reaction of theirs."""
    shown = Q(author=person) | Q(reply_to__author=person)
    shown |= Q(pk__in=Mention.objects.filter(user=person).values("message"))
    shown |= Q(pk__in=person.reactions.values("message"))
    return Message.objects.filter(shown)


def _naming(person: User, locked: set[int]) -> Iterator[Message]:
    """The messages of these conversations that mention the person."""
    ids = list(Mention.objects.filter(user=person).values_list("message", flat=True))
    for some in batched(ids, BATCH):
        for message in Message.objects.filter(pk__in=some).prefetch_related("mentions", "revisions"):
            if message.conversation_id in locked:
                yield message


def _rename(message: Message, person: User) -> None:
    """Write another name into a text, and into the ones before it, wherever the person alone is meant."""
    known = list(message.mentions.all())
    # Whole names alone: @Ann isn't the beginning of @Anna.
    names = [rf"@{re.escape(mention.text)}(?!\w)" for mention in known if mention.user_id == person.pk]
    body = message.body
    for start, end, meant in reversed(list(mentions.spans(body, known))):
        if meant == [person.pk]:
            body = f"{body[:start]}@{person.full_name}{body[end:]}"
    for revision in message.revisions.all():
        text = revision.body
        for name in names:
            text = re.sub(name, f"@{person.full_name}", text)
        if text != revision.body:
            Revision.objects.filter(pk=revision.pk).update(body=text)
    if body != message.body:
        Message.objects.filter(pk=message.pk).update(body=body)
    Mention.objects.filter(message=message, user=person).update(text=person.full_name)


def _tick(person: User, ids: list[int]) -> None:
    """Give the changed messages of these conversations, whose rows are locked, their numbers."""
    with connection.cursor() as cursor:
        for pk in ids:
            cursor.execute(_TICK, [pk, person.pk, pk, person.pk, person.pk, person.pk])
    for some in batched(ids, BATCH):
        Conversation.objects.filter(pk__in=some).update(
            clock=_newest("clock", Audience.EVERYONE), staff_clock=_newest("staff_clock", Audience.STAFF)
        )


def _newest(clock: str, audience: str) -> Greatest:
    """A clock, or the number of its audience's last change where that is ahead."""
    rows = Message.objects.filter(conversation=OuterRef("pk"), audience=audience).order_by()
    newest = rows.values("conversation").annotate(newest=Max("version")).values("newest")
    return Greatest(F(clock), Coalesce(Subquery(newest), 0))
