"""Importing in the background: a file is checked, and what it would do kept for its page; then all of it is done."""

from typing import Any

from apps.core.formats import number
from apps.jobs.job_types import JobError, JobType, Report, Result
from apps.jobs.models import Job
from apps.students import actions
from apps.students.imports import Plan, parse
from apps.students.models import StudentImport
from apps.students.sheets import Unreadable

# Rows of each kind that the page shows.
SHOWN = 100

CHANGED = "The students changed since you looked, so nothing was imported."


def summary(plan: Plan, *, changed: bool = False) -> dict[str, Any]:
    """What the page of a plan shows; `changed` says that it isn't the one that was agreed to."""
    return {
        "fingerprint": plan.fingerprint,
        "counts": plan.counts,
        "changed_since": changed,
        "encoding": plan.file.encoding,
        "columns": plan.file.columns,
        "ignored": plan.file.ignored,
        "created": [{"number": row.number, "name": row.name, **row.values} for row in plan.created[:SHOWN]],
        "changed": [
            {
                "number": change.row.number,
                "code": change.row.code,
                "student": change.student.pk,
                "name": change.student.full_name,
                "differences": [
                    {"column": each.column, "old": each.old, "new": each.new} for each in change.differences
                ],
            }
            for change in plan.changed[:SHOWN]
        ],
        "rejected": [each._asdict() for each in plan.rejected[:SHOWN]],
    }


def _upload(job: Job) -> StudentImport:
    return StudentImport.objects.visible_to(job.owner).get(pk=job.arguments["import"])


def _check(job: Job, report: Report) -> Result:
    """Read a file and keep its plan; one that can't be read isn't kept."""
    upload = _upload(job)
    try:
        file = parse(bytes(upload.content), report)
    except Unreadable as error:
        StudentImport.objects.filter(pk=upload.pk).update(content=b"")
        raise JobError(str(error)) from None
    report(0, 0, "Comparing with the students")
    plan = actions.plan_import(file)
    StudentImport.objects.filter(pk=upload.pk, applied=None).update(plan=summary(plan))
    return Result("Checked. Nothing is imported yet.", upload.get_absolute_url())


def _import(job: Job, report: Report) -> Result:
    """Do what was agreed to; what the file would do by now is kept where that is something else."""
    upload = _upload(job)
    try:
        upload = actions.apply_import(job.owner, upload, job.arguments["agreed"], report)
    except (actions.PlanChanged, actions.PlanRejected) as refused:
        StudentImport.objects.filter(pk=upload.pk).update(plan=summary(refused.plan, changed=True))
        raise JobError(CHANGED) from None
    counts = upload.result
    sentence = f"Imported: {number(counts['created'])} created, {number(counts['changed'])} changed."
    return Result(sentence, upload.get_absolute_url())


def _permits(user: Any, job: Job) -> bool:
    return StudentImport.objects.visible_to(user).filter(pk=job.arguments.get("import")).exists()


CHECK = JobType("import-check", _check, _permits)
IMPORT = JobType("import", _import, _permits)
