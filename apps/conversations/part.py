"""What conversations keep of a person: what they wrote, and sent along."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.core.files import File
from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.parts import Part, Work
from apps.conversations.actions.former import forget_person
from apps.conversations.models import Attachment, Conversation, Message, Participant, Reaction

BATCH = 500


class ConversationsPart(Part):
    """The person's own texts, in the conversations that they may read; nobody else's, and nobody's name."""

    name = "conversations"

    def own_data(self, user: User) -> dict[str, Any]:
        """Messages, reactions, and where they take part; all of it may be long."""
        return {
            "messages": _messages(user),
            "reactions": _reactions(user),
            "taking_part": list(
                Participant.objects.filter(user=user).order_by("conversation").values("conversation", "muted_until")
            ),
        }

    def own_files(self, user: User) -> Iterator[tuple[str, File[Any]]]:
        """The files that they have uploaded, sent or not; those of deleted messages aren't any more."""
        sent = _readable(user).filter(deleted=None)
        uploaded = Attachment.objects.filter(uploader=user, file__failed="").exclude(file__ready=None)
        ids = [*uploaded.filter(message__in=sent).values_list("pk", flat=True)]
        ids += uploaded.filter(message=None).values_list("pk", flat=True)
        for some in batched(sorted(ids), BATCH):
            for attachment in Attachment.objects.filter(pk__in=some).select_related("file").order_by("pk"):
                yield f"{attachment.pk}/{attachment.file.name}", attachment.file.file

    def open_work(self, user: User) -> Iterator[Work]:
        """The conversations that they were given to see to, and still see."""
        mine = Conversation.objects.visible_to(user).filter(assignee=user).with_titles().order_by("pk")
        for conversation in mine:
            url = reverse("conversations:conversation_detail", args=[conversation.pk])
            yield Work("Conversation", conversation.type.title(conversation), url)

    def forget(self, user: User) -> None:
        """Their texts stay, under another name."""
        forget_person(user)
        Conversation.objects.filter(assignee=user).update(assignee=None)


def _readable(user: User) -> QuerySet[Message]:
    return Message.objects.visible_to(user).filter(author=user, retracted=False)


def _messages(user: User) -> Iterator[dict[str, Any]]:
    """Oldest first. The ids are read at once: no database waits while a slow reader takes what was found so far."""
    ids = list(_readable(user).order_by("pk").values_list("pk", flat=True))
    for some in batched(ids, BATCH):
        rows = Message.objects.filter(pk__in=some).select_related("conversation").prefetch_related("attachments")
        for message in rows.order_by("pk"):
            yield _row(message)


def _row(message: Message) -> dict[str, Any]:
    there = not message.deleted
    return {
        "id": message.pk,
        "conversation": {"id": message.conversation_id, "kind": message.conversation.kind},
        "at": message.created,
        "audience": message.audience,
        "text": message.body if there else None,
        "reply_to": message.reply_to_id if there else None,
        "edited": message.edited,
        "deleted": message.deleted,
        "files": [file.pk for file in message.attachments.all()] if there else [],
    }


def _reactions(user: User) -> Iterator[dict[str, Any]]:
    ids = list(Reaction.objects.filter(user=user).order_by("pk").values_list("pk", flat=True))
    readable = Message.objects.visible_to(user)
    for some in batched(ids, BATCH):
        mine = Reaction.objects.filter(pk__in=some, message__in=readable.values("pk")).order_by("pk")
        yield from ({"message": row.message_id, "emoji": row.emoji, "at": row.created} for row in mine)
