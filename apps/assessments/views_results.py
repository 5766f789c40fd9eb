"""Results of a quiz for teachers and staff, live while it runs."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.people import signed_in
from apps.assessments import actions
from apps.assessments.actions import settle_if_over
from apps.assessments.finding import access_to, find_followed, find_written
from apps.assessments.models import Attempt
from apps.assessments.results import Results, export_rows
from apps.assessments.shown import result_of
from apps.core.csv_writer import csv_response
from apps.courses.pages import render_course


@require_safe
def result_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is sitting a quiz, their progress and their marks; updates live."""
    quiz = find_followed(request, pk)
    results = Results(signed_in(request), quiz, request.GET.get("page"))
    page, part = "assessments/result_list.html", "assessments/_results.html"
    return render_course(request, access_to(request, quiz), page, part, quiz=quiz, results=results)


@require_safe
def result_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A quiz's attempts as CSV."""
    quiz = find_followed(request, pk)
    return csv_response(f"quiz-{quiz.pk}.csv", export_rows(signed_in(request), quiz))


@require_safe
def result_detail(request: HttpRequest, pk: int, attempt_pk: int) -> HttpResponse:
    """One attempt, question by question, late answers included."""
    quiz = find_followed(request, pk)
    attempt = find_result(request, pk, attempt_pk)
    context: dict[str, Any] = {"quiz": quiz, "attempt": attempt, "lines": result_of(attempt, everything=True)}
    return render_course(request, access_to(request, quiz), "assessments/result_detail.html", **context)


@require_POST
def release_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Release the results."""
    quiz = find_written(request, pk)
    actions.release_results(signed_in(request), quiz)
    messages.success(request, "Released. Everyone who sat the quiz has been told.")
    return redirect("assessments:result_list", pk)


def find_result(request: HttpRequest, pk: int, attempt_pk: int) -> Attempt:
    """An attempt of one of the reader's students; raises Http404."""
    find_followed(request, pk)
    rows = Attempt.objects.visible_to(signed_in(request)).filter(quiz=pk)
    return settle_if_over(
        get_object_or_404(rows.select_related("quiz__lesson__module", "quiz__course", "student"), pk=attempt_pk)
    )
