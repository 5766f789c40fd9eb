"""The verbs of a community."""

from apps.community.actions.answers import accept_answer, unaccept_answer
from apps.community.actions.comments import comment
from apps.community.actions.communities import make_communities, set_banner, update_community
from apps.community.actions.flags import Settled, flag_message, keep_message
from apps.community.actions.members import allow_reports, appoint, choose_levels, choose_topic_level, join, leave
from apps.community.actions.moderation import (
    Correction,
    Outdated,
    approve,
    change_held,
    reject,
    release_refused,
    withdraw_held,
    withdraw_orphans,
)
from apps.community.actions.notes import add_note
from apps.community.actions.removals import hide_post, remove_post, restore_post
from apps.community.actions.titles import rename_topic
from apps.community.actions.topics import (
    NewTopic,
    move_pin,
    pin_topic,
    remove_topic,
    removed_by,
    restore_topic,
    start_topic,
    undo_of,
    unpin_topic,
)

__all__ = [
    "Correction",
    "NewTopic",
    "Outdated",
    "Settled",
    "accept_answer",
    "add_note",
    "allow_reports",
    "appoint",
    "approve",
    "change_held",
    "choose_levels",
    "choose_topic_level",
    "comment",
    "flag_message",
    "hide_post",
    "join",
    "keep_message",
    "leave",
    "make_communities",
    "move_pin",
    "pin_topic",
    "reject",
    "release_refused",
    "remove_post",
    "remove_topic",
    "removed_by",
    "rename_topic",
    "restore_post",
    "restore_topic",
    "set_banner",
    "start_topic",
    "unaccept_answer",
    "undo_of",
    "unpin_topic",
    "update_community",
    "withdraw_held",
    "withdraw_orphans",
]
