"""What moderators note for each other, about a post, about what waits, or about a person; no member ever reads it."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, policies
from apps.community.actions.topics import NOT_YOURS
from apps.community.models import Community, Held, ModerationNote
from apps.conversations.models import Message

MAX_NOTE = 2_000


def add_note(actor: User, community: Community, about: Held | Message, body: str) -> ModerationNote:
    """Note something about a post or about what waits; raises PermissionDenied, ValidationError for no text.

    Whoever wrote it doesn't note, nor read, anything about it.
    """
    body = body.replace("\r\n", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
    if not body:
        raise ValidationError("Write something first.", code="blank")
    if len(body) > MAX_NOTE:
        raise ValidationError(f"This is {len(body)} characters long; there is room for {MAX_NOTE}.", code="long")
    if not policies.may_moderate(actor, community) or about.author_id == actor.pk:
        raise PermissionDenied(NOT_YOURS)
    thing = {"held": about} if isinstance(about, Held) else {"message": about}
    with transaction.atomic():
        note = ModerationNote.objects.create(community=community, author=actor, body=body, **thing)
        audit.record(actor, "note.written", note)
        live.queue_changed(community.pk)
    return note
