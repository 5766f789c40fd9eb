"""The types of conversation. The engine knows no page and no role: the app that owns a type registers it here."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts.models import User
from apps.conversations.approval import Draft
from apps.conversations.audience import Audience, label
from apps.conversations.emojis import QUICK
from apps.conversations.scopes import Scope

if TYPE_CHECKING:
    from apps.conversations.models import Conversation, Message


class Absence(NamedTuple):
    """Why an addressee doesn't read what is written to them yet, and what `viewer` can do about it.

    Who is `waiting` has no account yet; else it is deactivated. The addresses are empty where they lead nowhere.
    """

    name: str
    waiting: bool = True
    invited: datetime | None = None
    invite_url: str = ""
    has_email: bool = True
    record_url: str = ""


class ConversationType(ABC):
    """What a type of conversation decides; `Conversation.type` is the one of its kind.

    A type must have a name, a label, and say who reads what under which title. All else has a usual answer.
    """

    # What `Conversation.kind` holds (letters alone: it is a word of the search index), and what the admin calls it.
    name: str
    label: str
    # The relations of Conversation that `title` and `channel` read: a list of many fetches them at once.
    title_from: tuple[str, ...] = ()
    # The fields, as a lookup from Conversation names them, by which the admin finds one.
    admin_search: tuple[str, ...] = ()
    # What stands before the title: a conversation about Mariana, with Ana.
    preposition = "about"
    # Between two people, who need not be told which of the two wrote.
    between_two = False
    # Has a title for students too; without one, they have but one conversation of this type.
    titled_for_students = True
    # Can be given to one person to answer.
    assignable = True
    # What an export with team notes says at its beginning.
    team_note_warning = "not for students' eyes"
    # Are texts Markdown? Their HTML is then made when they are written, and stored beside them.
    markdown = False
    max_body = 5_000  # Characters.
    quick_reactions = QUICK
    # For how many minutes authors may edit what they wrote; None: as long as they may write.
    edit_minutes: int | None = 15
    # Is what was written shown in the order of replies (see tree.py), and not in the order of writing?
    is_tree = False
    # Is it read on a page of the type's own alone (`url`), which takes `at` as the engine's does?
    has_own_page = False
    # Do authors see how far their messages came: sent, delivered, read?
    shows_reading = True
    # Is somebody who sends asked first, where others have written what they haven't seen?
    asks_about_unseen = True
    # Is somebody who sends asked first, where they name somebody who doesn't read it? In the same words where nobody is
    # called so: it tells nothing of who else there is.
    asks_about_unknown_names = False
    # Do moderators delete others' messages only with a reason that the author is told? The app then has its own page.
    removals_say_why = False
    # What deletes a message in the admin, with the reason; None: the engine's delete_message, which takes none.
    deletion: "Callable[[User, Message, str], object] | None" = None
    # A template above the composer, or in its place: it says why one can't write. It gets `thread` and `conversation`.
    foot_template = ""

    # A template of what else can be done to a message, at the end of its toolbar; and one for below each message, where
    # there is no toolbar without script. Whoever reads it gets the same links.
    tools_template = plain_tools_template = ""

    # A template below what is left of a deleted message; its moderators and its author alone see it (messages.css).
    tombstone_template = ""

    # What the author of something that waits for approval is answered with; it gets `held` and `conversation`.
    held_template = ""

    @abstractmethod
    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """The ids (one column) of the conversations of this type that `user` may read."""

    def areas(self, user: User) -> QuerySet[Any, int] | tuple[int, ...]:
        """The ids of the areas that hold these, for a type whose conversations have one (Scope)."""
        return ()

    @abstractmethod
    def readers(self, conversation: "Conversation", audience: str) -> QuerySet[User]:
        """Everyone who may read this audience here: who can be mentioned, whether they take part yet or not."""

    @abstractmethod
    def title(self, conversation: "Conversation", viewer: User | None = None) -> str:
        """What `viewer` calls it, empty where it needs no name; without a viewer, what it is called in the admin."""

    def audiences(self, user: User) -> tuple[str, ...]:
        """The audiences that `user` reads, and may write for, in a conversation that is visible to them.

        The first is what a message of theirs is for if they don't say.
        """
        return (Audience.EVERYONE,)

    def addressee(self, conversation: "Conversation") -> str:
        """The name of the person to whom all that is no team note goes; empty where it goes to several."""
        return ""

    def audience_label(self, conversation: "Conversation", audience: str) -> str:
        """What a message for this audience is called here: Team note, To Lucia."""
        return label(audience, self.addressee(conversation))

    def absence(self, conversation: "Conversation", viewer: User) -> Absence | None:
        """Why the addressee can't read it yet, for one of the team; None if they can, or there is no addressee."""
        return None

    def keepers(self, conversation: "Conversation", viewer: User) -> str:
        """Who can reopen it, for somebody who can't."""
        return "The academy's office"

    def may_post(self, user: User, conversation: "Conversation") -> bool:
        """May `user`, who may read it, write in it, as far as its type decides? A lock is the engine's matter."""
        return True

    def refusal(self, user: User, conversation: "Conversation") -> str:
        """Why `user`, who may read it, can't write in it, for whom it was open when they began to."""
        return "This conversation is closed: nobody can write here at the moment."

    def limit(self, user: User) -> str:
        """The key of settings.LIMITS that counts what `user` writes in it, besides `posts`; empty for none."""
        return ""

    def may_pin(self, user: User, conversation: "Conversation") -> bool:
        """May `user`, who may write in it, pin its messages?"""
        return True

    def may_moderate(self, user: User, conversation: "Conversation") -> bool:
        """May `user`, who may read it, delete others' messages, close it, write while it is closed, and export it?"""
        return user.sees_all

    def channel(self, conversation: "Conversation", audience: str) -> str:
        """The stream channel that carries changes for this audience."""
        name = f"conversation-{conversation.pk}"
        return f"{name}-staff" if audience == Audience.STAFF else name

    def ends_at(self, user: User, conversation: "Conversation") -> datetime | None:
        """When the right of `user`, who may read it now, ends by the clock alone; None: no clock ends it."""
        return None

    def followers(
        self, conversation: "Conversation", audience: str, after: int = 0, most: int | None = None
    ) -> list[int]:
        """The ids of those who take part and may read this audience: they are told of a message wherever they look.

        In order, those greater than `after`, `most` of them at most; all readers who haven't muted it, unless a type
        says otherwise.
        """
        muted = conversation.participants.muted().values("user")
        readers = self.readers(conversation, audience).exclude(pk__in=muted).filter(pk__gt=after)
        return list(readers.order_by("pk").values_list("pk", flat=True)[:most])

    def url(self, conversation: "Conversation", user: User) -> str:
        """The page where `user` reads it: its own."""
        return reverse("conversations:conversation_detail", args=[conversation.pk])

    def empty_text(self, conversation: "Conversation", viewer: User) -> str:
        """What a conversation without messages says to `viewer`, after "No messages yet."."""
        return ""

    def is_by_its_subject(self, message: "Message") -> bool:
        """Did the person write it whom the conversation is about? A notification then names them once."""
        return False

    def counterpart(self, conversation: "Conversation", viewer: User) -> User | None:
        """The one person `viewer` talks to here, if there is one: it is worth a line when they were last here."""
        return None

    def reply_gone(self, answered: "Message") -> str:
        """Why nobody can reply to a message that is deleted, or isn't here."""
        return "The message that you reply to is gone."

    def hold(self, draft: Draft) -> Any:
        """What waits for approval in place of a message, once it is kept; None if the text is written at once.

        Asked in the transaction that would write or edit it, under the conversation's row lock, when nothing else
        stands against it. The sender is told by `Waits`, with what this returns.
        """
        return None

    def addressed(self, message: "Message") -> set[int]:
        """The ids of those who are told of a message by a notification of the type's own, and not as followers."""
        return set()

    def silenced(self, conversation: "Conversation") -> QuerySet[User]:
        """Those of its readers who want to be told of nothing here, not even that somebody names them."""
        return User.objects.none()

    def told_ids(self, user: User, *, concerned: bool) -> QuerySet[Any, Any] | None:
        """The ids (one column) of the conversations of which `user` wants to hear; None is all.

        Of all that is written there, or (`concerned`) of what concerns them; asked again before a mail is sent.
        """
        return None

    def check(self, message: "Message") -> None:  # noqa: B027 - most types take any text
        """Raise ValidationError for a text that can't stand here; asked in the transaction that writes or edits it."""

    def written(self, message: "Message") -> None:  # noqa: B027 - most types have nothing to do
        """A message was just written, in this transaction and under the conversation's row lock."""

    def edited(self, message: "Message") -> None:  # noqa: B027
        """A message just got another text, in this transaction and under the conversation's row lock."""

    def gone(self, message: "Message") -> None:  # noqa: B027
        """A message was just deleted or taken back, in this transaction and under the conversation's row lock."""

    def restored(self, message: "Message") -> None:  # noqa: B027
        """A deleted message was just put back, in this transaction and under the conversation's row lock."""

    def lock_changed(self, actor: User, conversation: "Conversation", reason: str) -> None:  # noqa: B027
        """Called in the transaction that closed or reopened it; may raise ReasonMissing."""

    def typed(self, conversation: "Conversation", user: User, age: int) -> None:  # noqa: B027
        """Somebody types, and pressed the last key `age` milliseconds ago: for pages that don't show the thread."""

    def handed_over(self, conversation: "Conversation", actor: User | None) -> None:  # noqa: B027
        """It was just given to its assignee, or to nobody, in this transaction and under its row lock."""

    def message_url(self, message: "Message", viewer: User | None) -> str:
        """Where a notice about a message leads `viewer` (None: whoever it may be)."""
        page = reverse("conversations:conversation_detail", args=[message.conversation_id])
        return f"{page}?at={message.pk}#message-{message.pk}"

    def side(self, user: User) -> str:
        """Who is one party here: a message that is for everyone was read once somebody of another party has read it."""
        return str(user.pk)


_types: dict[str, ConversationType] = {}


def register(conversation_type: ConversationType) -> None:
    """Add a type; called once, when the app that owns it is ready."""
    _types[conversation_type.name] = conversation_type


def get(name: str) -> ConversationType:
    """The type of this name; KeyError if no app has registered it."""
    return _types[name]


def registered() -> Iterable[ConversationType]:
    """All types, in the order of the apps."""
    return _types.values()


def readable(user: User, kind: str = "") -> list[Scope]:
    """All that `user` may read (of one kind), type by type: pages, search, notifications and the admin ask here."""
    types = [_types[kind]] if kind in _types else [] if kind else _types.values()
    return [Scope(each, each.visible_ids(user), each.audiences(user), partial(each.areas, user)) for each in types]


def names() -> list[tuple[str, str]]:
    """The names of all types with their labels, for a choice."""
    return [(each.name, each.label) for each in _types.values()]


def titles_from(prefix: str = "") -> list[str]:
    """The relations that the titles of all types read, as seen from a row that has a conversation at `prefix`."""
    return [f"{prefix}{name}" for each in _types.values() for name in each.title_from]
