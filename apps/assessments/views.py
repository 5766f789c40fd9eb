"""A course's list of quizzes, a quiz's own page, and starting an attempt."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import Role
from apps.accounts.people import signed_in
from apps.assessments import actions
from apps.assessments.finding import access_to, find_quiz
from apps.assessments.models import Quiz
from apps.assessments.policies import may_follow, may_sit, may_write
from apps.assessments.standing import Standing, listed
from apps.assessments.today import quizzes_today
from apps.courses.pages import find_course, render_course


@require_safe
def quiz_list(request: HttpRequest, course_pk: int) -> HttpResponse:
    """The quizzes of a course with the reader's standing in each."""
    user, access = signed_in(request), find_course(request, course_pk)
    if not access.opens_all:
        raise Http404
    quizzes = Quiz.objects.visible_to(user).filter(course=access.course)
    context: dict[str, Any] = {"lines": listed(user, quizzes), "writes": access.writes, "channel": access.channel}
    return render_course(request, access, "assessments/quiz_list.html", "assessments/_list.html", **context)


@require_safe
def today_detail(request: HttpRequest) -> HttpResponse:
    """The quizzes on Today, for its live refresh."""
    user = signed_in(request)
    template = "assessments/_today.html" if user.role == Role.STUDENT else "assessments/_today_taught.html"
    return render(request, template, {"quizzes": quizzes_today(user)})


@require_safe
def quiz_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A quiz before it starts: time limit, dates, attempts left and marking rule."""
    user, quiz = signed_in(request), find_quiz(request, pk)
    standing = Standing(user, quiz)
    context: dict[str, Any] = {
        "quiz": quiz,
        "standing": standing,
        "follows": may_follow(user, quiz),
        "writes": may_write(user, quiz.course),
        "may_sit": may_sit(user, quiz) is not None,
        "channel": access_to(request, quiz).channel,
        "obstacles": [] if quiz.published else actions.obstacles(quiz),
    }
    page, part = "assessments/quiz_detail.html", "assessments/_quiz.html"
    return render_course(request, access_to(request, quiz), page, part, **context)


@require_POST
def attempt_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Start an attempt, or continue the open one."""
    user, quiz = signed_in(request), find_quiz(request, pk)
    if may_sit(user, quiz) is None:
        raise Http404
    try:
        return redirect(actions.start_attempt(user, quiz))
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(quiz)
