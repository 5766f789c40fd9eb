"""Writing questions: each save is a new version, so that past attempts keep what the student saw."""

from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.assessments import live, policies
from apps.assessments.models import Choice, Question, QuestionVersion, Quiz
from apps.core.markdown import render

MOST = 500
FIELDS = ("kind", "text", "points", "variants", "case_matters", "number_key", "tolerance", "feedback")


@dataclass(frozen=True)
class NewQuestion:
    """A question to save; `options` are (Markdown text, is right)."""

    kind: str
    text: str
    points: Decimal = Decimal(1)
    options: tuple[tuple[str, bool], ...] = ()
    variants: str = ""
    case_matters: bool = False
    number_key: str = ""
    tolerance: str = "0"
    feedback: str = ""


def save_question(actor: User, quiz: Quiz, written: NewQuestion, question: Question | None = None) -> Question:
    """Add a question to a quiz, or a new version of `question`. Running attempts keep the version that they have.

    Raises PermissionDenied, ValidationError if the quiz is full.
    """
    with transaction.atomic():
        held = lock_quiz(actor, quiz)
        if question is None:
            if held.questions.filter(removed_at=None).count() >= MOST:
                raise ValidationError(f"A quiz has at most {MOST} questions.")
            question = add_question(held)
        else:
            question = held.questions.get(pk=question.pk)
        version = write_version(actor, question, written)
        audit.record(actor, "question.saved", question, quiz=held.pk, version=version.number)
        live.quiz_changed(held)
    return question


def add_question(quiz: Quiz) -> Question:
    """Append an empty question to a quiz that the caller has locked."""
    last = quiz.questions.order_by("-position").values_list("position", flat=True).first()
    return Question.objects.create(quiz=quiz, position=(last or 0) + 1)


def write_version(actor: User | None, question: Question, written: NewQuestion) -> QuestionVersion:
    """Save the next version and make it current; the caller has locked the quiz."""
    version, choices = drafted(written)
    version.question, version.saved_by = question, actor
    version.number = (question.versions.values_list("number", flat=True).first() or 0) + 1
    version.save()
    Choice.objects.bulk_create(choices)
    question.current = version
    question.save(update_fields=["current", "updated"])
    return version


def drafted(written: NewQuestion) -> tuple[QuestionVersion, list[Choice]]:
    """An unsaved version with its options, Markdown rendered."""
    version = QuestionVersion(**{name: getattr(written, name) for name in FIELDS})
    version.html, version.feedback_html = render(version.text, top=3), render(version.feedback, top=4)
    choices = [
        Choice(version=version, position=place, text=text, html=render(text, top=4), is_right=right)
        for place, (text, right) in enumerate(written.options)
    ]
    return version, choices


def remove_question(actor: User, question: Question, *, back: bool = False) -> None:
    """Remove a question from new attempts, or restore it. Raises PermissionDenied, ValidationError."""
    with transaction.atomic():
        quiz = lock_quiz(actor, question.quiz)
        if not back and quiz.published and quiz.questions.asked().count() == 1:
            raise ValidationError("A published quiz needs a question: unpublish it first.")
        if back and quiz.questions.filter(removed_at=None).count() >= MOST:
            raise ValidationError(f"A quiz has at most {MOST} questions.")
        Question.objects.filter(pk=question.pk).update(removed_at=None if back else timezone.now())
        audit.record(actor, "question.restored" if back else "question.removed", question, quiz=quiz.pk)
        live.quiz_changed(quiz)


def move_question(actor: User, question: Question, step: int) -> None:
    """Move a question one place up (-1) or down (1), if there is room. Raises PermissionDenied."""
    with transaction.atomic():
        quiz = lock_quiz(actor, question.quiz)
        ids = list(quiz.questions.asked().values_list("pk", flat=True))
        if question.pk not in ids:
            return
        place = ids.index(question.pk)
        to = min(max(place + step, 0), len(ids) - 1)
        ids.insert(to, ids.pop(place))
        rows = [Question(pk=pk, position=position) for position, pk in enumerate(ids, 1)]
        Question.objects.bulk_update(rows, ["position"], batch_size=200)
        audit.record(actor, "question.moved", question, quiz=quiz.pk)
        live.quiz_changed(quiz)


def lock_quiz(actor: User, quiz: Quiz) -> Quiz:
    """Lock and reload a quiz that `actor` may change; raises PermissionDenied."""
    held = Quiz.objects.select_for_update(of=("self",), no_key=True).select_related("course").get(pk=quiz.pk)
    if not policies.may_write(actor, held.course):
        raise PermissionDenied("You can't change this quiz.")
    return held
