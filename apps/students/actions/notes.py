"""Actions on notes about students: only their author changes them."""

import uuid
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.notifications.events import withdraw
from apps.students import live, notices, policies
from apps.students.models import Sharing, Student, StudentNote


def write_note(
    actor: User, student: Student, body: str, day: date, sharing: str, client_key: uuid.UUID | None = None
) -> StudentNote:
    """Write a note on a student; the same `client_key` twice is one note. Raises PermissionDenied."""
    if not policies.can_write_notes(actor, student.pk):
        raise PermissionDenied("You can't write notes on this student.")
    with transaction.atomic():
        values = {"student": student, "body": body, "day": day, "sharing": sharing}
        if client_key:
            note, made = StudentNote.objects.get_or_create(author=actor, client_key=client_key, defaults=values)
        else:
            note, made = StudentNote.objects.create(author=actor, **values), True
        if made:
            audit.record(actor, "note.written", student, note=note.pk, sharing=note.sharing)
            _tell(note, actor)
    return note


def change_note(actor: User, note: StudentNote, body: str, day: date, sharing: str) -> StudentNote:
    """Change a note; a student with whom it is no longer shared is told of it no longer. Raises PermissionDenied."""
    with transaction.atomic():
        locked = _lock(actor, note)
        before = locked.sharing
        if (locked.body, locked.day, before) == (body, day, sharing):
            return locked
        locked.body, locked.day, locked.sharing = body, day, sharing
        locked.save(update_fields=["body", "day", "sharing", "updated"])
        audit.record(actor, "note.changed", locked.student, note=locked.pk, sharing=sharing)
        if before == Sharing.SHARED != sharing:
            withdraw(notices.note_event(locked))
        _tell(locked, actor, before)
    return locked


def remove_note(actor: User, note: StudentNote) -> None:
    """Delete a note together with its notification; raises PermissionDenied."""
    with transaction.atomic():
        locked = _lock(actor, note)
        audit.record(actor, "note.removed", locked.student, note=locked.pk)
        withdraw(notices.note_event(locked))
        live.notes_changed(locked)
        locked.delete()


def _tell(note: StudentNote, actor: User, before: str = "") -> None:
    if note.sharing == Sharing.SHARED != before:
        notices.note_shared(note, actor)
    live.notes_changed(note, before)


def _lock(actor: User, note: StudentNote) -> StudentNote:
    rows = StudentNote.objects.visible_to(actor).select_for_update(of=("self",)).select_related("student")
    locked = rows.filter(pk=note.pk).first()
    if locked is None or not policies.can_change_note(actor, locked):
        raise PermissionDenied("Only its author changes a note.")
    return locked
