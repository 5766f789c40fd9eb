"""Extra time: for one attempt, for everybody in a quiz, or for one student in every quiz."""

from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.assessments import live, notices, policies
from apps.assessments.actions.attempts import set_deadline
from apps.assessments.deadlines import MOST_FACTOR, MOST_MINUTES
from apps.assessments.models import Accommodation, Attempt, Extension, Quiz
from apps.students.models import Student

TIMES = ["factor", "extra_minutes", "added_minutes", "deadline", "over_at"]


def extend_attempt(actor: User, attempt: Attempt, minutes: int) -> Attempt:
    """Extend a running attempt. Raises PermissionDenied, ValidationError."""
    if not policies.may_extend(actor, attempt):
        raise PermissionDenied("You can't give this student more time.")
    _check(minutes)
    with transaction.atomic():
        held = Attempt.objects.select_for_update(of=("self",)).select_related("quiz", "student").get(pk=attempt.pk)
        if not held.is_open or (held.over_at and held.over_at <= timezone.now()):
            raise ValidationError("This attempt has ended.")
        if held.deadline is None:
            raise ValidationError("This attempt has no end: there is nothing to move.")
        _add(held, minutes)
        Extension.objects.create(quiz=held.quiz, attempt=held, minutes=minutes, by=actor)
        audit.record(actor, "attempt.extended", held, quiz=held.quiz_id, minutes=minutes)
        notices.extended(held, minutes, actor)
    return held


def extend_all(actor: User, quiz: Quiz, minutes: int) -> int:
    """Extend a quiz and its running attempts; returns how many were running."""
    if not policies.may_give_time(actor, quiz):
        raise PermissionDenied("You can't give more time in this quiz.")
    _check(minutes)
    with transaction.atomic():
        Quiz.objects.select_for_update(of=("self",), no_key=True).get(pk=quiz.pk)
        Quiz.objects.filter(pk=quiz.pk).update(added_minutes=F("added_minutes") + minutes)
        running = Attempt.objects.open().filter(quiz=quiz, over_at__gt=timezone.now()).select_for_update(of=("self",))
        rows = list(running.select_related("quiz", "student").order_by("pk"))
        for row in rows:
            _add(row, minutes)
            notices.extended(row, minutes, actor)
        Extension.objects.create(quiz=quiz, minutes=minutes, by=actor)
        audit.record(actor, "quiz.extended", quiz, minutes=minutes, attempts=len(rows))
        live.quiz_changed(quiz)
    return len(rows)


def set_accommodation(actor: User, student: Student, factor: Decimal, minutes: int) -> Accommodation:
    """Set a student's extra time for every quiz and running attempt. Raises PermissionDenied, ValidationError."""
    if not policies.may_accommodate(actor, student):
        raise PermissionDenied("You can't set this student's extra time.")
    factor, minutes = min(factor, MOST_FACTOR), min(minutes, MOST_MINUTES)
    with transaction.atomic():
        Student.objects.select_for_update(of=("self",), no_key=True).get(pk=student.pk)
        row, _ = Accommodation.objects.select_for_update().get_or_create(student=student)
        before = (row.factor, row.minutes)
        row.factor, row.minutes = factor, minutes
        row.full_clean(exclude=["student"])
        row.save(update_fields=["factor", "minutes", "updated"])
        running = Attempt.objects.open().filter(student=student).exclude(over_at__lte=timezone.now())
        for attempt in running.select_for_update(of=("self",)).select_related("quiz", "student"):
            attempt.factor, attempt.extra_minutes = factor, minutes
            set_deadline(attempt)
            attempt.save(update_fields=TIMES)
            live.attempt_changed(attempt)
        detail = {"before": [str(before[0]), before[1]], "after": [str(factor), minutes]}
        audit.record(actor, "accommodation.set", row, student=student.pk, **detail)
    return row


def _add(attempt: Attempt, minutes: int) -> None:
    attempt.added_minutes += minutes
    set_deadline(attempt)
    attempt.save(update_fields=TIMES)
    live.attempt_changed(attempt)


def _check(minutes: int) -> None:
    if not 1 <= minutes <= MOST_MINUTES:
        raise ValidationError(f"Give from 1 to {MOST_MINUTES:,} minutes.")
