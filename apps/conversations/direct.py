"""Direct conversations: one between two people who may talk."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.models import Role, User
from apps.conversations.conversation_types import ConversationType
from apps.conversations.models import Audience, Conversation, Pair

# Takes a person; returns whom they may write to beside admins and staff.
Contacts = Callable[[User], QuerySet[User]]

_contacts: list[Contacts] = []


def register_contacts(rule: Contacts) -> None:
    """Say who may write to whom; called once by an app that knows, when it is ready."""
    _contacts.append(rule)


def contacts(user: User) -> QuerySet[User]:
    """The people to whom `user` may write: admins and staff to anyone, anyone to them, else as the apps above say."""
    others = User.objects.filter(is_active=True).exclude(pk=user.pk)
    if user.sees_all:
        return others
    allowed = Q(role__in=[Role.ADMIN, Role.STAFF])
    for rule in _contacts:
        allowed |= Q(pk__in=rule(user).values("pk"))
    return others.filter(allowed)


def reachable(user: User) -> QuerySet[User]:
    """The people with whom `user` has a conversation, or may begin one."""
    pairs = Pair.objects.filter(Q(first=user) | Q(second=user))
    known = Q(pk__in=pairs.values("first")) | Q(pk__in=pairs.values("second"))
    return User.objects.filter(known | Q(pk__in=contacts(user).values("pk"))).exclude(pk=user.pk)


class DirectConversations(ConversationType):
    """A conversation between two people. Both keep reading it, also once they may no longer write."""

    name, label = "direct", "Direct"
    title_from = ("pair__first", "pair__second")
    preposition = "with"
    between_two = True
    assignable = False

    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """Those of one's own; nobody else's, whatever the role, and not for an admin who looks as somebody."""
        if user.looked_as:
            return Pair.objects.none().values("conversation_id")
        return Pair.objects.filter(Q(first=user) | Q(second=user)).values("conversation_id")

    def may_post(self, user: User, conversation: Conversation) -> bool:
        """While the two may talk: a teacher writes to the students of own batches as long as they are in one."""
        return contacts(user).filter(pk=conversation.pair.other_id(user)).exists()

    def readers(self, conversation: Conversation, audience: str) -> QuerySet[User]:
        """The two."""
        pair = conversation.pair
        return User.objects.filter(pk__in=[pair.first_id, pair.second_id], is_active=True)

    def channel(self, conversation: Conversation, audience: str) -> str:
        """All of it is for both."""
        return super().channel(conversation, Audience.EVERYONE)

    def title(self, conversation: Conversation, viewer: User | None = None) -> str:
        """The other one's name; both for somebody who is neither."""
        pair = conversation.pair
        people = [person for person in (pair.first, pair.second) if person != viewer]
        return " and ".join(person.full_name for person in people)

    def empty_text(self, conversation: Conversation, viewer: User) -> str:
        """Who else reads it: nobody."""
        return "Only the two of you read this."

    def keepers(self, conversation: Conversation, viewer: User) -> str:
        """The other one, where they keep order at all."""
        other = self.counterpart(conversation, viewer)
        return other.full_name if other and other.sees_all else super().keepers(conversation, viewer)

    def counterpart(self, conversation: Conversation, viewer: User) -> User | None:
        """The other one."""
        pair = conversation.pair
        return pair.second if pair.first_id == viewer.pk else pair.first
