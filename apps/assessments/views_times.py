"""Extra time: for one attempt, for everybody in a quiz, or for one student in every quiz."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.people import signed_in
from apps.assessments import actions, policies
from apps.assessments.finding import find_written
from apps.assessments.forms import AccommodationForm, MinutesForm
from apps.assessments.results import Results
from apps.assessments.views_results import find_result
from apps.students.models import Student


@require_POST
def extension_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Give everybody in a quiz more time."""
    quiz, form = find_written(request, pk), MinutesForm(request.POST)
    if form.is_valid():
        minutes = form.cleaned_data["minutes"]
        count = actions.extend_all(signed_in(request), quiz, minutes)
        who = "Nobody is sitting it; its end moved." if not count else f"{count} now have {minutes} more minutes."
        messages.success(request, "1 student now has more time." if count == 1 else who)
    else:
        messages.error(request, str(form.errors["minutes"][0]))
    return redirect("assessments:result_list", pk)


@require_POST
def extension_one(request: HttpRequest, pk: int, attempt_pk: int) -> HttpResponse:
    """Extend one student's running attempt."""
    attempt, form = find_result(request, pk, attempt_pk), MinutesForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(form.errors["minutes"][0])
        actions.extend_attempt(signed_in(request), attempt, form.cleaned_data["minutes"])
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"{attempt.student.full_name} has {form.cleaned_data['minutes']} minutes more.")
    return redirect(Results(signed_in(request), attempt.quiz, request.POST.get("page")).url)


@require_http_methods(["GET", "HEAD", "POST"])
def accommodation_edit(request: HttpRequest, student_pk: int) -> HttpResponse:
    """A student's extra time for every quiz."""
    user = signed_in(request)
    student = get_object_or_404(Student.objects.visible_to(user), pk=student_pk)
    if not policies.may_accommodate(user, student):
        raise Http404
    row = policies.allowance_of(student)
    initial = {"factor": row.factor, "minutes": row.minutes} if row else {}
    form = AccommodationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        actions.set_accommodation(user, student, cleaned["factor"], cleaned["minutes"])
        messages.success(request, "Saved. It applies to every quiz, including running ones.")
        return redirect("assessments:accommodation_edit", student_pk)
    status = 422 if form.is_bound else 200
    return render(request, "assessments/accommodation_edit.html", {"student": student, "form": form}, status=status)
