"""Correcting a wrong key: a preview of each mark, then the change; and undoing it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.people import signed_in
from apps.assessments import actions
from apps.assessments.finding import access_to, find_written
from apps.assessments.forms_keys import MendingForm
from apps.assessments.models import KeyMending, Question, QuestionVersion
from apps.courses.pages import render_course


@require_http_methods(["GET", "HEAD", "POST"])
def mending(request: HttpRequest, pk: int, question_pk: int) -> HttpResponse:
    """Correct a question's key. A POST previews everyone's old and new mark; with `confirm` it saves."""
    user, quiz = signed_in(request), find_written(request, pk)
    version = _asked(get_object_or_404(quiz.questions.all(), pk=question_pk))
    form = MendingForm(request.POST or None, version=version)
    corrections = list(version.mendings.select_related("by"))
    last = next((each for each in reversed(corrections) if not each.undone_at), None)
    context = {
        "quiz": quiz,
        "version": version,
        "form": form,
        "changes": None,
        "corrections": corrections,
        "last": last,
    }
    if request.method == "POST" and form.is_valid():
        if "confirm" in request.POST:
            changed = len(actions.mend_key(user, form.mending))
            messages.success(request, f"Corrected. {_marks(changed)}")
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


@require_POST
def mending_undo(request: HttpRequest, pk: int, question_pk: int, mending_pk: int) -> HttpResponse:
    """Undo the last correction of a question's key."""
    quiz = find_written(request, pk)
    rows = KeyMending.objects.filter(version__question=question_pk, version__question__quiz=quiz)
    mending = get_object_or_404(rows.select_related("version__question__quiz__course"), pk=mending_pk)
    try:
        changed = len(actions.undo_mending(signed_in(request), mending))
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("assessments:mending", pk, question_pk)
    messages.success(request, f"Undone. {_marks(changed)}")
    return redirect("assessments:result_list", pk)


def _marks(changed: int) -> str:
    return f"{changed} mark{'' if changed == 1 else 's'} changed."


def _asked(question: Question) -> QuestionVersion:
    """The latest version that an attempt has. Versions without attempts are simply edited."""
    version = question.versions.filter(asked__isnull=False).order_by("-number").first()
    if version is None:
        raise Http404
    return version
