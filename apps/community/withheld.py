"""Files of posts that wait, were reported or were taken down: who may have them, and which of them stay."""

from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.community.models import Community, Flag, FlagOutcome, Held, HeldState, Removal


def files_for(user: User) -> Q:
    """What this person wrote themself and others don't see, and what they are to decide about as a moderator."""
    readable = Community.objects.visible_to(user).values("pk")
    moderated = Community.objects.moderated_by(user).values("pk")
    own = Q(author=user, community__in=readable)
    held = Held.objects.filter(own | Q(state=HeldState.WAITING, community__in=moderated))
    waiting = Held.attachments.through.objects.filter(held__in=held.order_by().values("pk")).values("attachment")
    taken_down = Removal.objects.visible_to(user).standing().order_by().values("message")
    reported = Flag.objects.filter(outcome=FlagOutcome.OPEN, community__in=moderated).exclude(message__author=user)
    messages = Q(message__in=taken_down) | Q(message__in=reported.order_by().values("message"))
    return messages | Q(message=None, pk__in=waiting)


def restorable_ids() -> QuerySet[Any, Any]:
    """What moderators hid or removed: they may put it back at any time."""
    return Removal.objects.all().standing().order_by().values("message")
