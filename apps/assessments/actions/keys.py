"""Correcting a wrong key for everyone who answered: a preview of old and new marks, then the change."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.assessments import live, notices, policies
from apps.assessments.actions.lessons import fulfil_passed
from apps.assessments.actions.marks import asked_of_each, mark_each, shares
from apps.assessments.actions.questions import lock_quiz
from apps.assessments.marking import KeyStep, total
from apps.assessments.models import Attempt, KeyMending, QuestionVersion, Quiz
from apps.assessments.policies import over_among

# Attempts marked per batch.
BATCH = 200


@dataclass(frozen=True)
class Change:
    """An attempt's mark before and after a key is corrected."""

    attempt: Attempt
    old: Decimal
    new: Decimal


def preview_mending(actor: User, mending: KeyMending) -> list[Change]:
    """The marks that an unsaved corrected key gives each ended attempt with the question. Writes nothing."""
    version = mending.version
    if not policies.may_write(actor, version.question.quiz.course):
        raise PermissionDenied("You can't change this key.")

    def keys(other: QuestionVersion) -> list[KeyStep]:
        return [*other.keys, KeyStep(mending.mode, mending.key)] if other.pk == version.pk else other.keys

    found = []
    for batch in _answered(version):
        asked = asked_of_each(batch)
        for attempt in batch:
            new = total(shares(attempt, asked.get(attempt.pk, []), keys))
            found.append(Change(attempt, attempt.points or Decimal(0), new))
    return found


def mend_key(actor: User, mending: KeyMending) -> list[Change]:
    """Save a corrected key and re-mark every attempt with this version; tells students whose mark changed.

    Raises PermissionDenied.
    """
    version = mending.version
    with transaction.atomic():
        quiz = lock_quiz(actor, version.question.quiz)
        mending.by = actor
        mending.save()
        changes = _mark_again(actor, quiz, mending)
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


def undo_mending(actor: User, mending: KeyMending) -> list[Change]:
    """Undo the last correction of a key: marks are what they were before it. Tells students whose mark changed.

    Lessons that the correction completed stay completed. Raises PermissionDenied, ValidationError if it was undone
    before, or the key corrected again after it.
    """
    version = mending.version
    with transaction.atomic():
        quiz = lock_quiz(actor, version.question.quiz)
        held = version.mendings.filter(undone_at=None).last()
        if held is None or held.pk != mending.pk:
            raise ValidationError("Only the last correction can be undone, and this one isn't it any more.")
        held.undone_at = timezone.now()
        held.save(update_fields=["undone_at"])
        changes = _mark_again(actor, quiz, held)
        audit.record(
            actor, "question.key_restored", version.question, version=version.number, mode=held.mode, marks=len(changes)
        )
        live.quiz_changed(quiz)
    return changes


def _mark_again(actor: User, quiz: Quiz, mending: KeyMending) -> list[Change]:
    """Mark every ended attempt with the version once more and tell students whose mark changed."""
    changes: list[Change] = []
    for batch in _answered(mending.version, lock=True):
        old = {attempt.pk: attempt.points or Decimal(0) for attempt in batch}
        mark_each(batch)
        changed = [attempt for attempt in batch if attempt.points != old[attempt.pk]]
        Attempt.objects.bulk_update(changed, ["points"])
        changes += [Change(each, old[each.pk], each.points or Decimal(0)) for each in changed]
    over = bool(over_among([quiz], timezone.now()))
    for change in changes:
        notices.marked_again(change.attempt, mending, actor, over=over)
        live.attempt_changed(change.attempt)
    fulfil_passed([quiz])
    return changes


def _answered(version: QuestionVersion, *, lock: bool = False) -> Iterator[list[Attempt]]:
    """Ended attempts with this version of the question, in batches."""
    rows = Attempt.objects.filter(questions__version=version, ended_at__isnull=False)
    order = rows.order_by("student__given_name", "pk").values_list("pk", flat=True)
    for ids in batched(list(order), BATCH, strict=False):
        held = Attempt.objects.select_related("quiz__lesson__module", "student")
        if lock:
            held = held.select_for_update(of=("self",))
        found = held.in_bulk(ids)
        yield [found[pk] for pk in ids if pk in found]
