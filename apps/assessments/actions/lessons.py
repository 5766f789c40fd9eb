"""Lessons that are quizzes: done when their rule is met and its student may know it."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from apps.assessments.models import Attempt, Quiz, When
from apps.assessments.policies import over_among
from apps.courses.actions import fulfil_lesson
from apps.courses.models import Enrollment, LessonProgress

PASSED = "quiz_passed"


def fulfil(attempt: Attempt) -> None:
    """Complete the lesson that an attempt's quiz is, if its rule is met now."""
    lesson = attempt.quiz.lesson
    if lesson and lesson.published and lesson.removed_at is None:
        fulfil_lesson(attempt.student, lesson)


def fulfil_passed(quizzes: list[Quiz]) -> None:
    """Complete the lessons of everyone who passed one of these quizzes: their results may be known now."""
    now = timezone.now()
    done = LessonProgress.objects.filter(
        lesson=OuterRef("quiz__lesson"), student=OuterRef("student"), completed_at__isnull=False
    )
    enrolled = Enrollment.objects.valid(now).filter(student=OuterRef("student"), course=OuterRef("quiz__course"))
    # One percent less than a pass: the rule itself decides, by rounded marks.
    near = Attempt.objects.filter(
        quiz__in=quizzes,
        quiz__lesson__completion_rule=PASSED,
        points__gte=F("possible") * (F("quiz__pass_percent") - 1) / 100,
    )
    for attempt in near.filter(~Exists(done), Exists(enrolled)).select_related("quiz__lesson__module", "student"):
        fulfil(attempt)


def fulfil_closed(now: datetime | None = None) -> None:
    """Complete the lessons of passed quizzes that nobody can sit any more, where that is when results are shown."""
    waiting = Quiz.objects.filter(result_when=When.CLOSED, lesson__completion_rule=PASSED, lesson__published=True)
    rows = list(waiting)
    over = over_among(rows, now or timezone.now())
    if over:
        fulfil_passed([row for row in rows if row.pk in over])
