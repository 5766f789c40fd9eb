"""The PDF of a conversation, made in the background."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations import policies
from apps.conversations.export import Export
from apps.conversations.models import Conversation
from apps.core.formats import number
from apps.jobs import actions as jobs
from apps.jobs.job_types import JobType, Report, Result
from apps.jobs.models import Job

# Above it a worker would be busy for too long with one file.
MAX_PDF_MESSAGES = 5_000


@transaction.atomic
def export_pdf(actor: User, export: Export) -> Job:
    """Have the PDF made for `actor`; raises PermissionDenied."""
    conversation, staff = export.conversation, export.staff
    if not policies.can_export(actor, conversation):
        raise PermissionDenied("You can't export this conversation.")
    audit.record(actor, "conversation.exported", conversation, format="pdf", staff=staff)
    about = {"conversation": conversation.pk, "staff": staff, "locale": export.locale}
    key = f"conversation-{conversation.pk}-{'all' if staff else 'everyone'}"
    return jobs.start(actor, "conversation-pdf", key, f"PDF of {export.title}", **about)


def _conversation(user: User, job: Job) -> Conversation | None:
    return Conversation.objects.visible_to(user).filter(pk=job.arguments.get("conversation")).first()


def _permits(user: User, job: Job) -> bool:
    conversation = _conversation(user, job)
    return conversation is not None and policies.can_export(user, conversation)


def _run(job: Job, report: Report) -> Result:
    # fpdf2 and the fonts' tools are a quarter of a process's start: only a worker that makes a PDF loads them.
    from apps.conversations.export_pdf import as_pdf

    conversation = _conversation(job.owner, job)
    if conversation is None:
        raise PermissionDenied
    export = Export(job.owner, conversation, staff=job.arguments["staff"], locale=job.arguments["locale"])
    total = export.count()
    pdf = as_pdf(export, partial(report, total=total, step="Writing messages"))
    sentence = f"The PDF is ready: {number(total)} message{'' if total == 1 else 's'}."
    return Result(sentence, "", ContentFile(pdf), export.file_name("pdf"), "application/pdf")


PDF = JobType("conversation-pdf", _run, _permits)
