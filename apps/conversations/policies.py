"""Who may do what in a conversation: the only place that decides. Its type says who reads (conversation_types.py)."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.conversations.models import Audience, Conversation, Message

UNDO_SECONDS = 10


def can_read(user: User, conversation: Conversation) -> bool:
    """May this person see that the conversation exists?"""
    return Conversation.objects.visible_to(user, conversation.kind).filter(pk=conversation.pk).exists()


def may_moderate(user: User, conversation: Conversation) -> bool:
    """May this person, who may read it, delete others' messages, close it, and export it?"""
    return not user.looked_as and conversation.type.may_moderate(user, conversation)


def can_post(user: User, conversation: Conversation) -> bool:
    """May this person, who may read the conversation, write in it? While it is locked, its moderators alone."""
    if user.looked_as:
        return False
    open_to = not conversation.locked or may_moderate(user, conversation)
    return open_to and conversation.type.may_post(user, conversation)


def can_upload(user: User, conversation: Conversation | None) -> bool:
    """May this person choose a file for a message, of a conversation or (None) for one that is to begin?"""
    if conversation is None:
        return user.is_active and not user.looked_as
    return can_read(user, conversation) and can_post(user, conversation)


def can_edit(user: User, message: Message) -> bool:
    """May this person, who may read it, change its text? Its author as long as its type says, an admin at any time."""
    if message.deleted or not can_post(user, message.conversation):
        return False
    minutes = message.conversation.type.edit_minutes
    fresh = minutes is None or timezone.now() - message.created < timedelta(minutes=minutes)
    return user.role == Role.ADMIN or (message.author_id == user.pk and fresh)


def can_restore(user: User, message: Message) -> bool:
    """May this person, who may read it, put back what was deleted? Moderators; not what its sender took back."""
    return bool(message.deleted) and not message.retracted and may_moderate(user, message.conversation)


def can_delete(user: User, message: Message) -> bool:
    """May this person, who may read it, delete it? Its author where they may write, and moderators.

    Where these say why, they do it with the action of the app that tells the author; what they hid is theirs to decide.
    """
    own = message.author_id == user.pk and not message.hidden and can_post(user, message.conversation)
    return own or (not message.conversation.type.removals_say_why and may_moderate(user, message.conversation))


def can_remove(user: User, message: Message) -> bool:
    """May this person, who may read it, delete it and tell its author why? Moderators."""
    return may_moderate(user, message.conversation)


def can_retract(user: User, message: Message) -> bool:
    """May this person take it back without a trace? Its author, for UNDO_SECONDS and what the network takes.

    Where they may write: what made staff close a conversation doesn't vanish from it.
    """
    fresh = timezone.now() - message.created < timedelta(seconds=UNDO_SECONDS + 5)
    return message.author_id == user.pk and fresh and not message.hidden and can_post(user, message.conversation)


def can_pin(user: User, conversation: Conversation) -> bool:
    """May this person pin what they may read there? Who may write, as far as its type lets them."""
    return can_post(user, conversation) and conversation.type.may_pin(user, conversation)


def rights(user: User, conversation: Conversation) -> list[str]:
    """What a page offers this person, who may read it, for its messages; for each of them the rules above decide."""
    may = {
        "post": can_post(user, conversation),
        "pin": can_pin(user, conversation),
        "edit-any": user.role == Role.ADMIN,
        "remove-any" if conversation.type.removals_say_why else "delete-any": may_moderate(user, conversation),
    }
    return [right for right, has in may.items() if has]


def can_lock(user: User, conversation: Conversation) -> bool:
    """May this person, who may read it, close it for writing, and open it again?"""
    return may_moderate(user, conversation)


def can_assign(user: User, conversation: Conversation) -> bool:
    """May this person, who may read it, say who answers it? Its moderators, where its type has that."""
    return conversation.type.assignable and may_moderate(user, conversation)


def assignees(conversation: Conversation) -> QuerySet[User]:
    """Who can be given it: those who read all of it."""
    return conversation.type.readers(conversation, Audience.STAFF).exclude(role=Role.STUDENT).distinct()


def can_export(user: User, conversation: Conversation) -> bool:
    """May this person, who may read it, take all of it away as a file?"""
    return may_moderate(user, conversation)


def can_read_channel(user: User, conversation_id: int) -> bool:
    """May this person read `conversation-<id>`, which carries the types without channels of their own?"""
    return _carries(f"conversation-{conversation_id}", user, conversation_id)


def channel_ends_at(user: User, conversation_id: int) -> datetime | None:
    """When the right of this person, who may read `conversation-<id>` now, ends by the clock alone; None: never."""
    conversation = Conversation.objects.with_titles().filter(pk=conversation_id).first()
    return conversation.type.ends_at(user, conversation) if conversation else None


def can_read_staff_channel(user: User, conversation_id: int) -> bool:
    """May this person read `conversation-<id>-staff`?"""
    return _carries(f"conversation-{conversation_id}-staff", user, conversation_id)


def _carries(channel: str, user: User, conversation_id: int) -> bool:
    """Does this channel carry something in the conversation that `user` may read?"""
    conversation = Conversation.objects.visible_to(user).with_titles().filter(pk=conversation_id).first()
    if conversation is None:
        return False
    rules = conversation.type
    return channel in {rules.channel(conversation, audience) for audience in rules.audiences(user)}
