"""Completes quiz lessons once their rule is met and the student may know it."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from apps.assessments.models import Attempt, Quiz, When
from apps.assessments.policies import over_among
from apps.courses.actions import fulfil_lesson
from apps.courses.models import Enrollment, LessonProgress

PASSED = "quiz_passed"


def fulfil(attempt: Attempt) -> None:
    """Complete the lesson of an attempt's quiz if its rule is met now."""
    lesson = attempt.quiz.lesson
    if lesson and lesson.published and lesson.removed_at is None:
        fulfil_lesson(attempt.student, lesson)


def fulfil_passed(quizzes: list[Quiz]) -> None:
    """Complete the lesson of everyone who passed one of these quizzes, whose results may be shown by now."""
    now = timezone.now()
    done = LessonProgress.objects.filter(
        lesson=OuterRef("quiz__lesson"), student=OuterRef("student"), completed_at__isnull=False
    )
    enrolled = Enrollment.objects.valid(now).filter(student=OuterRef("student"), course=OuterRef("quiz__course"))
    # A prefilter, one percent below a pass: the rule itself decides by rounded marks.
    near = Attempt.objects.filter(
        quiz__in=quizzes,
        quiz__lesson__completion_rule=PASSED,
        points__gte=F("possible") * (F("quiz__pass_percent") - 1) / 100,
    )
    for attempt in near.filter(~Exists(done), Exists(enrolled)).select_related("quiz__lesson__module", "student"):
        fulfil(attempt)


def fulfil_closed(now: datetime | None = None) -> None:
    """Complete lessons of quizzes that have closed for everyone and show their results from then on."""
    waiting = Quiz.objects.filter(result_when=When.CLOSED, lesson__completion_rule=PASSED, lesson__published=True)
    rows = list(waiting)
    over = over_among(rows, now or timezone.now())
    if over:
        fulfil_passed([row for row in rows if row.pk in over])
