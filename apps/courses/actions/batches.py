"""Actions on batches. Whatever depends on a batch's members is decided under its row lock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.editing import refuse_overwriting
from apps.courses import batch_ends, live, notices, notices_enrollment, policies
from apps.courses.actions.places import check_batch_place, check_course_place, close, lock_course, place_of
from apps.courses.models import NAME_TAKEN, Batch, Enrollment
from apps.students.models import Student

# What the audit entry of a change tells; the rest of a batch has no other fields that a person sets.
FIELDS = ("name", "course", "teacher", "start", "end", "end_ends_access", "capacity", "fee", "currency")


def create_batch(actor: User, batch: Batch) -> Batch:
    """Save a new batch; raises PermissionDenied, ValidationError (by field)."""
    if not policies.can_add(actor):
        raise PermissionDenied("You can't create batches.")
    try:
        with transaction.atomic():
            batch.full_clean(validate_constraints=False)
            batch.save(force_insert=True)
            audit.record(actor, "batch.created", batch, course=batch.course_id)
    except IntegrityError:
        # Another batch took the name since it was checked.
        raise ValidationError({"name": NAME_TAKEN}) from None
    return batch


def update_batch(actor: User, batch: Batch, changes: Mapping[str, Any], seen: Mapping[str, Any] | None = None) -> Batch:
    """Change these fields of a batch, as they stand in the database now; returns the batch as saved.

    `seen` is what the actor saw in those fields before: EditConflict is raised, and nothing written, if one holds
    something else by now. Raises PermissionDenied, ValidationError (by field; also if the capacity would fall below
    the number of students) too.
    """
    try:
        with transaction.atomic():
            (locked,) = _lock(actor, batch)
            refuse_overwriting(locked, changes, seen or {})
            before = {name: getattr(locked, name) for name in changes}
            for name, value in changes.items():
                setattr(locked, name, value)
            locked.full_clean(validate_constraints=False)
            changed = [name for name in changes if getattr(locked, name) != before[name]]
            if not changed:
                return locked
            locked.save(update_fields=[*changed, "updated"])
            detail = {name: [_kept(before[name]), _kept(getattr(locked, name))] for name in changed if name in FIELDS}
            audit.record(actor, "batch.changed", locked, **detail)
            if "end" in changed:
                batch_ends.moved(actor, locked, before["end"])
            live.roster_changed(locked.pk)
    except IntegrityError:
        raise ValidationError({"name": NAME_TAKEN}) from None
    return locked


def _kept(value: Any) -> Any:
    """A value as the audit stores it: teachers and courses as their ids."""
    return value.pk if isinstance(value, Model) else None if value is None else str(value)


def add_student(actor: User, batch: Batch, student: Student) -> Enrollment:
    """Put a student in a batch; raises PermissionDenied, ValidationError (full, or already in the course)."""
    try:
        with transaction.atomic():
            (locked,) = _lock(actor, batch)
            enrollment = join(locked, student)
            entry = audit.record(actor, "student.added", locked, student=student.pk)
            notices_enrollment.enrolled(entry, actor, enrollment)
            live.enrollment_changed(enrollment)
    except IntegrityError:
        # At the same moment somebody put the student in another batch of the course, which has a lock of its own.
        raise ValidationError(_elsewhere(batch, student), code="elsewhere") from None
    return enrollment


def remove_student(actor: User, batch: Batch, student: Student) -> Enrollment:
    """End a student's enrollment in a batch; it is kept. Raises PermissionDenied, ValidationError (not in it)."""
    with transaction.atomic():
        (locked,) = _lock(actor, batch)
        enrollment = _membership(locked, student)
        close(enrollment)
        entry = audit.record(actor, "student.removed", locked, student=student.pk)
        notices_enrollment.withdrawn(entry, actor, enrollment)
        live.enrollment_changed(enrollment)
    return enrollment


def move_student(actor: User, source: Batch, target: Batch, student: Student) -> Enrollment:
    """Move a student to another batch, of the same or another course, in one transaction.

    Within a course it is the same enrollment; to another course one ends and one begins. Raises PermissionDenied,
    ValidationError (not in the source, target full, already in the target's course).
    """
    if source.pk == target.pk:
        raise ValidationError(f"{student.full_name} is in {target} already.", code="already_in")
    try:
        with transaction.atomic():
            batches = {batch.pk: batch for batch in _lock(actor, source, target)}
            source, target = batches[source.pk], batches[target.pk]
            enrollment = _membership(source, student)
            if source.course_id == target.course_id:
                check_batch_place(target)
                enrollment.batch = target
                enrollment.save(update_fields=["batch"])
            else:
                close(enrollment)
                enrollment = join(target, student)
            entry = audit.record(actor, "student.moved", source, student=student.pk, to=target.pk)
            notices.moved(entry, actor, student, source, target)
            live.roster_changed(source.pk, target.pk)
            for course_id in {source.course_id, target.course_id}:
                live.progress_changed(course_id, student.user_id)
    except IntegrityError:
        raise ValidationError(_elsewhere(target, student), code="elsewhere") from None
    return enrollment


def undo_move(
    actor: User,
    source: Batch,
    target: Batch,
    student: Student,
    ended: Enrollment | None = None,
    ends_at: datetime | None = None,
) -> Enrollment:
    """Put a student back in the batch that they were just moved out of, as if nothing had happened.

    After a move to another course, the enrollment that `ended` goes on until `ends_at`, and the one that the move began
    is deleted. Raises PermissionDenied, ValidationError (not in the target any more, the source or its course full).
    """
    try:
        with transaction.atomic():
            batches = {batch.pk: batch for batch in _lock(actor, source, target)}
            source, target = batches[source.pk], batches[target.pk]
            lock_course(source.course_id)
            moved = _membership(target, student)
            check_batch_place(source)
            enrollment = _moved_back(source, moved, ended, ends_at)
            audit.record(actor, "student.moved", target, student=student.pk, to=source.pk)
            notices.move_undone(student, source, target)
            live.roster_changed(source.pk, target.pk)
            for course_id in {source.course_id, target.course_id}:
                live.progress_changed(course_id, student.user_id)
    except IntegrityError:
        raise ValidationError(_elsewhere(source, student), code="elsewhere") from None
    return enrollment


def _moved_back(source: Batch, moved: Enrollment, ended: Enrollment | None, ends_at: datetime | None) -> Enrollment:
    if moved.course_id == source.course_id:
        moved.batch = source
        moved.save(update_fields=["batch"])
        return moved
    rows = Enrollment.objects.select_for_update(of=("self",)).select_related("batch")
    before = rows.filter(pk=ended.pk if ended else 0, student=moved.student_id, batch=source, is_active=False).first()
    if before is None or not before.expires_at:
        raise ValidationError("This move can't be undone any more: move the student back.", code="late")
    check_course_place(source.course_id)
    # Whoever took the other course before, without a batch, takes it still.
    if moved.enrolled_at >= before.expires_at:
        moved.delete()
    else:
        moved.batch = None
        moved.save(update_fields=["batch"])
    before.is_active, before.expires_at = True, ends_at
    if before.ends_at and before.ends_at <= timezone.now():
        raise ValidationError("It has expired in the meantime: enroll them again.", code="over")
    before.save(update_fields=["is_active", "expires_at"])
    return before


def _lock(actor: User, *batches: Batch) -> list[Batch]:
    """Lock and reload the batches, always in the same order so that two moves can't deadlock."""
    locked = list(Batch.objects.select_for_update().filter(pk__in=[batch.pk for batch in batches]).order_by("pk"))
    if not all(policies.can_edit(actor, batch) for batch in locked):
        raise PermissionDenied("You can't change this batch.")
    return locked


def join(batch: Batch, student: Student) -> Enrollment:
    """Take a place in a batch, and one in the course if the student has none; the caller holds the batch's lock."""
    lock_course(batch.course_id)
    enrollment = place_of(student, batch.course_id) or Enrollment(student=student, course_id=batch.course_id)
    if enrollment.batch_id == batch.pk:
        raise ValidationError(f"{student.full_name} is in {batch} already.", code="already_in")
    if enrollment.batch:
        raise ValidationError(_elsewhere(batch, student, enrollment.batch), code="elsewhere")
    check_batch_place(batch)
    if enrollment.pk is None:
        check_course_place(batch.course_id)
    enrollment.batch = batch
    enrollment.save()
    return enrollment


def _elsewhere(batch: Batch, student: Student, other: Batch | None = None) -> str:
    if other is None:
        return f"{student.full_name} is already in another batch of {batch.course}."
    return f"{student.full_name} is already in {other}, another batch of {batch.course}: move them from there."


def _membership(batch: Batch, student: Student) -> Enrollment:
    try:
        held = Enrollment.objects.not_ended().select_for_update(of=("self",))
        return held.get(batch=batch, student=student)
    except Enrollment.DoesNotExist:
        raise ValidationError(f"{student.full_name} is not in {batch} any more.", code="not_in") from None
