"""Who may do what in a conversation: the only place that decides. Its type says who reads (conversation_types.py)."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.conversations import conversation_types
from apps.conversations.models import Audience, Conversation, Kind, Message

EDIT_MINUTES = 15
UNDO_SECONDS = 10


def can_read(user: User, conversation: Conversation) -> bool:
    """May this person see that the conversation exists?"""
    return Conversation.objects.visible_to(user).filter(pk=conversation.pk).exists()


def readable_messages(user: User) -> QuerySet[Message]:
    """All that this person may read, in whatever conversation."""
    rule = Q(pk__in=[])
    for name, kind in conversation_types.registered():
        theirs = Q(conversation__kind=name, conversation__in=kind.visible_ids(user))
        rule |= theirs & Q(audience__in=kind.audiences(user))
    return Message.objects.filter(rule)


def can_post(user: User, conversation: Conversation) -> bool:
    """May this person, who may read the conversation, write in it? While it is locked, admins and staff alone."""
    if user.looked_as:
        return False
    return (user.sees_all or not conversation.locked) and conversation.type.may_post(user, conversation)


def can_write_for(user: User, conversation: Conversation, audience: str) -> bool:
    """May this person address this audience?"""
    return audience in conversation.type.audiences(user)


def can_edit(user: User, message: Message) -> bool:
    """May this person, who may read it, change its text? Its author for EDIT_MINUTES, an admin at any time."""
    if message.deleted or not can_post(user, message.conversation):
        return False
    fresh = timezone.now() - message.created < timedelta(minutes=EDIT_MINUTES)
    return user.role == Role.ADMIN or (message.author_id == user.pk and fresh)


def can_delete(user: User, message: Message) -> bool:
    """May this person, who may read it, delete it? Its author where they may write, admins and staff."""
    may_any = user.sees_all and not user.looked_as
    return may_any or (message.author_id == user.pk and can_post(user, message.conversation))


def can_retract(user: User, message: Message) -> bool:
    """May this person take it back without a trace? Its author, for UNDO_SECONDS and what the network takes.

    Where they may write: what made staff close a conversation doesn't vanish from it.
    """
    fresh = timezone.now() - message.created < timedelta(seconds=UNDO_SECONDS + 5)
    return message.author_id == user.pk and fresh and can_post(user, message.conversation)


def can_pin(user: User, conversation: Conversation) -> bool:
    """May this person pin what they may read there? Whoever may write; in a student's thread, not the student."""
    return can_post(user, conversation) and (user.role != Role.STUDENT or conversation.kind == Kind.DIRECT)


def rights(user: User, conversation: Conversation) -> list[str]:
    """What a page offers this person, who may read it, for its messages; for each of them the rules above decide."""
    may = {
        "post": can_post(user, conversation),
        "pin": can_pin(user, conversation),
        "edit-any": user.role == Role.ADMIN,
        "delete-any": user.sees_all and not user.looked_as,
    }
    return [right for right, has in may.items() if has]


def can_lock(user: User, conversation: Conversation) -> bool:
    """May this person, who may read it, close it for writing, and open it again?"""
    return user.sees_all and not user.looked_as


def can_assign(user: User, conversation: Conversation) -> bool:
    """May this person, who may read it, say whose it is to see to? Staff, of what isn't between two people."""
    return user.sees_all and not user.looked_as and conversation.kind != Kind.DIRECT


def assignees(conversation: Conversation) -> QuerySet[User]:
    """Who can be given it: those who read all of it."""
    return conversation.type.readers(conversation, Audience.STAFF).exclude(role=Role.STUDENT).distinct()


def can_export(user: User, conversation: Conversation) -> bool:
    """May this person, who may read it, take all of it away as a file?"""
    return user.sees_all and not user.looked_as


def can_read_channel(user: User, conversation_id: int) -> bool:
    """May this person read `conversation-<id>`, which carries the kinds without channels of their own?"""
    return Conversation.objects.visible_to(user).filter(pk=conversation_id).exclude(kind="student").exists()
