"""The conversation of a ticket: a person on one side, the academy's staff on the other."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from apps.accounts.models import User
from apps.conversations.conversation_types import ConversationType
from apps.conversations.models import Audience, Conversation, Message
from apps.support import live, policies
from apps.support.actions.handing import handed_over
from apps.support.actions.writing import message_gone, message_written
from apps.support.canned import refuse_unfilled
from apps.support.models import CONVERSATION_KIND, Ticket, answerers


class SupportConversations(ConversationType):
    """Read by its person and by all admins and staff; team notes by admins and staff alone."""

    name, label = CONVERSATION_KIND, "Support"
    title_from = ("ticket", "ticket__person")
    admin_search = ("ticket__person__given_name", "ticket__person__family_name", "ticket__person__email")
    preposition = "with"
    titled_for_students = False
    foot_template = "support/chat/_foot.html"
    team_note_warning = "not for the eyes of the person who asked"

    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """The conversations of the tickets that `user` may see."""
        return Ticket.objects.visible_to(user).values("conversation_id")

    def audiences(self, user: User) -> tuple[str, ...]:
        """Staff answer, and write team notes; everybody else reads and writes what is for everyone."""
        return (Audience.EVERYONE, Audience.STAFF) if user.sees_all else (Audience.EVERYONE,)

    def addressee(self, conversation: Conversation) -> str:
        """Whoever asked."""
        return conversation.ticket.person.given_name

    def keepers(self, conversation: Conversation, viewer: User) -> str:
        """Nobody in particular."""
        return "Support"

    def may_post(self, user: User, conversation: Conversation) -> bool:
        """As the ticket stands."""
        return policies.can_write(user, conversation.ticket)

    def limit(self, user: User) -> str:
        """Those who ask have one of their own; those who answer work as fast as they can."""
        return "" if user.sees_all else policies.LIMIT

    def may_pin(self, user: User, conversation: Conversation) -> bool:
        """Staff."""
        return user.sees_all

    def readers(self, conversation: Conversation, audience: str) -> QuerySet[User]:
        """Admins and staff, and the person if it is for them."""
        reading = Q(pk__in=answerers().values("pk"))
        if audience == Audience.EVERYONE:
            reading |= Q(pk=conversation.ticket.person_id, is_active=True)
        return User.objects.filter(reading)

    def followers(
        self, conversation: Conversation, audience: str, after: int = 0, most: int | None = None
    ) -> list[int]:
        """The person if it is for them, and its owner: the others see it in the inbox. Not who muted it."""
        told = {conversation.assignee_id} if conversation.assignee_id else set()
        if audience == Audience.EVERYONE:
            told.add(conversation.ticket.person_id)
        readers = self.readers(conversation, audience).filter(pk__in=told, pk__gt=after)
        muted = conversation.participants.muted().values("user")
        return list(readers.exclude(pk__in=muted).order_by("pk").values_list("pk", flat=True)[:most])

    def title(self, conversation: Conversation, viewer: User | None = None) -> str:
        """The person's name; to them it is Support."""
        ticket = conversation.ticket
        return "Support" if viewer and viewer.pk == ticket.person_id else ticket.person.full_name

    def url(self, conversation: Conversation, user: User) -> str:
        """The inbox with the ticket open; for its person, their own page of it."""
        if user.sees_all:
            return conversation.ticket.get_absolute_url()
        return reverse("support:support_detail", args=[conversation.ticket.pk])

    def empty_text(self, conversation: Conversation, viewer: User) -> str:
        """What the person reads before they have asked."""
        return "" if viewer.sees_all else "Ask us anything. We reply quickly."

    def is_by_its_subject(self, message: Message) -> bool:
        """Whether the person who asked wrote it."""
        return message.author_id == message.conversation.ticket.person_id

    def counterpart(self, conversation: Conversation, viewer: User) -> User | None:
        """The person; to them it is nobody in particular."""
        person = conversation.ticket.person
        return None if person == viewer else person

    def side(self, user: User) -> str:
        """The academy on one side, the person on the other."""
        return "academy" if user.sees_all else str(user.pk)

    def message_url(self, message: Message, viewer: User | None) -> str:
        """The person's own page of it, or the inbox, at the message."""
        ticket = message.conversation.ticket
        own = viewer is not None and viewer.pk == ticket.person_id
        page = reverse("support:support_detail" if own else "support:ticket_detail", args=[ticket.pk])
        return f"{page}?at={message.pk}#message-{message.pk}"

    def check(self, message: Message) -> None:
        """An answer of staff holds no variable that is still to be filled in."""
        refuse_unfilled(message)

    def written(self, message: Message) -> None:
        """The ticket moves with what is written in it."""
        message_written(message)

    def gone(self, message: Message) -> None:
        """An answer that was taken back is none."""
        message_gone(message)

    def typed(self, conversation: Conversation, user: User, age: int) -> None:
        """The inbox says which of staff is replying."""
        if user.sees_all:
            live.replying(conversation.ticket, user, age)

    def handed_over(self, conversation: Conversation, actor: User | None) -> None:
        """Whoever was given it has taken it."""
        handed_over(conversation, actor)
