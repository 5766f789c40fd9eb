"""The mail with a transcript: composed when it is sent, from what its person may read at that moment."""

from django.conf import settings
from django.template.loader import render_to_string

from apps.accounts.models import User
from apps.accounts.region import clock_and_language
from apps.conversations.export import Export
from apps.core.email_addresses import comparable
from apps.core.smtp import Email
from apps.support.models import Ticket


def compose(to: str, *, ticket: str, by: str) -> Email | None:
    """A mail with the PDF; None if the ticket or the account is gone, or has another address since."""
    # fpdf2 and the fonts' tools are a quarter of a process's start: only a worker that makes a PDF loads them.
    from apps.conversations.export_pdf import as_pdf

    found = Ticket.objects.filter(pk=ticket, person__is_active=True).select_related("person", "conversation").first()
    if found is None or comparable(found.person.email) != to:
        return None
    person, asked = found.person, User.objects.filter(pk=by).first()
    with clock_and_language(person, ""):
        # The person's own eyes decide what is in it.
        export = Export(person, found.conversation, staff=False, asked_by=asked.full_name if asked else "")
        context = {"person": person, "academy_name": settings.ACADEMY_NAME, "export": export, "asked": asked}
        text = render_to_string("support/email/transcript.txt", context).strip() + "\n"
        name, pdf = export.file_name("pdf"), as_pdf(export)
    subject = f"Your conversation with {settings.ACADEMY_NAME}"
    # A machine wrote it: no out-of-office answers (RFC 3834).
    email = Email(subject, text, to=[person.email], headers={"Auto-Submitted": "auto-generated"})
    email.attach(name, pdf, "application/pdf")
    return email
