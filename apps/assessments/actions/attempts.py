"""Attempts: started once, ended once, whatever happens at the same moment; marked in the transaction that ends them."""

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
from apps.assessments.actions.marks import mark
from apps.assessments.deadlines import NOTHING, closes, deadline, may_start
from apps.assessments.models import Attempt, AttemptQuestion, Ending, QuestionVersion, Quiz
from apps.courses.actions import fulfil_lesson
from apps.courses.models import Enrollment
from apps.students.models import Student

_chance = random.SystemRandom()


def start_attempt(actor: User, quiz: Quiz) -> Attempt:
    """The student's open attempt at a quiz, made if there is none: its questions, their order, points and deadline.

    Starts at the same moment give one attempt. Raises PermissionDenied, ValidationError with the reason.
    """
    student = policies.may_sit(actor, quiz)
    if student is None:
        raise PermissionDenied("You can't sit this quiz.")
    if over := _open(quiz, student):
        settle_if_over(over)
    with transaction.atomic():
        # Starts of one student follow each other; those of different students don't wait.
        held = Enrollment.objects.valid().filter(student=student, course=quiz.course_id)
        held.select_for_update(of=("self",)).first()
        quiz = Quiz.objects.visible_to(actor).select_related("course").get(pk=quiz.pk)
        now = timezone.now()
        if running := _open(quiz, student):
            return running
        attempt = _new(quiz, student, now)
        _ask(attempt, quiz)
        audit.record(actor, "attempt.started", attempt, quiz=quiz.pk, number=attempt.number)
        live.attempt_changed(attempt)
    return attempt


def hand_in(actor: User, attempt: Attempt) -> Attempt:
    """End an attempt and mark it; once, whoever asks how often. Raises PermissionDenied if it isn't theirs."""
    if actor.looked_as or attempt.student.user_id != actor.pk:
        raise PermissionDenied("You can't hand this in.")
    with transaction.atomic():
        now = timezone.now()
        if not _end_if_over(attempt, now) and _end(attempt, now, Ending.HANDED_IN):
            audit.record(actor, "attempt.handed_in", attempt, quiz=attempt.quiz_id)
    attempt.refresh_from_db()
    return attempt


def settle_if_over(attempt: Attempt) -> Attempt:
    """End an attempt whose time is up: every read does so first, should no job have come yet."""
    if attempt.is_open and attempt.over_at and attempt.over_at <= timezone.now():
        with transaction.atomic():
            _end_if_over(attempt, timezone.now())
        attempt.refresh_from_db()
    return attempt


def end_overdue(now: datetime | None = None) -> int:
    """End every attempt whose time is up, for the clock; returns how many."""
    now, ended = now or timezone.now(), 0
    rows = Attempt.objects.overdue(now).select_related("quiz__lesson__module", "student").order_by("over_at")
    for attempt in rows[:2_000]:
        with transaction.atomic():
            ended += _end_if_over(attempt, now)
    return ended


def set_deadline(attempt: Attempt) -> None:
    """Compute the deadline of an attempt from its own times; the caller saves it."""
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
    """Write which questions the attempt has, in which order, and what each can earn."""
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
    """The options of a question in the order of one attempt, each under a word that nobody can guess."""
    choices: Sequence[int] = [choice.pk for choice in version.choices.all()]
    if shuffle and version.kind != "true_false":
        choices = _chance.sample(choices, len(choices))
    return [[secrets.token_hex(5), pk] for pk in choices]


def _end_if_over(attempt: Attempt, now: datetime) -> bool:
    """End it at its deadline if that has passed, the grace included; was it over?"""
    if attempt.over_at is None or now < attempt.over_at:
        return False
    _end(attempt, attempt.deadline or now, Ending.TIME, over=now)
    return True


def _end(attempt: Attempt, moment: datetime, ending: Ending, over: datetime | None = None) -> bool:
    """End an open attempt; one of those that try at the same moment does it, and marks it.

    With `over` only if it is still overdue then: somebody may just have been given more time.
    """
    held = Attempt.objects.select_for_update(of=("self",)).filter(pk=attempt.pk, ended_at=None)
    if over is not None:
        held = held.filter(over_at__lte=over)
    row = held.select_related("quiz__lesson__module", "student").first()
    if row is None:
        return False
    row.ended_at, row.ending = moment, ending
    mark(row)
    Attempt.objects.filter(pk=row.pk, ended_at=None).update(ended_at=row.ended_at, ending=row.ending, points=row.points)
    _ended(row)
    return True


def _ended(attempt: Attempt) -> None:
    lesson = attempt.quiz.lesson
    if lesson and lesson.published and lesson.removed_at is None:
        fulfil_lesson(attempt.student, lesson)
    if attempt.ending == Ending.TIME:
        notices.ended_by_time(attempt)
    live.attempt_changed(attempt)
