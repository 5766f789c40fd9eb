"""A wrong key, put right once for everyone who answered: first their old and new marks, then one act."""

from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.assessments import live, notices, policies
from apps.assessments.actions.marks import asked_of, mark, shares
from apps.assessments.actions.questions import lock_quiz
from apps.assessments.marking import KeyStep, total
from apps.assessments.models import Attempt, KeyMending, QuestionVersion
from apps.courses.actions import fulfil_lesson


@dataclass(frozen=True)
class Change:
    """The mark of an attempt before and after a key is mended."""

    attempt: Attempt
    old: Decimal
    new: Decimal


def preview_mending(actor: User, mending: KeyMending) -> list[Change]:
    """What a mended key, not saved, would change: each ended attempt that has the question. Writes nothing."""
    version = mending.version
    if not policies.may_write(actor, version.question.quiz.course):
        raise PermissionDenied("You can't change this key.")

    def keys(other: QuestionVersion) -> list[KeyStep]:
        return [*other.keys, KeyStep(mending.mode, mending.key)] if other.pk == version.pk else other.keys

    found = []
    for attempt in _answered(version):
        new = total(shares(attempt, asked_of(attempt), keys))
        found.append(Change(attempt, attempt.points or Decimal(0), new))
    return found


def mend_key(actor: User, mending: KeyMending) -> list[Change]:
    """Save a mended key and mark again everyone who was asked this version; they are told once if it changed theirs.

    Raises PermissionDenied.
    """
    version, changes = mending.version, []
    with transaction.atomic():
        quiz = lock_quiz(actor, version.question.quiz)
        mending.by = actor
        mending.save()
        for attempt in _answered(version, lock=True):
            old = attempt.points or Decimal(0)
            new = mark(attempt)
            attempt.save(update_fields=["points"])
            if new != old:
                changes.append(Change(attempt, old, new))
                notices.marked_again(attempt, mending, actor)
                live.attempt_changed(attempt)
                if quiz.lesson_id and quiz.lesson:
                    fulfil_lesson(attempt.student, quiz.lesson)
        audit.record(
            actor,
            "question.key_mended",
            version.question,
            version=version.number,
            mode=mending.mode,
            marks=len(changes),
        )
        live.quiz_changed(quiz)
    return changes


def _answered(version: QuestionVersion, *, lock: bool = False) -> list[Attempt]:
    rows = Attempt.objects.filter(questions__version=version, ended_at__isnull=False)
    if lock:
        rows = rows.select_for_update(of=("self",))
    return list(rows.select_related("quiz__lesson__module", "student").order_by("student__given_name", "pk"))
