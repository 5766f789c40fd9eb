"""What tests of quizzes share: a quiz with a question of each kind, and answers to it."""

from decimal import Decimal

from apps.assessments import actions
from apps.assessments.actions import Sent
from tests import factories


def every_kind(course, **fields):
    """A published quiz of ten points with a question of each kind, in this order."""
    quiz = factories.quiz(course=course, **{"title": "Every kind", "minutes": 30} | fields)
    more = {"quiz": quiz, "points": Decimal(2)}
    factories.question(kind="single", options=("Paris", "Rome", "Bern"), **more)
    factories.question(kind="multiple", options=("2", "3", "4", "5"), right=("2", "3", "5"), **more)
    factories.question(kind="true_false", options=("True", "False"), right=("False",), **more)
    factories.question(kind="text", options=(), variants="Photosynthesis\nPS", **more)
    factories.question(kind="number", options=(), number_key="3.14", tolerance="0.01", **more)
    return quiz


def text(response, status=200):
    """What a page says."""
    assert response.status_code == status, response.content.decode()[:3000]
    return response.content.decode()


def words(attempt, slot, *texts):
    """The words that a page sends for these options of a question."""
    row = attempt.questions.get(slot=slot)
    ids = {choice.text: choice.pk for choice in row.version.choices.all()}
    by_id = {pk: word for word, pk in row.words.items()}
    return tuple(by_id[ids[text]] for text in texts)


def right_answers(attempt):
    """All right, as sent by a form without script."""
    return [
        Sent(1, words(attempt, 1, "Paris")),
        Sent(2, words(attempt, 2, "2", "3", "5")),
        Sent(3, words(attempt, 3, "False")),
        Sent(4, text=" photosynthesis "),
        Sent(5, text="3,15"),
    ]


def sat(user, quiz, answers=right_answers):
    """An attempt that was handed in."""
    attempt = actions.start_attempt(user, quiz)
    actions.save_answers(user, attempt, answers(attempt))
    return actions.hand_in(user, attempt)
