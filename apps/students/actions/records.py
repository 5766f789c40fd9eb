"""The verbs: add a student, change one, import many."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import audit, quota
from apps.accounts.models import User
from apps.core.editing import refuse_overwriting
from apps.core.formats import number
from apps.jobs import actions as jobs
from apps.jobs.job_types import Report
from apps.students import live, policies
from apps.students.imports import Plan, StudentFile, compare, parse, unreported
from apps.students.models import Student, StudentImport

TAKEN = {"code": "Another student has this code."}
_BATCH = 1_000


class PlanChanged(Exception):  # noqa: N818 - the students did, since the dry run
    """Importing would no longer do what was agreed to; `plan` is what it would do now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("The students have changed since.")
        self.plan = plan


class PlanRejected(Exception):  # noqa: N818
    """Some rows can't be taken, so none is; `plan` says which and why."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"{number(len(plan.rejected))} rows can't be taken.")
        self.plan = plan


def create_student(actor: User, **fields: Any) -> Student:
    """Add a student, with their thread; raises PermissionDenied, ValidationError (by field; a code is unique)."""
    if not policies.can_add(actor):
        raise PermissionDenied("You can't add students.")
    student = Student(**fields)
    student.full_clean(exclude=["conversation"], validate_unique=False)
    try:
        with transaction.atomic():
            student.save()
            audit.record(actor, "student.created", student)
    except IntegrityError:
        raise ValidationError(TAKEN) from None
    return student


def update_student(
    actor: User, student: Student, changes: Mapping[str, str], seen: Mapping[str, str] | None = None
) -> Student:
    """Write the fields that `changes` names, and no others; returns the student as they are now.

    `seen` is what the actor saw in those fields before: EditConflict is raised, and nothing written, if one holds
    something else by now. Raises PermissionDenied, ValidationError (by field) too.
    """
    if not policies.can_edit(actor, student):
        raise PermissionDenied("You can't change this student.")
    try:
        with transaction.atomic():
            theirs = Student.objects.visible_to(actor).select_for_update(of=("self",)).select_related("conversation")
            if (fresh := theirs.filter(pk=student.pk).first()) is None:
                raise PermissionDenied("This student isn't yours to see.")
            changes = {name: value for name, value in changes.items() if getattr(fresh, name) != value}
            if {"code", "email"} & set(changes) and not policies.can_change_identity(actor):
                raise PermissionDenied("The office changes a student's code and e-mail address.")
            refuse_overwriting(fresh, changes, seen or {})
            for name, value in changes.items():
                setattr(fresh, name, value)
            if changes:
                others = {field.name for field in Student._meta.fields} - set(changes)
                fresh.full_clean(exclude=others, validate_unique=False)
                fresh.save(update_fields=[*changes, "updated"])
                audit.record(actor, "student.updated", fresh, fields=sorted(changes))
                live.record_changed([fresh.pk])
    except IntegrityError:
        raise ValidationError(TAKEN) from None
    return fresh


def plan_import(file: StudentFile, *, lock: bool = False) -> Plan:
    """What importing a file would do now; with `lock`, the students it is about stay as they are until the commit."""
    students = Student.objects.order_by("pk")
    if lock:
        students = students.select_for_update()
    codes = [row.code for row in file.rows]
    found: dict[str, Student] = {}
    for start in range(0, len(codes), 5 * _BATCH):
        found |= students.in_bulk(codes[start : start + 5 * _BATCH], field_name="code")
    return compare(file, found)


def import_students(
    actor: User | None,
    file: StudentFile,
    agreed: str,
    upload: StudentImport | None = None,
    report: Report = unreported,
) -> Plan:
    """Do what the plan with the fingerprint `agreed` says, all of it or nothing; `actor` is None for a command.

    Raises PermissionDenied; PlanRejected if rows can't be taken; PlanChanged if it would do something else by now.
    """
    if actor and not policies.can_add(actor):
        raise PermissionDenied("You can't import students.")
    try:
        with transaction.atomic():
            plan = plan_import(file, lock=True)
            if plan.rejected:
                raise PlanRejected(plan)
            if plan.fingerprint != agreed:
                raise PlanChanged(plan)
            _write(plan, report)
            if plan.changes_anything:
                audit.record(actor, "students.imported", upload, counts=plan.counts)
    except IntegrityError:  # Somebody created one of them at the same moment.
        raise PlanChanged(plan_import(file)) from None
    return plan


def _write(plan: Plan, report: Report) -> None:
    # In the order of codes, as rows are locked in one order above: two imports at once wait, and don't deadlock.
    created = sorted(plan.created, key=lambda row: row.code)
    for start in range(0, len(created), _BATCH):
        report(start, len(created), "Saving, all or nothing", in_transaction=True)
        Student.objects.bulk_create(Student(**row.values) for row in created[start : start + _BATCH])
    students = []
    for change in plan.changed:
        for difference in change.differences:
            setattr(change.student, difference.field, difference.new)
        students.append(change.student)
    fields = {difference.field for change in plan.changed for difference in change.differences}
    if students:
        # Their rows are locked, so each is there and a field that a row doesn't change is written as it is. An upsert,
        # since bulk_update takes eight times as long for many rows.
        Student.objects.bulk_create(
            students,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=[*sorted(fields), "updated"],
            batch_size=_BATCH,
        )
        live.record_changed([student.pk for student in students])


@transaction.atomic
def upload_import(actor: User, name: str, content: bytes) -> StudentImport:
    """Keep a file until it is agreed to, and have it checked in the background.

    Raises PermissionDenied, and ValidationError for one beyond what a person may send in a month.
    """
    if not policies.can_add(actor):
        raise PermissionDenied("You can't import students.")
    quota.take(actor, len(content))
    forget_imports()
    upload = StudentImport.objects.create(owner=actor, name=name, content=content)
    return _start(actor, upload, "import-check", f"Check {name}")


@transaction.atomic
def start_import(actor: User, upload: StudentImport, agreed: str) -> StudentImport:
    """Have an uploaded file imported in the background; does nothing where it is, or was. Raises PermissionDenied."""
    if upload.applied:
        return upload
    return _start(actor, upload, "import", f"Import {upload.name}", agreed=agreed)


def _start(actor: User, upload: StudentImport, kind: str, title: str, **more: str) -> StudentImport:
    arguments = {"import": upload.pk, **more}
    job = jobs.start(actor, kind, f"import-{upload.pk}", title, **arguments)
    StudentImport.objects.filter(pk=upload.pk).update(job=job)
    upload.refresh_from_db()
    return upload


def apply_import(actor: User, upload: StudentImport, agreed: str, report: Report = unreported) -> StudentImport:
    """Import an uploaded file once, however often asked, and forget its content; raises what import_students does."""
    if upload.applied:
        return upload
    file = parse(bytes(upload.content), report)
    report(0, 0, "Comparing with the students")
    with transaction.atomic():
        theirs = StudentImport.objects.visible_to(actor).defer("content").select_for_update()
        if (fresh := theirs.filter(pk=upload.pk).first()) is None:
            raise PermissionDenied("This file isn't yours.")
        upload = fresh
        if upload.applied:
            return upload
        plan = import_students(actor, file, agreed, upload, report)
        upload.applied, upload.content, upload.plan, upload.result = timezone.now(), b"", None, plan.counts
        upload.save(update_fields=["applied", "content", "plan", "result"])
    return upload


def forget_imports() -> int:
    """Delete the files that have been kept for a day; returns how many rows that were."""
    return StudentImport.objects.stale().delete()[0]
