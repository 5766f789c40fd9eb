"""The verbs of a lesson's files: its video or document, the captions, and what its text shows or offers beside it.

A file is looked at before the course is locked: that may take a while, and others write meanwhile.
"""

from pathlib import PurePath
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from apps.accounts.models import User
from apps.courses import lesson_kinds, policies
from apps.courses.actions.outline import locked_lesson
from apps.courses.actions.writing import changed_outline, lock_course
from apps.courses.lesson_text import obstacles, render_lesson
from apps.courses.models import Course, Lesson, LessonAttachment
from apps.files.actions import discard, store
from apps.files.filetypes import MAX_NAME, allowed
from apps.files.kinds import CAPTIONS, DOCUMENTS, PICTURES, VIDEOS, Kinds
from apps.files.models import StoredFile

# Per lesson; even a long text rarely has forty pictures.
MAX_ATTACHMENTS = 100
ATTACHMENTS = Kinds(
    lambda: [*PICTURES.types(), *(kind for kind in allowed() if kind not in PICTURES.types())],
    PICTURES.limit,
    "pictures (also SVG), documents, recordings, ZIP",
    "Files of this kind can't be sent here.",
)


def kinds_of(lesson: Lesson, field: str) -> Kinds:
    """The file kinds accepted as a lesson's `file` or `captions`."""
    if field == "captions":
        return CAPTIONS
    return VIDEOS if lesson.kind == lesson_kinds.VIDEO.name else DOCUMENTS


def set_cover(actor: User, course: Course, uploaded: UploadedFile[Any] | None) -> Course:
    """Replace the course's cover, or remove it (None); raises PermissionDenied, ValidationError."""
    _check(actor, course)
    stored = store(actor, uploaded, kinds=PICTURES) if uploaded else None
    with transaction.atomic():
        locked = lock_course(actor, course)
        before, locked.cover = locked.cover, stored
        locked.save(update_fields=["cover", "updated"])
        discard(before)
        changed_outline(actor, locked, "course.cover", locked)
    return locked


def set_file(actor: User, lesson: Lesson, field: str, uploaded: UploadedFile[Any] | None) -> Lesson:
    """Keep what was sent as the `file` or the `captions` of a lesson in place of the one before; None takes it away.

    Raises PermissionDenied, ValidationError (see files.actions.store), also where a published lesson would be left
    without what it is for.
    """
    _check(actor, lesson.module.course)
    stored = store(actor, uploaded, kinds=kinds_of(lesson, field)) if uploaded else None
    try:
        with transaction.atomic():
            return _set(actor, lesson, field, stored)
    except ValidationError:
        discard(stored)
        raise


def attach(actor: User, lesson: Lesson, uploaded: UploadedFile[Any]) -> LessonAttachment:
    """Attach a file to a lesson under a unique name; raises as set_file does."""
    _check(actor, lesson.module.course)
    stored = store(actor, uploaded, kinds=ATTACHMENTS)
    with transaction.atomic():
        course, locked = locked_lesson(actor, lesson)
        taken = set(locked.attachments.values_list("name", flat=True))
        if len(taken) >= MAX_ATTACHMENTS:
            raise ValidationError(f"A lesson can have at most {MAX_ATTACHMENTS} attachments.", code="many")
        attachment = LessonAttachment.objects.create(lesson=locked, file=stored, name=_free(stored.name, taken))
        _rendered(locked)
        changed_outline(actor, course, "lesson.attached", locked, name=attachment.name)
    return attachment


def detach(actor: User, attachment: LessonAttachment) -> None:
    """Remove an attachment; where the text shows it, its alternative text appears instead."""
    with transaction.atomic():
        course, locked = locked_lesson(actor, attachment.lesson)
        row = locked.attachments.filter(pk=attachment.pk).select_related("file").first()
        if row is None:
            return
        row.delete()
        discard(row.file)
        _rendered(locked)
        changed_outline(actor, course, "lesson.detached", locked, name=row.name)


def _check(actor: User, course: Course) -> None:
    if not policies.can_write(actor, course):
        raise PermissionDenied("You can't change this course.")


def _set(actor: User, lesson: Lesson, field: str, stored: StoredFile | None) -> Lesson:
    course, locked = locked_lesson(actor, lesson)
    before = getattr(locked, field)
    setattr(locked, field, stored)
    if stored and not before and field not in lesson_kinds.find(locked.kind).fields:
        raise ValidationError("This kind of lesson can't have that file.", code="kind")
    if (locked.published or (stored and field == "captions" and locked.file_id)) and (why := obstacles(locked)):
        raise ValidationError(f"{why[0]} The lesson was left as it was.", code="obstacle")
    locked.save(update_fields=[field, "updated"])
    discard(before)
    changed_outline(actor, course, "lesson.file", locked, field=field, name=stored.name if stored else "")
    return locked


def _rendered(lesson: Lesson) -> None:
    render_lesson(lesson)
    lesson.save(update_fields=["html", "updated"])


def _free(name: str, taken: set[str]) -> str:
    """`tree.png`, or where that is taken `tree-2.png`."""
    path, number, free = PurePath(name), 1, name
    while free in taken:
        number += 1
        free = f"{path.stem[: MAX_NAME - len(path.suffix) - 5]}-{number}{path.suffix}"
    return free
