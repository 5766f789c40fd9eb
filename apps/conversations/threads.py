"""What a page needs to show a conversation."""

import uuid
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations import policies
from apps.conversations.cursor import Cursor
from apps.conversations.forms import MessageForm
from apps.conversations.models import Audience, Conversation, Message

PAGE = 50
# Catch-up may carry more at once than a page shows: a reader that was away wants all of it.
CATCH_UP = 200


@dataclass
class Thread:
    """One conversation as one person sees it: its newest messages, or those before a key."""

    conversation: Conversation
    viewer: User
    messages: list[Message]
    cursor: Cursor
    older: int | None
    audiences: tuple[str, ...]
    form: MessageForm
    may_post: bool
    client_key: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def channels(self) -> list[str]:
        """The stream channels that carry this conversation to this person."""
        owner = self.conversation.owner
        return sorted({owner.channel(self.conversation, audience) for audience in self.audiences})

    @property
    def title(self) -> str:
        """What this person calls it; a student has but one thread, with the academy."""
        owner = self.conversation.owner
        return owner.title(self.conversation) if Audience.STAFF in self.audiences else ""

    @property
    def placeholders(self) -> list[Message]:
        """A message of the viewer's for each audience, without text: what a page shows of one that is under way."""
        viewer, now = self.viewer, timezone.now()
        written_by = {"author": viewer, "author_name": viewer.full_name, "author_role": viewer.role}
        return [
            Message(conversation=self.conversation, audience=audience, created=now, **written_by)
            for audience in self.audiences
        ]

    @property
    def url(self) -> str:
        """The page where this person reads it beside what it is about."""
        return self.conversation.owner.url(self.conversation, self.viewer)


def open_thread(
    viewer: User, conversation: Conversation, before: int | None = None, form: MessageForm | None = None
) -> Thread:
    """A conversation that `viewer` may read, from its newest message back, or from the one before key `before`."""
    audiences = conversation.owner.audiences(viewer)
    # The clocks are read first: what is written in between is then newer than the cursor and comes again, never lost.
    cursor = conversation.cursor_for(audiences)
    rows = conversation.messages.readable(audiences).for_display().order_by("-key")
    if before is not None:
        rows = rows.filter(key__lt=before)
    newest_first = list(rows[: PAGE + 1])
    messages = newest_first[:PAGE][::-1]
    return Thread(
        conversation=conversation,
        viewer=viewer,
        messages=messages,
        cursor=cursor,
        older=messages[0].key if len(newest_first) > PAGE else None,
        audiences=audiences,
        form=form or MessageForm(audiences=audiences),
        may_post=policies.can_post(viewer, conversation),
    )


@dataclass
class CatchUp:
    """What changed after a cursor: the next piece of it, where that leaves the reader, and whether there is more."""

    messages: list[Message]
    cursor: Cursor
    complete: bool


def catch_up(viewer: User, conversation: Conversation, after: Cursor) -> CatchUp:
    """The changes that `viewer` missed, edits and deletions included, oldest first on each clock."""
    audiences = conversation.owner.audiences(viewer)
    now = conversation.cursor_for(audiences)
    after = Cursor(after.everyone, (after.staff or 0) if now.staff is not None else None)
    messages, reached = [], list(now)
    for index, (audience, seen) in enumerate(zip((Audience.EVERYONE, Audience.STAFF), after, strict=True)):
        if seen is None:
            continue
        rows = list(_newer(conversation, audience, seen))
        messages += rows
        if len(rows) == CATCH_UP:
            reached[index] = rows[-1].version
    cursor = Cursor(*reached)  # type: ignore[arg-type]
    return CatchUp(sorted(messages, key=lambda message: message.key), cursor, complete=cursor == now)


def _newer(conversation: Conversation, audience: str, seen: int) -> QuerySet[Message]:
    rows = conversation.messages.filter(audience=audience, version__gt=seen)
    return rows.for_display().order_by("version")[:CATCH_UP]
