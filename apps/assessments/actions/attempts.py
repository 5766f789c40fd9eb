"""Starting and ending attempts: each happens once however requests race, and the ending transaction marks it."""

import random
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.assessments import live, notices, policies
from apps.assessments.actions.lessons import fulfil
from apps.assessments.actions.locks import share_quiz
from apps.assessments.actions.marks import mark
from apps.assessments.deadlines import NOTHING, closes, deadline, may_start
from apps.assessments.models import Attempt, AttemptQuerySet, AttemptQuestion, Ending, QuestionVersion, Quiz
from apps.students.models import Student

_chance = random.SystemRandom()


def start_attempt(actor: User, quiz: Quiz) -> Attempt:
    """Get or create the student's open attempt, with its questions, their order, points and deadline.

    Concurrent starts return the same attempt. Raises PermissionDenied, ValidationError with the reason.
    """
    student = policies.may_sit(actor, quiz)
    if student is None:
        raise PermissionDenied("You can't sit this quiz.")
    if over := _open(quiz, student):
        settle_if_over(over)
    with transaction.atomic():
        # Serializes one student's starts and changes to their extra time. Other students don't wait.
        share_quiz(quiz.pk)
        Student.objects.select_for_update(of=("self",), no_key=True).get(pk=student.pk)
        found, now = Quiz.objects.visible_to(actor).select_related("course").filter(pk=quiz.pk).first(), timezone.now()
        if found is None:
            raise PermissionDenied("You can't sit this quiz.")
        quiz = found
        if running := _open(quiz, student):
            return running
        attempt = _new(quiz, student, now)
        _ask(attempt, quiz)
        audit.record(actor, "attempt.started", attempt, quiz=quiz.pk, number=attempt.number)
        live.attempt_changed(attempt)
    return attempt


def hand_in(actor: User, attempt: Attempt) -> Attempt:
    """End and mark the actor's own attempt; does nothing if it has ended. Raises PermissionDenied."""
    if attempt.student.user_id != actor.pk or policies.may_sit(actor, attempt.quiz) is None:
        raise PermissionDenied("You can't hand this in.")
    with transaction.atomic():
        # The caller's copy may be stale: somebody may have given more time since.
        held = _hold(attempt, Attempt.objects.open())
        now = timezone.now()
        if held and held.over_at and held.over_at <= now:
            _end(held, held.deadline or now, Ending.TIME)
        elif held:
            _end(held, now, Ending.HANDED_IN)
            audit.record(actor, "attempt.handed_in", held, quiz=held.quiz_id)
    attempt.refresh_from_db()
    return attempt


def settle_if_over(attempt: Attempt, reader: User | None = None) -> Attempt:
    """End an attempt whose time is up. Every read calls this first, so that nothing depends on the job.

    An admin who impersonates the student writes nothing and leaves this to the job.
    """
    if reader and reader.looked_as:
        return attempt
    if attempt.is_open and attempt.over_at and attempt.over_at <= timezone.now():
        with transaction.atomic():
            _end_if_over(attempt, timezone.now())
        attempt.refresh_from_db()
    return attempt


def end_overdue(now: datetime | None = None) -> int:
    """End every attempt whose time is up; returns how many. The periodic task calls this."""
    now, ended = now or timezone.now(), 0
    rows = Attempt.objects.overdue(now).select_related("quiz__lesson__module", "student").order_by("over_at")
    for attempt in rows[:2_000]:
        with transaction.atomic():
            ended += _end_if_over(attempt, now)
    return ended


def end_left(now: datetime | None = None) -> int:
    """End the attempts without a deadline whose students left the course; returns how many. For the periodic task.

    They are marked by what is stored, so that the results of a quiz don't wait for them for ever.
    """
    now, ended = now or timezone.now(), 0
    for attempt in Attempt.objects.left(now).order_by("pk")[:2_000]:
        with transaction.atomic():
            # Checked again under the lock: they may have been enrolled again or have handed it in.
            if held := _hold(attempt, Attempt.objects.left(now)):
                _end(held, now, Ending.LEFT)
                ended += 1
    return ended


def set_deadline(attempt: Attempt) -> None:
    """Set an attempt's deadline and `over_at` from its own times; the caller saves it."""
    attempt.deadline = deadline(attempt.rules, attempt.started_at, attempt.allowance, attempt.added_minutes)
    grace = timedelta(seconds=attempt.grace_seconds)
    attempt.over_at = attempt.deadline + grace if attempt.deadline else None


def _open(quiz: Quiz, student: Student) -> Attempt | None:
    found = Attempt.objects.open().filter(quiz=quiz, student=student)
    return found.select_related("quiz__lesson__module", "student").first()


def _new(quiz: Quiz, student: Student, now: datetime) -> Attempt:
    given = policies.allowance_of(student)
    allowance, rules = given.allowance if given else NOTHING, quiz.rules
    if not may_start(rules, now, allowance):
        end = closes(rules, allowance)
        raise ValidationError("This quiz is closed." if end and end <= now else "This quiz isn’t open yet.")
    number = Attempt.objects.filter(quiz=quiz, student=student).count() + 1
    if number > quiz.attempts_allowed:
        raise ValidationError("You have used all your attempts at this quiz.")
    attempt = Attempt(
        quiz=quiz,
        student=student,
        number=number,
        allowed=quiz.attempts_allowed,
        started_at=now,
        heard_at=now,
        minutes=quiz.minutes,
        opens=rules.opens,
        ends_at=rules.ends_at,
        factor=allowance.factor,
        extra_minutes=allowance.minutes,
        grace_seconds=settings.QUIZ_GRACE,
        partial=quiz.partial,
    )
    set_deadline(attempt)
    attempt.save()
    return attempt


def _ask(attempt: Attempt, quiz: Quiz) -> None:
    """Store the attempt's questions with their order and possible points."""
    asked = quiz.questions.asked().select_related("current").prefetch_related("current__choices")
    versions = [question.current for question in asked if question.current]
    if not versions:
        raise ValidationError("This quiz has no questions.")
    if quiz.shuffle_questions:
        _chance.shuffle(versions)
    AttemptQuestion.objects.bulk_create(
        AttemptQuestion(
            attempt=attempt,
            slot=slot,
            version=version,
            possible=version.points,
            options=option_words(version, shuffle=quiz.shuffle_options),
        )
        for slot, version in enumerate(versions, 1)
    )
    attempt.possible = sum(version.points for version in versions)
    attempt.save(update_fields=["possible"])


def option_words(version: QuestionVersion, *, shuffle: bool) -> list[list[object]]:
    """A question's options as (random token, option id), in this attempt's order."""
    choices: Sequence[int] = [choice.pk for choice in version.choices.all()]
    if shuffle and version.kind != "true_false":
        choices = _chance.sample(choices, len(choices))
    return [[secrets.token_hex(5), pk] for pk in choices]


def _end_if_over(attempt: Attempt, now: datetime) -> bool:
    """End the attempt at its deadline if that and the grace have passed. True if this call ended it.

    Checked under the lock, because more time may have been given a moment ago.
    """
    held = _hold(attempt, Attempt.objects.overdue(now))
    if held is None:
        return False
    _end(held, held.deadline or now, Ending.TIME)
    return True


def _hold(attempt: Attempt, among: AttemptQuerySet) -> Attempt | None:
    """Lock and reload an attempt, and lock its quiz's keys; None if it isn't `among` these."""
    share_quiz(attempt.quiz_id)
    held = among.select_for_update(of=("self",)).filter(pk=attempt.pk)
    return held.select_related("quiz__lesson__module", "student").first()


def _end(held: Attempt, moment: datetime, ending: Ending) -> None:
    """End and mark an open attempt that the caller has locked."""
    held.ended_at, held.ending = moment, ending
    mark(held)
    held.save(update_fields=["ended_at", "ending", "points"])
    fulfil(held)
    if ending == Ending.TIME:
        notices.ended_by_time(held)
    live.attempt_changed(held)
