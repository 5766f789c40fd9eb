"""Ways into a course: codes, invitations, and joining an open course."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Role
from apps.accounts.people import signed_in
from apps.core.limits import limited
from apps.courses import actions, policies
from apps.courses.forms import first_error
from apps.courses.forms_enrollment import CodeForm, EnrollForm, InviteForm, UseCodeForm
from apps.courses.models import Course, CourseInvitation, EnrollmentCode
from apps.courses.pages import layout, tabs
from apps.courses.views_people import find_course, show_enrolling


@require_http_methods(["GET", "HEAD", "POST"])
def code_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The codes of a course, with how often each was used, and a form for a new one; POST makes it."""
    course = find_course(request, pk, to_enroll=True)
    form = CodeForm(request.POST or None, course=course)
    if request.method == "POST" and form.is_valid():
        try:
            code = actions.make_code(signed_in(request), course, form.asked)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"The code {code.shown} was created.")
            return redirect("courses:code_list", pk=course.pk)
    codes = course.codes.select_related("batch").annotate(used=Count("enrollments"))
    context = {"course": course, "form": form, "codes": codes}
    context |= {"layout": layout(request), "tabs": tabs(request, course)}
    return render(request, "courses/people/code_list.html", context, status=422 if form.is_bound else 200)


@require_POST
def code_stop(request: HttpRequest, pk: int, code_pk: int) -> HttpResponse:
    """Stop a code; students who used it stay enrolled."""
    course = find_course(request, pk, to_enroll=True)
    code = get_object_or_404(EnrollmentCode.objects.filter(course=course), pk=code_pk)
    actions.stop_code(signed_in(request), code)
    messages.success(request, f"The code {code.shown} no longer enrolls anyone.")
    return redirect("courses:code_list", pk=course.pk)


@require_POST
def invitation_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite a student to an invitation-only course."""
    course = find_course(request, pk, to_enroll=True)
    user = signed_in(request)
    form = InviteForm(request.POST, user=user)
    if not form.is_valid():
        return show_enrolling(request, course, EnrollForm(user=user), status=422)
    student = form.cleaned_data["student"]
    try:
        actions.invite(user, course, student)
        messages.success(request, f"{student.full_name} is invited.")
    except ValidationError as error:
        messages.info(request, first_error(error))
    return redirect("courses:enrollment_create", pk=course.pk)


@require_POST
def invitation_removal(request: HttpRequest, pk: int, invitation_pk: int) -> HttpResponse:
    """Withdraw an invitation."""
    course = find_course(request, pk, to_enroll=True)
    invitation = get_object_or_404(CourseInvitation.objects.filter(course=course), pk=invitation_pk)
    actions.take_back_invitation(signed_in(request), invitation)
    messages.success(request, "The invitation was withdrawn.")
    return redirect("courses:enrollment_create", pk=course.pk)


@require_POST
def joining_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Join an open course."""
    user = signed_in(request)
    course = get_object_or_404(Course.objects.visible_to(user), pk=pk)
    if not policies.can_join(user, course):
        raise PermissionDenied("This course isn't open to join.")
    try:
        actions.join(user, course)
    except ValidationError as error:
        messages.error(request, first_error(error))
    else:
        messages.success(request, f"You are now enrolled in {course}.")
    return redirect(course)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("codes", "POST")
def code_use(request: HttpRequest) -> HttpResponse:
    """Type a code, or follow a link that has it (`?code=`), and be enrolled by a button."""
    user = signed_in(request)
    if user.role != Role.STUDENT:
        raise Http404
    form = UseCodeForm(request.POST or None, initial={"code": request.GET.get("code", "")[:80]})
    if request.method == "POST" and form.is_valid():
        try:
            enrollment = actions.use_code(user, form.cleaned_data["code"])
        except ValidationError as error:
            form.add_error("code", error)
        else:
            messages.success(request, f"You are now enrolled in {enrollment.course}.")
            return redirect(enrollment.course)
    return render(request, "courses/people/code_use.html", {"form": form}, status=422 if form.is_bound else 200)
