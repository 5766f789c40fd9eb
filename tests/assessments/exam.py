"""An exam of short texts beside a server's data: makes it in the course of a batch and prints its key.

    python -m tests.assessments.exam BATCH

A right answer to any question is RIGHT.
"""

import sys

QUESTIONS = 40
RIGHT = "right"
STORED = """
SELECT s.user_id, q.slot, a.text FROM assessments_answer a
JOIN assessments_attemptquestion q ON q.id = a.question_id
JOIN assessments_attempt t ON t.id = q.attempt_id
JOIN students_student s ON s.id = t.student_id
WHERE t.quiz_id = ? AND NOT a.is_late
"""


def make_exam(batch: int) -> None:
    """Make the exam, of an hour and 40 questions of a point each."""
    import django

    django.setup()

    from apps.courses.models import Course
    from tests import factories

    quiz = factories.quiz(course=Course.objects.get(batches=batch), minutes=60)
    for _ in range(QUESTIONS):
        factories.question(quiz=quiz, kind="text", options=(), variants=RIGHT)
    print(quiz.pk)


if __name__ == "__main__":
    make_exam(int(sys.argv[1]))
