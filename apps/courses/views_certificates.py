"""Certificates: the public page that verifies one, the PDF, and a student's own."""

from threading import BoundedSemaphore

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from apps.accounts.models import Role
from apps.accounts.people import signed_in
from apps.core.headers import NO_PAGE
from apps.core.htmx import render_part
from apps.core.limits import limited
from apps.courses import live
from apps.courses.achievements import of_student
from apps.courses.models import Certificate, as_number

# Each takes a part of a second of a processor, and some memory: few at a time.
making = BoundedSemaphore(2)


@login_not_required
@require_safe
@limited("certificates")
def certificate_verify(request: HttpRequest, number: str) -> HttpResponse:
    """Whether a certificate of this number holds: its name, course and date, for whoever has the number from it.

    No search engine keeps it, and it leads to nothing else of the student. Whatever is asked for costs one look.
    """
    certificate = Certificate.objects.filter(number=as_number(number)).first()
    if certificate is None:
        raise Http404
    mine = Certificate.objects.visible_to(request.user).filter(pk=certificate.pk).exists()
    response = render(request, "courses/certificates/verify.html", {"certificate": certificate, "mine": mine})
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
@limited("exports")
def certificate_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The PDF of a certificate, for its student and the course's teachers; rendered on request."""
    from apps.courses.certificate_pdf import as_pdf

    mine = Certificate.objects.visible_to(signed_in(request)).select_related("letterhead")
    certificate = get_object_or_404(mine, number=as_number(number))
    with making:
        content = as_pdf(certificate)
    response = HttpResponse(content, content_type="application/pdf")
    name = f"certificate-{certificate.readable_number}.pdf"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Content-Security-Policy"] = NO_PAGE
    return response


@require_safe
def own_list(request: HttpRequest) -> HttpResponse:
    """A student's own certificates, and the courses that they finished without one."""
    user = signed_in(request)
    if user.role != Role.STUDENT:
        raise Http404
    context = {"achievements": of_student(user), "event": live.PROGRESS}
    return render_part(request, "courses/certificates/own_list.html", "courses/certificates/_own_list.html", context)
