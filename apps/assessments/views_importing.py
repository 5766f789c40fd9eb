"""Importing questions: choose or paste a file, preview it, confirm."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.accounts.people import signed_in
from apps.assessments import actions, importing
from apps.assessments.finding import access_to, find_written
from apps.assessments.forms_importing import ImportForm
from apps.assessments.models import Quiz
from apps.core.formats import number
from apps.core.uploads import NO_ROOM, no_room, too_big
from apps.courses.pages import render_course


@require_http_methods(["GET", "HEAD", "POST"])
def question_import(request: HttpRequest, pk: int) -> HttpResponse:
    """The form (GET), a preview of the file (POST), or the import itself (POST with the preview's `draft`)."""
    user, quiz = signed_in(request), find_written(request, pk)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    context: dict[str, Any] = {"quiz": quiz, "form": form, "limits": importing}
    try:
        if no_room(request) or too_big(request):
            form.errors["file"] = form.error_class([NO_ROOM if no_room(request) else importing.SENTENCES["large"]])
        elif "draft" in request.POST:
            return _import(request, quiz)
        elif form.is_bound and form.is_valid():
            plan = importing.plan_import(quiz, form.source, pasted=form.is_pasted)
            context |= {"plan": plan, "draft": importing.sealed(user, quiz, plan)}
    except ValidationError as error:
        form.add_error(form.named, error)
    status = 422 if form.is_bound and form.errors else 200
    return render_course(request, access_to(request, quiz), "assessments/import.html", status=status, **context)


def _import(request: HttpRequest, quiz: Quiz) -> HttpResponse:
    user = signed_in(request)
    count = actions.import_questions(user, quiz, importing.opened(user, quiz, request.POST["draft"]))
    many = "question is" if count == 1 else "questions are"
    said = f"{number(count)} {many} imported." if count else "The quiz has all of these questions already."
    messages.success(request, said)
    return redirect("assessments:quiz_edit", quiz.pk)
