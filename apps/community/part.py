"""What communities know of a person: what they began, what waits, what they reported, and what they chose."""

from typing import Any

from apps.accounts.models import User
from apps.accounts.parts import Part
from apps.community.models import Flag, Held, Membership, Removal, Topic, TopicSetting


class CommunityPart(Part):
    """Posts stay under their author's name, as messages do; what one chose goes with the account."""

    name = "community"

    def own_data(self, user: User) -> dict[str, Any]:
        """Nothing that moderators noted: that is between them."""
        topics = Topic.objects.filter(author=user).select_related("community__course")
        held = Held.objects.filter(author=user).select_related("community__course")
        flags = Flag.objects.filter(user=user).select_related("community__course")
        removals = Removal.objects.filter(message__author=user).select_related("community__course", "message")
        members = Membership.objects.filter(user=user).select_related("community__course")
        return {
            "topics": [
                {"community": row.community.name, "title": row.title, "started": row.created.isoformat()}
                for row in topics
            ],
            "held_posts": [
                {
                    "community": row.community.name,
                    "kind": row.kind,
                    "title": row.title,
                    "text": row.body,
                    "written": row.created.isoformat(),
                    "state": row.state,
                    "reason": row.reason,
                }
                for row in held
            ],
            "reports": [
                {
                    "community": row.community.name,
                    "reason": row.reason,
                    "details": row.details,
                    "reported": row.created.isoformat(),
                    "outcome": row.outcome,
                }
                for row in flags
            ],
            "removals": [
                {
                    "community": row.community.name,
                    "text": row.message.body,
                    "reason": row.reason,
                    "removed": row.created.isoformat(),
                    "state": row.state,
                }
                for row in removals
            ],
            "communities": [
                {
                    "community": row.community.name,
                    "role": row.role,
                    "topics": row.level,
                    "chat": row.chat_level,
                    "left": row.left_at.isoformat() if row.left_at else None,
                }
                for row in members
            ],
        }

    def forget(self, user: User) -> None:
        """What waits is decided by nobody any more, and nothing is kept of what one chose."""
        for row in Membership.objects.filter(user=user):
            row.delete()
        TopicSetting.objects.filter(user=user).delete()
        Held.objects.filter(author=user).delete()
        Flag.objects.filter(user=user).delete()
