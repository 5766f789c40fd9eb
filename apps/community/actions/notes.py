"""What moderators note for each other, about a post, about what waits, or about a person; no member ever reads it."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.community import live, policies
from apps.community.models import Community, Held, ModerationNote
from apps.conversations.actions.clock import NOT_YOURS
from apps.conversations.models import Message

MAX_NOTE = 2_000
FIELDS: dict[type, str] = {Held: "held", Message: "message", User: "person"}


def add_note(actor: User, community: Community, about: Held | Message | User, body: str) -> ModerationNote:
    """Note something about a post, about what waits, or about a person in a community.

    Whoever wrote it, or is meant, neither notes nor reads anything about it. Raises PermissionDenied, ValidationError
    for no text.
    """
    body = body.replace("\r\n", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
    if not body:
        raise ValidationError("Write something first.", code="blank")
    if len(body) > MAX_NOTE:
        raise ValidationError(f"This is {len(body)} characters long; there is room for {MAX_NOTE}.", code="long")
    if not policies.may_moderate(actor, community) or _whose(about) == actor.pk:
        raise PermissionDenied(NOT_YOURS)
    thing = {next(name for kind, name in FIELDS.items() if isinstance(about, kind)): about}
    with transaction.atomic():
        note = ModerationNote.objects.create(community=community, author=actor, body=body, **thing)
        audit.record(actor, "note.written", note)
        live.queue_changed(community.pk)
    return note


def _whose(about: Held | Message | User) -> int | None:
    return about.pk if isinstance(about, User) else about.author_id
