"""Messages that wait for approval: what their author sent, and how the sender learns that it waits."""

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from apps.accounts.models import User

if TYPE_CHECKING:
    from apps.conversations.models import Conversation, Message


class Draft(NamedTuple):
    """A message about to be sent, or a new version of `edits`."""

    author: User
    conversation: "Conversation"
    body: str
    client_key: uuid.UUID
    reply_to: "Message | None" = None
    attachments: Collection[int] = ()
    edits: "Message | None" = None


class Waits(Exception):  # noqa: N818 - an outcome, not a failure
    """The message was stored to wait for approval; `held` is what the conversation's type returned."""

    def __init__(self, held: Any) -> None:
        super().__init__("This waits for approval.")
        self.held = held
