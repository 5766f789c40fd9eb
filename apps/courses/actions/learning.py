"""The verbs of learning: opening a lesson, completing it, taking that back."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.courses import completion_rules, live, watching
from apps.courses.actions.completions import settle
from apps.courses.completion_rules import OPENED, WATCHED
from apps.courses.models import Enrollment, Lesson, LessonProgress
from apps.students.models import Student


def open_lesson(actor: User, lesson: Lesson) -> LessonProgress:
    """Record that a student opened this lesson; completes it if its rule says so.

    Raises PermissionDenied for whoever isn't enrolled, or not any more.
    """
    with transaction.atomic():
        enrollment = _learning(actor, lesson)
        row = _row(enrollment, lesson)
        LessonProgress.objects.filter(pk=row.pk).update(seen_at=timezone.now())
        if lesson.completion_rule == OPENED.name:
            _complete(enrollment, lesson, row)
    return row


def visit_lesson(actor: User, lesson: Lesson) -> LessonProgress:
    """Record this lesson as where the student continues next time. Raises as open_lesson does."""
    with transaction.atomic():
        row = _row(_learning(actor, lesson), lesson)
        LessonProgress.objects.filter(pk=row.pk).update(seen_at=timezone.now())
    return row


def watch_lesson(actor: User, lesson: Lesson, stretches: list[watching.Stretch], stopped_at: float) -> LessonProgress:
    """Add what a student's player played, in seconds of the video, and where it stopped.

    No more is added than the server's clock allows: seeking to the end isn't watching. The first report adds nothing,
    it starts the clock. Raises as open_lesson does.
    """
    with transaction.atomic():
        enrollment = _learning(actor, lesson)
        row = _row(enrollment, lesson)
        now = timezone.now()
        length = lesson.file.seconds if lesson.file else None
        row.watched, row.reported_at = watching.counted(row.watched, stretches, row.reported_at, now)
        row.stopped_at, row.seen_at = stopped_at, now
        row.save(update_fields=["watched", "stopped_at", "reported_at", "seen_at"])
        if lesson.completion_rule == WATCHED.name and watching.is_enough(row.watched, length):
            _complete(enrollment, lesson, row)
    return row


def fulfil_lesson(student: Student, lesson: Lesson) -> bool:
    """Complete a lesson if its rule is met; True if it is complete now. Called by the app that owns the rule.

    Does nothing for a student who is no longer enrolled.
    """
    with transaction.atomic():
        enrollments = Enrollment.objects.valid().filter(student=student, course=lesson.module.course_id)
        held = enrollments.select_for_update(of=("self",)).select_related("student").first()
        if held is None:
            return False
        row = _row(held, lesson)
        if completion_rules.find(lesson.completion_rule).is_met(row):
            _complete(held, lesson, row)
    return row.completed_at is not None


def complete_lesson(actor: User, lesson: Lesson) -> LessonProgress:
    """Mark a lesson as done; once more changes nothing.

    Raises PermissionDenied for whoever isn't enrolled, or not any more, and where its rule leaves it to no button.
    """
    with transaction.atomic():
        enrollment = _learning(actor, lesson, by_hand=True)
        row = _row(enrollment, lesson)
        _complete(enrollment, lesson, row)
    return row


def undo_completion(actor: User, lesson: Lesson) -> LessonProgress:
    """Undo a completion; a finished course stays finished. Raises as complete_lesson does."""
    with transaction.atomic():
        enrollment = _learning(actor, lesson, by_hand=True)
        row = _row(enrollment, lesson)
        if LessonProgress.objects.filter(pk=row.pk, completed_at__isnull=False).update(completed_at=None):
            row.completed_at = None
            live.progress_changed(lesson.module.course_id, actor.pk)
    return row


def _learning(actor: User, lesson: Lesson, *, by_hand: bool = False) -> Enrollment:
    """The student's valid enrollment for this lesson, locked.

    The lock makes two completions at one moment follow each other, so that the later one sees that all is done.
    """
    enrollments = Enrollment.objects.valid().filter(student__user=actor, course=lesson.module.course_id)
    held = enrollments.select_for_update(of=("self",)).select_related("student").first()
    if held is None or not Lesson.objects.visible_to(actor).filter(pk=lesson.pk).exists():
        raise PermissionDenied("This lesson isn't open to you.")
    if by_hand and not completion_rules.find(lesson.completion_rule).by_hand:
        raise PermissionDenied("This lesson can't be marked as done by hand.")
    return held


def _row(enrollment: Enrollment, lesson: Lesson) -> LessonProgress:
    return LessonProgress.objects.get_or_create(student=enrollment.student, lesson=lesson)[0]


def _complete(enrollment: Enrollment, lesson: Lesson, row: LessonProgress) -> None:
    now = timezone.now()
    if not LessonProgress.objects.filter(pk=row.pk, completed_at=None).update(completed_at=now):
        return
    row.completed_at = now
    course = lesson.module.course
    settle(enrollment.student, course, enrollment.run)
    live.progress_changed(course.pk, enrollment.student.user_id)
