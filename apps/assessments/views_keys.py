"""Correcting a wrong key: a preview of each mark, then the change."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from apps.accounts.people import signed_in
from apps.assessments import actions
from apps.assessments.finding import access_to, find_written
from apps.assessments.forms_keys import MendingForm
from apps.assessments.models import Question, QuestionVersion
from apps.courses.pages import render_course


@require_http_methods(["GET", "HEAD", "POST"])
def mending(request: HttpRequest, pk: int, question_pk: int) -> HttpResponse:
    """Correct a question's key. A POST previews everyone's old and new mark; with `confirm` it saves."""
    user, quiz = signed_in(request), find_written(request, pk)
    version = _asked(get_object_or_404(quiz.questions.all(), pk=question_pk))
    form = MendingForm(request.POST or None, version=version)
    context = {"quiz": quiz, "version": version, "form": form, "changes": None}
    if request.method == "POST" and form.is_valid():
        if "confirm" in request.POST:
            changed = len(actions.mend_key(user, form.mending))
            messages.success(request, f"Mended. {changed} mark{'' if changed == 1 else 's'} changed.")
            return redirect("assessments:result_list", pk)
        context["changes"] = actions.preview_mending(user, form.mending)
    status = 422 if form.is_bound and form.errors else 200
    return render_course(
        request,
        access_to(request, quiz),
        "assessments/mending.html",
        "",
        status,
        **context,
    )


def _asked(question: Question) -> QuestionVersion:
    """The latest version that an attempt has. Versions without attempts are simply edited."""
    version = question.versions.filter(asked__isnull=False).order_by("-number").first()
    if version is None:
        raise Http404
    return version
