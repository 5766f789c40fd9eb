"""Writing a quiz: its settings, and all of its questions on one page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.people import signed_in
from apps.assessments import actions
from apps.assessments.finding import access_to, find_followed, find_written
from apps.assessments.forms import QuestionForm, QuizForm, initial_of
from apps.assessments.marking import Kind
from apps.assessments.models import Question, Quiz
from apps.assessments.trial import Trial
from apps.assessments.writing import WritingPage
from apps.core.ids import element_id
from apps.courses.access import Access
from apps.courses.models import Course
from apps.courses.pages import render_course


@require_http_methods(["GET", "HEAD", "POST"])
def quiz_create(request: HttpRequest, course_pk: int) -> HttpResponse:
    """Create a quiz in a course; `?lesson=` preselects its lesson."""
    user = signed_in(request)
    course = get_object_or_404(Course.objects.written_by(user), pk=course_pk)
    form = QuizForm(request.POST or None, instance=Quiz(course=course), initial=_wanted_lesson(request))
    if request.method == "POST" and form.is_valid():
        quiz = actions.save_quiz(user, Quiz(course=course), form.changes)
        messages.success(request, "Quiz created. Now write its questions.")
        return redirect("assessments:quiz_edit", quiz.pk)
    status = 422 if form.is_bound else 200
    return render_course(request, Access(user, course), "assessments/quiz_create.html", status=status, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def quiz_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """All questions and the settings. `?question=` opens one for editing, `?add=` a new one of that kind."""
    quiz = find_written(request, pk)
    form = QuizForm(request.POST or None, instance=find_written(request, pk))
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_quiz(signed_in(request), quiz, form.changes)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Saved.")
            return redirect("assessments:quiz_edit", pk)
    return _page(request, quiz, settings=form)


@require_POST
def quiz_publication(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a quiz, or with `draft` unpublish it."""
    quiz, draft = find_written(request, pk), "draft" in request.POST
    try:
        (actions.unpublish_quiz if draft else actions.publish_quiz)(signed_in(request), quiz)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "It is a draft again." if draft else "Published. Students of the course see it.")
    return redirect("assessments:quiz_edit", pk)


@require_POST
def question_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a question of the posted kind."""
    quiz, kind = find_written(request, pk), request.POST.get("kind", "")
    if kind not in Kind:
        raise Http404
    return _save(request, quiz, QuestionForm(request.POST, kind=kind), None)


@require_POST
def question_edit(request: HttpRequest, pk: int, question_pk: int) -> HttpResponse:
    """Save a new version of a question."""
    question = _find(request, pk, question_pk)
    assert question.current
    form = QuestionForm(request.POST, kind=question.current.kind, initial=initial_of(question))
    return _save(request, question.quiz, form, question)


@require_POST
def question_removal(request: HttpRequest, pk: int, question_pk: int) -> HttpResponse:
    """Remove a question, or with `undo` restore it."""
    question = _find(request, pk, question_pk)
    try:
        actions.remove_question(signed_in(request), question, back="undo" in request.POST)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("assessments:quiz_edit", pk)


@require_POST
def question_move(request: HttpRequest, pk: int, question_pk: int) -> HttpResponse:
    """Move a question one place `up` or `down`."""
    question = _find(request, pk, question_pk)
    actions.move_question(signed_in(request), question, -1 if request.POST.get("to") == "up" else 1)
    return redirect(f"{reverse('assessments:quiz_edit', args=[pk])}#{element_id(question)}")


@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a quiz as a student would sit it. A POST marks the answers; nothing is stored."""
    quiz = find_followed(request, pk)
    tried = Trial(quiz, request.POST if request.method == "POST" else None)
    return render_course(request, access_to(request, quiz), "assessments/trial.html", quiz=quiz, trial=tried)


def _find(request: HttpRequest, pk: int, question_pk: int) -> Question:
    quiz = find_written(request, pk)
    rows = Question.objects.filter(quiz=quiz, current__isnull=False).select_related("quiz__course", "current")
    return get_object_or_404(rows, pk=question_pk)


def _save(request: HttpRequest, quiz: Quiz, form: QuestionForm, question: Question | None) -> HttpResponse:
    if form.is_valid():
        try:
            saved = actions.save_question(signed_in(request), quiz, form.written, question)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            more = f"?add={form.kind}#add" if question is None else f"#{element_id(saved)}"
            return redirect(reverse("assessments:quiz_edit", args=[quiz.pk]) + more)
    return _page(request, quiz, form=form, question=question)


def _page(
    request: HttpRequest,
    quiz: Quiz,
    settings: QuizForm | None = None,
    form: QuestionForm | None = None,
    question: Question | None = None,
) -> HttpResponse:
    settings = settings or QuizForm(instance=quiz)
    page = WritingPage(quiz, request.GET, settings, form, question)
    bad = bool(settings.errors or (form and form.errors))
    context: dict[str, Any] = {"quiz": quiz, "writing": page, "form": settings}
    return render_course(
        request, access_to(request, quiz), "assessments/quiz_edit.html", status=422 if bad else 200, **context
    )


def _wanted_lesson(request: HttpRequest) -> dict[str, int]:
    wanted = request.GET.get("lesson", "")
    return {"lesson": int(wanted)} if wanted.isdecimal() and len(wanted) < 19 else {}
