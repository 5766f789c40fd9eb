"""What the pages of quizzes cost on PostgreSQL: with 40,000 attempts of 50 questions, 2 million answers.

    uv run python -m tests.benchmarks.quiz_pages [--students 1000] [--quizzes 40] [--rounds 5] [--json]

One course with all quizzes, each sat once by all students. Prints the median time of each page, its queries, the time
of the slowest of them, and how many bytes it has. More in `tests.benchmarks.on_postgres`.
"""

from tests.benchmarks.courses import bare
from tests.benchmarks.on_postgres import Asked, Benchmark, Size, run

QUESTIONS = 50
ATTEMPTS = """
INSERT INTO assessments_attempt (quiz_id, student_id, number, allowed, started_at, heard_at, ended_at, ending, factor,
  extra_minutes, added_minutes, grace_seconds, partial, possible, points)
SELECT z.id, e.student_id, 1, 1, now() - interval '2 days', now() - interval '2 days', now() - interval '1 day',
  'handed_in', 1, 0, 0, 5, 'minus', 50, (e.student_id * 7 + z.id) % 51
FROM assessments_quiz z JOIN courses_enrollment e ON e.course_id = z.course_id
"""
ASKED = """
INSERT INTO assessments_attemptquestion (attempt_id, slot, version_id, possible, options, points, flagged)
SELECT t.id, q.position, q.current_id, 1, '[]', (t.id + q.position) % 2, false
FROM assessments_attempt t JOIN assessments_question q ON q.quiz_id = t.quiz_id
"""
ANSWERS = """
INSERT INTO assessments_answer (question_id, is_late, counter, chosen, text, saved_at)
SELECT id, false, 1, '[]', 'word ' || slot, now() - interval '1 day' FROM assessments_attemptquestion
"""


def fill(students: int, quizzes: int) -> None:
    """Make all of it."""
    from django.db import connection

    from apps.accounts.models import Role, User
    from apps.assessments.models import Question, QuestionVersion, Quiz
    from apps.courses.models import Course, Enrollment
    from apps.students.models import Student

    User.objects.create(email="s@homeroom.test", given_name="Sam", role=Role.STAFF)
    learner = User.objects.create(email="l@homeroom.test", given_name="Lea", role=Role.STUDENT)
    people = Student.objects.bulk_create(
        Student(code=f"S{n}", given_name=f"Student {n}", user=None if n else learner) for n in range(students)
    )
    course = Course.objects.create(title="Course", published=True)
    Enrollment.objects.bulk_create(Enrollment(student=each, course=course) for each in people)
    for number in range(quizzes):
        quiz = Quiz.objects.create(course=course, title=f"Quiz {number}", published=True)
        for place in range(1, QUESTIONS + 1):
            question = Question.objects.create(quiz=quiz, position=place)
            question.current = QuestionVersion.objects.create(
                question=question, kind="text", text=f"Question {place}?", html="<p>?</p>", variants=f"word {place}"
            )
            question.save(update_fields=["current"])
    with connection.cursor() as cursor:
        # Others point at the rows of the first two: their keys stay while they are filled.
        cursor.execute(ATTEMPTS)
        cursor.execute(ASKED)
        with bare("assessments_answer"):
            cursor.execute(ANSWERS)
        cursor.execute("VACUUM ANALYZE")


def pages() -> list[Asked]:
    """Each page as the one who needs it asks for it."""
    from apps.accounts.models import Role, User
    from apps.assessments.models import Attempt, Question

    who = {role: User.objects.get(role=role) for role in (Role.STAFF, Role.STUDENT)}
    attempt = Attempt.objects.select_related("quiz").get(quiz__title="Quiz 0", student__user=who[Role.STUDENT])
    quiz, question = attempt.quiz_id, Question.objects.filter(quiz=attempt.quiz_id).first()
    assert question
    asked = [
        ("quizzes of a course", Role.STUDENT, f"/courses/{attempt.quiz.course_id}/quizzes/"),
        ("Today", Role.STUDENT, "/today/"),
        ("quiz", Role.STUDENT, f"/quizzes/{quiz}/"),
        ("own result", Role.STUDENT, attempt.get_absolute_url()),
        ("results", Role.STAFF, f"/quizzes/{quiz}/results/"),
        ("results as CSV", Role.STAFF, f"/quizzes/{quiz}/results/export/"),
        ("one result", Role.STAFF, f"/quizzes/{quiz}/results/{attempt.pk}/"),
        ("questions", Role.STAFF, f"/quizzes/{quiz}/edit/"),
        ("a key to mend", Role.STAFF, f"/quizzes/{quiz}/questions/{question.pk}/mending/"),
    ]
    return [Asked(name, who[role], path) for name, role, path in asked]


SIZES = (Size("students", 1_000, "who sit every quiz"), Size("quizzes", 40, "of 50 questions each"))

if __name__ == "__main__":
    run(Benchmark("tests.benchmarks.quiz_pages", __doc__ or "", SIZES, fill, pages))
