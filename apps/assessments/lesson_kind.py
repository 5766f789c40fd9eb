"""The lesson kind Quiz and its completion rules."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.assessments.models import Attempt, Quiz
from apps.assessments.policies import has_come
from apps.courses.completion_rules import CompletionRule
from apps.courses.lesson_kinds import LessonKind
from apps.courses.models import Lesson, LessonProgress


def _quiz(lesson: Lesson) -> Quiz | None:
    return Quiz.objects.filter(lesson=lesson).first()


def _context(lesson: Lesson, user: Any) -> Mapping[str, Any]:
    quiz = _quiz(lesson)
    if quiz and not quiz.published and not (user.is_authenticated and Quiz.objects.read_by(user).filter(pk=quiz.pk)):
        return {}
    last = Attempt.objects.filter(quiz=quiz, student__user=user.pk).last() if quiz and user.is_authenticated else None
    return {"quiz": quiz, "quiz_attempt": last, "quiz_questions": quiz.questions.asked().count() if quiz else 0}


def _problems(lesson: Lesson) -> list[str]:
    quiz = _quiz(lesson)
    if quiz is None:
        return ["It has no quiz yet: write one under Quizzes, and choose this lesson there."]
    return [] if quiz.published else ["Its quiz is a draft: publish the quiz first."]


def _handed_in(row: LessonProgress) -> bool:
    return _ended(row).exists()


def _passed(row: LessonProgress) -> bool:
    # A completed lesson reveals that its quiz was passed.
    now, ended = timezone.now(), list(_ended(row).select_related("quiz"))
    return any(attempt.passed for attempt in ended) and has_come(ended[0].quiz, ended[0].quiz.result_when, now)


def _ended(row: LessonProgress) -> QuerySet[Attempt]:
    return Attempt.objects.filter(quiz__lesson=row.lesson_id, student=row.student_id, ended_at__isnull=False)


HANDED_IN = CompletionRule(
    "quiz_handed_in", "The student hands the quiz in", "Done once you have handed the quiz in.", is_met=_handed_in
)
PASSED = CompletionRule("quiz_passed", "The student passes the quiz", "Done once you pass the quiz.", is_met=_passed)
RULES = (HANDED_IN, PASSED)
QUIZ = LessonKind(
    *("quiz", "Quiz", "clipboard-list", "assessments/_lesson.html"),
    rules=("quiz_handed_in", "quiz_passed", "button"),
    context=_context,
    problems=_problems,
)
