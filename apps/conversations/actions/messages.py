"""Changing what was written: edit, delete, hide, take back."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations import bodies, live, mentions, notices, policies
from apps.conversations.actions.attachments import release
from apps.conversations.actions.clock import lock_message, save_change, touch_replies
from apps.conversations.actions.sending import clean_body
from apps.conversations.approval import Draft, Waits
from apps.conversations.models import Message, Revision

CLOSED = "This conversation is closed: nothing in it can be changed at the moment."


def edit_message(actor: User, message: Message, body: str, *, approved: bool = False) -> Message:
    """Change the text of a message and keep the one before; who is newly mentioned is told.

    An edit that was `approved` isn't held again, nor is it too late for it. Raises PermissionDenied (see
    policies.can_edit), ValidationError, Waits where a moderator is to approve it: the text then stays as it was.
    """
    held = None
    with transaction.atomic():
        message = lock_message(actor, message)
        if message.deleted or not (approved or policies.can_edit(actor, message)):
            raise PermissionDenied(_why_not_edit(actor, message))
        rules = message.conversation.type
        body = clean_body(body, may_be_empty=message.attachments.exists(), most=rules.max_body)
        if message.body != body:
            draft = Draft(actor, message.conversation, body, message.client_key, edits=message)
            held = None if approved else rules.hold(draft)
            if held is None:
                _rewrite(actor, message, body)
    if held is not None:
        raise Waits(held)
    return message


def _rewrite(actor: User, message: Message, body: str) -> None:
    Revision.objects.create(message=message, body=message.body, editor=actor)
    if message.author_id != actor.pk:
        audit.record(actor, "message.edited", message)
    message.body, message.edited = body, timezone.now()
    message.conversation.type.check(message)
    before = set(message.mentions.values_list("user_id", flat=True))
    named = mentions.store(message)
    if message.conversation.type.markdown:
        message.html = bodies.with_names(message)
    save_change(message, "body", "html", "edited")
    message.conversation.type.edited(message)
    notices.people_named(message, named, before - set(message.mentions.values_list("user_id", flat=True)))
    touch_replies(message)


def delete_message(actor: User, message: Message, *, explained: bool = False) -> Message:
    """Leave a tombstone in a message's place; `explained`: the caller tells its author why.

    Raises PermissionDenied (see policies.can_delete, can_remove).
    """
    with transaction.atomic():
        message = lock_message(actor, message)
        if not (policies.can_remove if explained else policies.can_delete)(actor, message):
            raise PermissionDenied(CLOSED if message.author_id == actor.pk else "You can't delete this message.")
        _bury(actor, message)
    return message


def hide_message(actor: User, message: Message) -> Message:
    """Take a message out of sight until its moderators have decided; the caller tells its author why.

    It is deleted, until delete_message makes that final or restore_message puts it back. Raises PermissionDenied (see
    policies.can_remove).
    """
    with transaction.atomic():
        message = lock_message(actor, message)
        if not policies.can_remove(actor, message):
            raise PermissionDenied("You can't hide this message.")
        _bury(actor, message, hidden=True)
    return message


def restore_message(actor: User, message: Message) -> Message:
    """Put back what was deleted, where it stood; nobody is told of it anew.

    Raises PermissionDenied (see policies.can_restore).
    """
    with transaction.atomic():
        message = lock_message(actor, message)
        if not policies.can_restore(actor, message):
            raise PermissionDenied("You can't restore this message.")
        audit.record(actor, "message.restored", message)
        message.deleted, message.hidden = None, False
        save_change(message, "deleted", "hidden")
        message.conversation.type.restored(message)
        touch_replies(message)
    return message


def retract_message(actor: User, message: Message) -> Message:
    """Undo sending, within the first seconds: nothing of it is shown. Raises PermissionDenied once it is too late."""
    with transaction.atomic():
        message = lock_message(actor, message)
        if not policies.can_retract(actor, message):
            raise PermissionDenied(_why_not_retract(actor, message))
        release(message)
        _bury(actor, message, retracted=True)
    return message


def _why_not_edit(actor: User, message: Message) -> str:
    if message.deleted:
        return "This message was deleted meanwhile, so its text can't be changed."
    if message.author_id != actor.pk:
        return "Only who wrote a message can edit it."
    if not policies.can_post(actor, message.conversation):
        return CLOSED
    return f"A message can be edited for {message.conversation.type.edit_minutes} minutes, and these are over."


def _why_not_retract(actor: User, message: Message) -> str:
    if message.author_id != actor.pk:
        return "Only its sender can take it back."
    if not policies.can_post(actor, message.conversation):
        return CLOSED
    return "It is too late to undo this. You can still delete it."


def _bury(actor: User, message: Message, *, retracted: bool = False, hidden: bool = False) -> None:
    if message.deleted:
        if message.hidden and not hidden:
            audit.record(actor, "message.deleted", message)
            message.hidden = False
            save_change(message, "hidden")
            touch_replies(message)
        return
    gone = "message.hidden" if hidden else "message.deleted"
    audit.record(actor, "message.retracted" if retracted else gone, message)
    message.deleted, message.pinned = timezone.now(), None
    message.retracted, message.hidden = retracted, hidden
    save_change(message, "deleted", "pinned", "retracted", "hidden")
    message.conversation.type.gone(message)
    live.message_gone(message)
    notices.message_gone(message)
    touch_replies(message)
