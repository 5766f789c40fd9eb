"""Imports questions into a quiz, all of them or none."""

from collections.abc import Hashable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.assessments import live
from apps.assessments.actions.questions import MOST, NewQuestion, drafted, lock_quiz
from apps.assessments.models import Choice, Question, QuestionVersion, Quiz


def import_questions(actor: User, quiz: Quiz, written: Sequence[NewQuestion]) -> int:
    """Append the questions that the quiz doesn't ask yet; returns how many.

    Importing or confirming a file twice therefore changes nothing the second time. Raises PermissionDenied, and
    ValidationError if they don't all fit.
    """
    # Rendered before the quiz is locked, because hundreds of texts take a while.
    drafts = {sameness(each): drafted(each) for each in written}
    with transaction.atomic():
        held = lock_quiz(actor, quiz)
        there = asked_already(held)
        new = [draft for same, draft in drafts.items() if same not in there]
        if not new:
            return 0
        left = room(held)
        if len(new) > left:
            raise ValidationError(no_room(len(new), left))
        _write(actor, held, new)
        counts = {"imported": len(new), "there": len(drafts) - len(new)}
        audit.record(actor, "quiz.questions_imported", held, counts=counts)
        live.quiz_changed(held)
    return len(new)


def _write(actor: User, quiz: Quiz, drafts: Sequence[tuple[QuestionVersion, list[Choice]]]) -> None:
    last = quiz.questions.order_by("-position").values_list("position", flat=True).first() or 0
    rows = Question.objects.bulk_create(
        Question(quiz=quiz, position=last + place) for place in range(1, len(drafts) + 1)
    )
    for row, (version, _) in zip(rows, drafts, strict=True):
        version.question, version.saved_by = row, actor
    QuestionVersion.objects.bulk_create(version for version, _ in drafts)
    for version, choices in drafts:
        for choice in choices:
            choice.version = version
    Choice.objects.bulk_create(choice for _, choices in drafts for choice in choices)
    first = QuestionVersion.objects.filter(question=OuterRef("pk"), number=1).values("pk")[:1]
    added = quiz.questions.filter(position__gt=last, current=None)
    added.update(current=Subquery(first), updated=timezone.now())


def room(quiz: Quiz) -> int:
    """How many questions can still be added to a quiz."""
    return max(MOST - quiz.questions.filter(removed_at=None).count(), 0)


def no_room(count: int, left: int) -> str:
    """The error for `count` new questions where only `left` fit."""
    return f"The file has {count} new questions, but a quiz has at most {MOST}: this one has room for {left}."


def sameness(written: NewQuestion) -> Hashable:
    """Key by which two questions are duplicates: same text, options and right answers."""
    return written.kind, written.text, written.options, written.variants, written.number_key, written.tolerance


def asked_already(quiz: Quiz) -> set[Hashable]:
    """The keys (see `sameness`) of the questions that a quiz asks now."""
    rows = quiz.questions.asked().select_related("current").prefetch_related("current__choices")
    return {
        (
            *(version.kind, version.text, tuple((each.text, each.is_right) for each in version.choices.all())),
            *(version.variants, version.number_key, version.tolerance),
        )
        for row in rows
        if (version := row.current)
    }
