"""The people of a course: listing, enrolling, changing dates, withdrawing. What a person may not see is a 404."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.core.htmx import render_part, wants_fragment
from apps.core.listing import render_list
from apps.courses import actions, policies
from apps.courses.forms import first_error
from apps.courses.forms_enrollment import DatesForm, EnrollForm
from apps.courses.models import Course, CourseInvitation, Enrollment, Visibility
from apps.courses.pages import layout, tabs
from apps.courses.people import Candidates, PeopleList
from apps.courses.undoing import Undo


def find_course(request: HttpRequest, pk: int, *, to_enroll: bool = False) -> Course:
    """A course whose people this person may see (may change, where `to_enroll`); Http404 otherwise."""
    user = signed_in(request)
    if to_enroll and not policies.can_enroll(user):
        raise Http404
    return get_object_or_404(Course.objects.read_by(user), pk=pk)


def _find(request: HttpRequest, pk: int, enrollment_pk: int) -> Enrollment:
    course = find_course(request, pk, to_enroll=True)
    rows = Enrollment.objects.filter(course=course).select_related("student", "batch", "course")
    return get_object_or_404(rows, pk=enrollment_pk)


@require_safe
def people_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The enrollments of a course that this person may see."""
    course = find_course(request, pk)
    listing = PeopleList(signed_in(request), course, request.GET)
    return render_list(request, listing, "courses/people/people_list.html", course=course, tabs=tabs(request, course))


@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_create(request: HttpRequest, pk: int) -> HttpResponse:
    """GET finds students who don't take the course yet, and shows who is invited; POST enrolls one."""
    course = find_course(request, pk, to_enroll=True)
    user = signed_in(request)
    if request.method != "POST":
        return show_enrolling(request, course, EnrollForm(user=user))
    form = EnrollForm(request.POST, user=user)
    if form.is_valid():
        try:
            days = form.cleaned_data["begins"], form.cleaned_data["ends"]
            enrollment = actions.enroll(user, course, form.cleaned_data["student"], *days)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{enrollment.student.full_name} is now enrolled in {course}.")
            return redirect("courses:people_list", pk=course.pk)
    return show_enrolling(request, course, form, status=422)


def show_enrolling(request: HttpRequest, course: Course, form: EnrollForm, status: int = 200) -> HttpResponse:
    """The page where students are enrolled and invited; for htmx those who were found."""
    values = request.POST if request.method == "POST" else request.GET
    context = {"course": course, "form": form, "may_invite": course.visibility == Visibility.INVITED}
    context |= {"layout": layout(request), "tabs": tabs(request, course)}
    context["candidates"] = Candidates(signed_in(request), course, values.get("q", ""))
    context["invitations"] = CourseInvitation.objects.filter(course=course).select_related("student")
    fragment = "courses/people/_candidates.html" if request.method != "POST" else "courses/people/enroll.html"
    return render_part(request, "courses/people/enroll.html", fragment, context, status)


@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_edit(request: HttpRequest, pk: int, enrollment_pk: int) -> HttpResponse:
    """GET shows the dates, in a dialog or on a page; POST changes them."""
    enrollment = _find(request, pk, enrollment_pk)
    if request.method != "POST":
        return _show_dates(request, enrollment, DatesForm(enrollment=enrollment))
    form = DatesForm(request.POST, enrollment=enrollment)
    if form.is_valid():
        try:
            changed = actions.change_dates(signed_in(request), enrollment, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _answer(request, changed, f"Saved for {enrollment.student.full_name}.")
    return _show_dates(request, enrollment, form, status=422)


def _show_dates(request: HttpRequest, enrollment: Enrollment, form: DatesForm, status: int = 200) -> HttpResponse:
    context = {"enrollment": enrollment, "course": enrollment.course, "student": enrollment.student, "form": form}
    return render_part(request, "courses/people/dates.html", "courses/people/_dates_dialog.html", context, status)


@require_POST
def withdrawal_create(request: HttpRequest, pk: int, enrollment_pk: int) -> HttpResponse:
    """Withdraw a student; the answer can be undone."""
    enrollment = _find(request, pk, enrollment_pk)
    ends = enrollment.expires_at
    ended = actions.end_enrollment(signed_in(request), enrollment)
    return _answer(request, ended, f"{enrollment.student.full_name} is withdrawn.", Undo.of_withdrawal(ended, ends))


@require_POST
def withdrawal_undo(request: HttpRequest, pk: int, enrollment_pk: int) -> HttpResponse:
    """Undo a withdrawal; `ends` is the end that the enrollment had before."""
    enrollment = _find(request, pk, enrollment_pk)
    try:
        ends = parse_datetime(request.POST.get("ends", ""))
        again = actions.undo_withdrawal(signed_in(request), enrollment, ends)
    except ValidationError as error:
        return _refuse(request, enrollment, first_error(error))
    except ValueError:
        return _refuse(request, enrollment, "That isn't a valid time.")
    return _answer(request, again, f"{enrollment.student.full_name} is enrolled in {enrollment.course} as before.")


@require_POST
def return_create(request: HttpRequest, pk: int, enrollment_pk: int) -> HttpResponse:
    """Enroll a student again after their enrollment ended; they keep their progress."""
    enrollment = _find(request, pk, enrollment_pk)
    student = enrollment.student
    try:
        again = actions.enroll(signed_in(request), enrollment.course, student)
    except ValidationError as error:
        return _refuse(request, enrollment, first_error(error))
    return _answer(request, again, f"{student.full_name} is enrolled in {enrollment.course} again.")


def _refuse(request: HttpRequest, enrollment: Enrollment, said: str) -> HttpResponse:
    if wants_fragment(request):
        return render(request, "courses/people/_said.html", {"error": said}, status=422)
    messages.error(request, said)
    return redirect("courses:people_list", pk=enrollment.course_id)


def _answer(request: HttpRequest, enrollment: Enrollment, said: str, undo: Undo | None = None) -> HttpResponse:
    """Confirm the change in a toast; the list refreshes itself like every open page."""
    if wants_fragment(request):
        return render(request, "courses/people/_said.html", {"done": said, "thing": enrollment, "undo": undo})
    messages.success(request, said)
    return redirect("courses:people_list", pk=enrollment.course_id)
