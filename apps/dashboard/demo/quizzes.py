# ruff: noqa: E501 - one question a line
"""The demo's quizzes: a finished one with a question of each kind, and a running one."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from apps.accounts.models import User
from apps.assessments import actions
from apps.assessments.actions import NewQuestion, Sent
from apps.assessments.actions.questions import add_question, write_version
from apps.assessments.models import Answer, Attempt, Choice, Quiz, When
from apps.core import markdown
from apps.courses.models import Course, Enrollment
from apps.students.models import Student

TWO = Decimal(2)
WARM_UP = (
    NewQuestion(
        "single",
        "What is $\\frac{1}{2} + \\frac{1}{4}$?",
        options=(("$\\frac{3}{4}$", True), ("$\\frac{2}{6}$", False), ("$\\frac{1}{6}$", False)),
        feedback="Bring both to quarters first: $\\frac{2}{4} + \\frac{1}{4}$.",
    ),
    NewQuestion(
        "multiple",
        "Which of these numbers are **prime**?",
        TWO,
        (("2", True), ("9", False), ("11", True), ("15", False), ("23", True)),
        feedback="9 is 3 · 3, and 15 is 3 · 5.",
    ),
    NewQuestion("true_false", "A square is also a rectangle.", options=(("True", True), ("False", False))),
    NewQuestion(
        "text", "What do we call the number under the line of a fraction?", variants="denominator\nthe denominator"
    ),
    NewQuestion(
        "number",
        "What is the area of a circle with radius 2? Use two decimals.",
        TWO,
        number_key="12.57",
        tolerance="0.01",
        feedback="$\\pi \\cdot 2^2 \\approx 12.57$",
    ),
)
TEST = (
    NewQuestion("single", "Solve $3x + 4 = 19$.", TWO, (("$x = 5$", True), ("$x = 7$", False), ("$x = \\frac{23}{3}$", False), ("$x = 15$", False))),
    NewQuestion("multiple", "Which terms are equal to $2(a + b)$?", TWO, (("$2a + 2b$", True), ("$2a + b$", False), ("$(a + b) + (a + b)$", True))),
    NewQuestion("true_false", "The sum of two odd numbers is odd.", options=(("True", False), ("False", True))),
    NewQuestion("number", "A book costs 12.50 and is 20 % off. What does it cost now?", TWO, number_key="10", tolerance="0"),
    NewQuestion("text", "Write the word for the longest side of a right triangle.", variants="hypotenuse\nthe hypotenuse"),
)  # fmt: skip


def add_quizzes(now: datetime, chance: random.Random, first: Student) -> None:
    """Create the quizzes in this student's course. The class has finished one and can still sit the other."""
    enrollment = first.enrollments.not_ended(now).filter(course__title="Mathematics 8").first()
    enrollment = enrollment or first.enrollments.valid(now).order_by("pk").first()
    if enrollment is None:
        return
    course = enrollment.course
    warm_up = _quiz(course, "Warm-up: fractions and shapes", "No books needed. *Read each question twice.*", WARM_UP)
    Quiz.objects.filter(pk=warm_up.pk).update(key_when=When.AT_ONCE, attempts_allowed=2)
    test = _quiz(course, "Test 2: equations", "You may use a sheet of paper, and no calculator.", TEST, minutes=40)
    opened = now - timedelta(minutes=20)
    Quiz.objects.filter(pk=test.pk).update(opens=opened, no_start_after=now + timedelta(days=5))
    for number, user in enumerate(_people(course, now)):
        if number < 14:
            _sit(user, warm_up, chance, ended=now - timedelta(days=3, minutes=7 * number))
        if 0 < number < 7 and user != first.user:
            _sit(user, test, chance, answered=number - 1)


def _quiz(course: Course, title: str, text: str, questions: tuple[NewQuestion, ...], **fields: int) -> Quiz:
    quiz = Quiz(course=course, title=title, description=text, published=True, shuffle_questions=False, **fields)
    quiz.html = markdown.render(text)
    quiz.save()
    for written in questions:
        write_version(None, add_question(quiz), written)
    return quiz


def _people(course: Course, now: datetime) -> Iterator[User]:
    rows = (
        Enrollment.objects.valid(now).filter(course=course, student__user__isnull=False).select_related("student__user")
    )
    for row in rows.order_by("student")[:14]:
        if row.student.user:
            yield row.student.user


def _sit(user: User, quiz: Quiz, chance: random.Random, answered: int = 5, ended: datetime | None = None) -> None:
    attempt = actions.start_attempt(user, quiz)
    actions.save_answers(user, attempt, list(_answers(attempt, chance))[:answered])
    if ended:
        started = ended - timedelta(minutes=chance.randint(6, 18))
        actions.hand_in(user, attempt)
        Attempt.objects.filter(pk=attempt.pk).update(started_at=started, ended_at=ended, heard_at=ended)
        Answer.objects.filter(question__attempt=attempt).update(saved_at=ended)


def _answers(attempt: Attempt, chance: random.Random) -> Iterator[Sent]:
    """Answers of which about three in four are right."""
    for row in attempt.questions.select_related("version"):
        right, version = chance.random() < 0.75, row.version
        if version.has_choices:
            chosen = Choice.objects.filter(version=version, is_right=right).values_list("pk", flat=True)
            wanted = set(chosen if version.kind == "multiple" else chosen[:1])
            yield Sent(row.slot, tuple(word for word, pk in row.words.items() if pk in wanted))
        elif version.number_key:
            yield Sent(row.slot, text=version.number_key.replace(".", ",") if right else "12.5")
        else:
            yield Sent(row.slot, text=version.key.variants[0].title() if right else "numerator")
