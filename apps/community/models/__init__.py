"""Communities: each course's topics, chat and comments, who takes part, and what waits for its moderators."""

from apps.community.models.communities import Approval, Audience, Community, Membership, MembershipRole
from apps.community.models.levels import Level, TopicSetting
from apps.community.models.moderation import Flag, FlagOutcome, FlagReason, Held, HeldKind, HeldState, ModerationNote
from apps.community.models.removals import Removal, RemovalState
from apps.community.models.topics import AcceptedAnswer, LessonTalk, Topic, TopicQuerySet

__all__ = [
    "AcceptedAnswer",
    "Approval",
    "Audience",
    "Community",
    "Flag",
    "FlagOutcome",
    "FlagReason",
    "Held",
    "HeldKind",
    "HeldState",
    "LessonTalk",
    "Level",
    "Membership",
    "MembershipRole",
    "ModerationNote",
    "Removal",
    "RemovalState",
    "Topic",
    "TopicQuerySet",
    "TopicSetting",
]
