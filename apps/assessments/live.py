"""Live updates of quizzes: named events that make a page fetch itself again. No quiz content is pushed."""

from apps.assessments.models import Attempt, Quiz
from apps.courses.live import course_channel
from apps.realtime.publish import signal

# Sent on a student's own channel: the time or the result of one of their attempts changed.
QUIZ = "quiz"


def staff_channel(quiz_id: int) -> str:
    """The channel of teachers who watch a quiz."""
    return f"quiz-{quiz_id}-staff"


def attempt_changed(attempt: Attempt) -> None:
    """Refresh the student's pages and those of the teachers who watch."""
    watched(attempt.quiz_id)
    if attempt.student.user_id:
        signal(f"user-{attempt.student.user_id}", QUIZ)


def watched(quiz_id: int) -> None:
    """Refresh the pages of the teachers who watch a quiz."""
    signal(staff_channel(quiz_id))


def quiz_changed(quiz: Quiz) -> None:
    """Refresh the course's pages and those of the teachers who watch: it was published, changed or released."""
    signal(course_channel(quiz.course_id))
    watched(quiz.pk)
