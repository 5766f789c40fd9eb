"""Live updates of quizzes: named events, after which a page asks for itself again. Nothing of a quiz is pushed."""

from apps.assessments.models import Attempt, Quiz
from apps.courses.live import course_channel
from apps.realtime.publish import signal

# On a student's own channel: the time or the result of an attempt of theirs changed.
QUIZ = "quiz"


def staff_channel(quiz_id: int) -> str:
    """The channel of those who watch a quiz."""
    return f"quiz-{quiz_id}-staff"


def attempt_changed(attempt: Attempt) -> None:
    """Have the pages of its student and of those who watch ask again."""
    watched(attempt.quiz_id)
    if attempt.student.user_id:
        signal(f"user-{attempt.student.user_id}", QUIZ)


def watched(quiz_id: int) -> None:
    """Have the pages of those who watch a quiz ask again."""
    signal(staff_channel(quiz_id))


def quiz_changed(quiz: Quiz) -> None:
    """Have the pages of its course and of those who watch ask again: it was published, changed or released."""
    signal(course_channel(quiz.course_id))
    watched(quiz.pk)
