"""How far each student has come. Percentages are never stored: they follow from these rows and the outline."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.courses.models.courses import Course
from apps.courses.models.lessons import Lesson
from apps.students.models import Student


class LessonProgress(models.Model):
    """What a student did with a lesson. It hangs on the two, not on an enrollment: who returns finds it again."""

    # Both lead an index below. One of their own would be taken for lists of both, and read a hundred times as much.
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="progress", db_index=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="progress", db_index=False)
    opened_at = models.DateTimeField(default=timezone.now)
    # The last time it was open: where the student was.
    seen_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True)
    # Of a video: the stretches that were watched, in seconds, in order and without overlaps: [[0, 20.5], [50, 100]].
    watched: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list, blank=True)
    # Of a video, in seconds: where it stopped, on any device.
    stopped_at = models.FloatField(default=0)
    # Up to when the clock has been used up; the next report adds no more than the time since then allows.
    reported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "lesson progress"
        constraints = [
            models.UniqueConstraint(fields=["student", "lesson"], name="one_progress_per_student_and_lesson")
        ]
        # Millions of rows are counted from these alone, as long as nothing else of a row is asked for.
        indexes = [
            models.Index(fields=["lesson", "student", "completed_at"], name="progress_of_lesson"),
            models.Index(
                fields=["completed_at", "lesson"], condition=Q(completed_at__isnull=False), name="progress_by_day"
            ),
            models.Index(fields=["student", "-seen_at", "lesson"], name="progress_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.student}: {self.lesson}"


class CourseCompletion(models.Model):
    """A student finished a course: a fact with a date, which later lessons don't take back."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="completions")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="completions")
    run = models.PositiveSmallIntegerField(default=1)
    finished_at = models.DateTimeField(default=timezone.now)
    # How many lessons counted then.
    lessons = models.PositiveIntegerField()

    objects: ClassVar[models.Manager["CourseCompletion"]]

    class Meta:
        ordering = ["-finished_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["student", "course", "run"], name="one_completion_per_run")]

    def __str__(self) -> str:
        return f"{self.student} finished {self.course}"
