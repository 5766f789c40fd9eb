"""Actions on notes about students: only their author changes them."""

import uuid
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.notifications.events import about, withdraw_about
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
            _record(actor, "note.written", note)
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
        _record(actor, "note.changed", locked, before)
        if before == Sharing.SHARED != sharing:
            withdraw_about("note", about(locked))
        _tell(locked, actor, before)
    return locked


def remove_note(actor: User, note: StudentNote) -> None:
    """Delete a note together with its notification; raises PermissionDenied."""
    with transaction.atomic():
        locked = _lock(actor, note)
        _record(actor, "note.removed", locked)
        withdraw_about("note", about(locked))
        live.notes_changed(locked)
        locked.delete()


def _tell(note: StudentNote, actor: User, before: str = "") -> None:
    if note.sharing == Sharing.SHARED != before:
        notices.note_shared(note, actor)
    live.notes_changed(note, before)


def _record(actor: User, verb: str, note: StudentNote, before: str = "") -> None:
    """Write to the audit, unless the note is private: that there is one is its author's alone to know."""
    if {note.sharing, before} & {Sharing.TEAM, Sharing.SHARED}:
        audit.record(actor, verb, note.student, note=note.pk, sharing=note.sharing)


def _lock(actor: User, note: StudentNote) -> StudentNote:
    rows = StudentNote.objects.visible_to(actor).select_for_update(of=("self",)).select_related("student")
    locked = rows.filter(pk=note.pk).first()
    if locked is None or not policies.can_change_note(actor, locked):
        raise PermissionDenied("Only its author changes a note.")
    return locked
