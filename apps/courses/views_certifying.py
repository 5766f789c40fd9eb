"""The certificates of a course, for those who teach it: issued by hand, revoked, restored, issued again."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.core.finding import typed
from apps.core.listing import render_list
from apps.courses import actions
from apps.courses.access import Access
from apps.courses.certificate_lists import CertificateList, find_candidates
from apps.courses.forms_announcing import RevocationForm
from apps.courses.models import Certificate, Course
from apps.courses.pages import render_course, tabs
from apps.students.models import Student


@require_safe
def certificate_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The certificates of a course; a batch's teacher sees those of the own batch."""
    user = signed_in(request)
    course = get_object_or_404(Course.objects.read_by(user), pk=pk)
    listing = CertificateList(user, course, request.GET)
    return render_list(
        request, listing, "courses/certificates/certificate_list.html", course=course, tabs=tabs(request, course)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a certificate by hand; `?q=` searches the course's students."""
    user, course = signed_in(request), _written(request, pk)
    if request.method == "POST":
        chosen = request.POST.get("student", "")
        found = Student.objects.visible_to(user).filter(pk=int(chosen) if chosen.isdecimal() else 0).first()
        if found is None:
            raise Http404
        try:
            certificate = actions.issue_certificate(user, found, course)
        except ValidationError as error:
            messages.error(request, error.messages[0])
            return redirect("courses:certificate_create", pk)
        messages.success(request, f"{certificate.name} now has the certificate.")
        return redirect("courses:certificate_list", pk)
    search = typed(request.GET.get("q", ""))
    candidates, page = find_candidates(user, course, search), "courses/certificates/certificate_create.html"
    return render_course(request, Access(user, course), page, search=search, candidates=candidates)


@require_http_methods(["GET", "HEAD", "POST"])
def revocation_create(request: HttpRequest, pk: int, certificate_pk: int) -> HttpResponse:
    """Revoke a certificate, with a reason."""
    certificate = _find(request, pk, certificate_pk)
    form = RevocationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.revoke_certificate(signed_in(request), certificate, form.cleaned_data["reason"])
        messages.success(request, f"The certificate of {certificate.name} is revoked.")
        return redirect("courses:certificate_list", pk)
    page, status = "courses/certificates/revocation_create.html", 422 if form.is_bound else 200
    access = Access(signed_in(request), certificate.course)
    return render_course(request, access, page, status=status, form=form, certificate=certificate)


@require_POST
def revocation_removal(request: HttpRequest, pk: int, certificate_pk: int) -> HttpResponse:
    """Restore a revoked certificate."""
    certificate = actions.restore_certificate(signed_in(request), _find(request, pk, certificate_pk))
    messages.success(request, f"The certificate of {certificate.name} is valid again.")
    return redirect("courses:certificate_list", pk)


@require_POST
def reissue_create(request: HttpRequest, pk: int, certificate_pk: int) -> HttpResponse:
    """Issue a certificate again, with the name that the record has now."""
    try:
        certificate = actions.reissue_certificate(signed_in(request), _find(request, pk, certificate_pk))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"The certificate now says {certificate.name}, under the same number.")
    return redirect("courses:certificate_list", pk)


def _written(request: HttpRequest, pk: int) -> Course:
    return get_object_or_404(Course.objects.written_by(signed_in(request)), pk=pk)


def _find(request: HttpRequest, pk: int, certificate_pk: int) -> Certificate:
    rows = Certificate.objects.filter(course=_written(request, pk)).select_related("course", "student")
    return get_object_or_404(rows, pk=certificate_pk)
