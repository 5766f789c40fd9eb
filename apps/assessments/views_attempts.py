"""The student's pages of an attempt: questions, saving, flags, handing in. Only its student finds them."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.assessments import actions
from apps.assessments.finding import access_to, find_attempt, refusal_is_404
from apps.assessments.models import Attempt
from apps.assessments.policies import shown
from apps.assessments.sending import read, touched
from apps.assessments.shown import QuestionShown, questions_of, result_of
from apps.assessments.standing import Standing
from apps.courses.pages import render_course


@require_http_methods(["GET", "HEAD", "POST"])
@refusal_is_404()
def attempt_detail(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The questions while the attempt runs, its result afterwards. A POST saves answers."""
    attempt = find_attempt(request, pk, number)
    if request.method == "POST":
        return _take(request, attempt)
    return _page(request, attempt)


@require_safe
def attempt_clock(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The time left; fetched again when somebody gives more time."""
    attempt = find_attempt(request, pk, number)
    return render_course(
        request, access_to(request, attempt.quiz), "assessments/_clock.html", "assessments/_clock.html", attempt=attempt
    )


@require_http_methods(["GET", "HEAD", "POST"])
@refusal_is_404()
def attempt_end(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A check of unanswered and flagged questions; a POST hands the attempt in."""
    attempt = find_attempt(request, pk, number)
    if request.method == "POST":
        actions.hand_in(signed_in(request), attempt)
        return redirect(attempt)
    if not attempt.is_open:
        return redirect(attempt)
    return render_course(
        request,
        access_to(request, attempt.quiz),
        "assessments/attempt_end.html",
        quiz=attempt.quiz,
        attempt=attempt,
        questions=questions_of(attempt),
    )


@require_POST
@refusal_is_404()
def flag_create(request: HttpRequest, pk: int, number: int, slot: int) -> HttpResponse:
    """Flag a question (`flagged=1`) or remove the flag (`flagged=0`)."""
    attempt = find_attempt(request, pk, number)
    actions.flag_question(signed_in(request), attempt, slot, request.POST.get("flagged") == "1")
    return HttpResponse(status=204)


def _take(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Save the answers that were sent. A script gets the outcome by slot, a form the page again."""
    user = signed_in(request)
    by_script = "script" in request.POST
    questions = [] if by_script else questions_of(attempt)
    sent = read(request.POST) if by_script else touched(request.POST, questions)
    saved = actions.save_answers(user, attempt, sent)
    if by_script:
        about = {"ended": not attempt.is_open, "seconds_left": attempt.seconds_left}
        return JsonResponse(vars(saved) | about)
    for question in questions if attempt.is_open else []:
        if f"w{question.slot}" in request.POST:
            flagged = f"f{question.slot}" in request.POST
            if flagged != question.flagged:
                actions.flag_question(user, attempt, question.slot, flagged)
    if saved.refused and attempt.is_open:
        return _again(request, attempt, saved.refused)
    return (
        redirect("assessments:attempt_end", attempt.quiz_id, attempt.number)
        if _wants_end(request)
        else redirect(attempt)
    )


def _wants_end(request: HttpRequest) -> bool:
    return "review" in request.POST


def _again(request: HttpRequest, attempt: Attempt, refused: dict[int, str]) -> HttpResponse:
    """The page with what is saved, and each refused answer as it was typed with its error."""
    questions = questions_of(attempt)
    for question in questions:
        question.error = refused.get(question.slot, "")
        if question.error and not question.options:
            question.typed = request.POST.get(f"a{question.slot}", "")
    return _page(request, attempt, questions, status=422)


def _page(
    request: HttpRequest, attempt: Attempt, questions: list[QuestionShown] | None = None, status: int = 200
) -> HttpResponse:
    user, quiz = signed_in(request), attempt.quiz
    context: dict[str, Any] = {"quiz": quiz, "attempt": attempt, "channel": f"user-{user.pk}"}
    if attempt.is_open:
        page = "assessments/attempt_detail.html"
        context["questions"] = questions or questions_of(attempt)
        context["now"], part = int(1_000 * time.time()), ""
    else:
        page, part = "assessments/attempt_result.html", "assessments/_result.html"
        context |= {"lines": result_of(attempt), "shown": shown(attempt), "standing": Standing(user, quiz)}
    response = render_course(request, access_to(request, quiz), page, part, status=status, **context)
    response.headers["Cache-Control"] = "no-store"
    return response
