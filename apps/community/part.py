"""What communities know of a person: what they began, what waits, what they reported, and what they chose."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.accounts.parts import Part
from apps.community.models import Flag, Held, Membership, ModerationNote, Removal, Topic, TopicSetting


class CommunityPart(Part):
    """Posts stay under their author's name, as messages do; what one chose goes with the account."""

    name = "community"

    def own_data(self, user: User) -> dict[str, Any]:
        """Nothing that moderators noted: that is between them."""
        return {
            "topics": _rows(Topic.objects.filter(author=user), _topic),
            "held_posts": _rows(Held.objects.filter(author=user), _held),
            "reports": _rows(Flag.objects.filter(user=user), _report),
            "removals": _rows(Removal.objects.filter(message__author=user).select_related("message"), _removal),
            "communities": _rows(Membership.objects.filter(user=user), _membership),
        }

    def forget(self, user: User) -> None:
        """What waits is decided by nobody any more, and nothing is kept of what one chose."""
        for row in Membership.objects.filter(user=user):
            row.delete()
        TopicSetting.objects.filter(user=user).delete()
        Held.objects.filter(author=user).delete()
        Flag.objects.filter(user=user).delete()
        ModerationNote.objects.filter(person=user).delete()


def _rows(rows: QuerySet[Any], told: Callable[[Any], dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each what is `told` of it, with the community that it is in."""
    return [{"community": row.community.name, **told(row)} for row in rows.select_related("community__course")]


def _topic(row: Topic) -> dict[str, Any]:
    return {"title": row.title, "started": row.created.isoformat()}


def _held(row: Held) -> dict[str, Any]:
    said = {"kind": row.kind, "title": row.title, "text": row.body, "written": row.created.isoformat()}
    return said | {"state": row.state, "reason": row.reason}


def _report(row: Flag) -> dict[str, Any]:
    said = {"reason": row.reason, "details": row.details, "reported": row.created.isoformat()}
    return said | {"outcome": row.outcome}


def _removal(row: Removal) -> dict[str, Any]:
    said = {"text": row.message.body, "reason": row.reason, "removed": row.created.isoformat()}
    return said | {"state": row.state}


def _membership(row: Membership) -> dict[str, Any]:
    left = row.left_at.isoformat() if row.left_at else None
    return {"role": row.role, "topics": row.level, "chat": row.chat_level, "left": left}
