"""Saving and publishing a quiz, and releasing its results."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.assessments import live, notices, policies
from apps.assessments.actions.lessons import fulfil_passed
from apps.assessments.marking import CHOSEN, Kind
from apps.assessments.models import Attempt, Quiz
from apps.core.markdown import render
from apps.courses.models import Course


def save_quiz(actor: User, quiz: Quiz, changes: Mapping[str, Any]) -> Quiz:
    """Create a quiz, or change these fields of one. Raises PermissionDenied, ValidationError by field.

    Running attempts keep the times that they started with.
    """
    with transaction.atomic():
        course = Course.objects.select_for_update(of=("self",)).get(pk=quiz.course_id)
        if not policies.may_write(actor, course):
            raise PermissionDenied("You can't write quizzes of this course.")
        is_new = quiz.pk is None
        held = quiz if is_new else Quiz.objects.select_for_update(of=("self",), no_key=True).get(pk=quiz.pk)
        for name, value in changes.items():
            setattr(held, name, value)
        held.html = render(held.description)
        held.full_clean(exclude=["course"])
        held.save()
        if held.published and (why := obstacles(held)):
            raise ValidationError(why)
        audit.record(actor, "quiz.created" if is_new else "quiz.changed", held, fields=sorted(changes))
        live.quiz_changed(held)
    return held


def publish_quiz(actor: User, quiz: Quiz) -> Quiz:
    """Make a quiz visible to students. Raises PermissionDenied, ValidationError with what is missing."""
    with transaction.atomic():
        held = _held(actor, quiz)
        if held.published:
            return held
        if why := obstacles(held):
            raise ValidationError(why)
        held.published = True
        held.save(update_fields=["published", "updated"])
        audit.record(actor, "quiz.published", held)
        live.quiz_changed(held)
    return held


def unpublish_quiz(actor: User, quiz: Quiz) -> Quiz:
    """Turn a quiz back into a draft. Raises PermissionDenied, ValidationError while somebody is sitting it."""
    with transaction.atomic():
        held = _held(actor, quiz)
        if held.published:
            if open_now := Attempt.objects.filter(quiz=held).sat_at(timezone.now()).count():
                who = "1 student is" if open_now == 1 else f"{open_now} students are"
                raise ValidationError(f"{who} sitting this quiz right now: wait until they have handed in.")
            held.published = False
            held.save(update_fields=["published", "updated"])
            audit.record(actor, "quiz.unpublished", held)
            live.quiz_changed(held)
    return held


def release_results(actor: User, quiz: Quiz) -> Quiz:
    """Release the results and notify students, once. Raises PermissionDenied."""
    with transaction.atomic():
        held = _held(actor, quiz)
        if held.released_at is None:
            held.released_at = timezone.now()
            held.save(update_fields=["released_at", "updated"])
            audit.record(actor, "quiz.released", held)
            fulfil_passed([held])
            notices.released(held, actor)
            live.quiz_changed(held)
    return held


def obstacles(quiz: Quiz) -> list[str]:
    """What keeps a quiz from being published, in sentences; empty if nothing does."""
    asked = list(quiz.questions.asked().select_related("current").prefetch_related("current__choices"))
    if not asked:
        return ["It has no questions yet."]
    found = []
    for place, question in enumerate(asked, 1):
        version = question.current
        if version and version.kind in CHOSEN and not any(each.is_right for each in version.choices.all()):
            found.append(f"Question {place} has no right answer.")
        if version and version.kind == Kind.SINGLE and len(version.choices.all()) < 2:
            found.append(f"Question {place} has only one option.")
    return found


def _held(actor: User, quiz: Quiz) -> Quiz:
    held = Quiz.objects.select_for_update(of=("self",), no_key=True).select_related("course").get(pk=quiz.pk)
    if not policies.may_write(actor, held.course):
        raise PermissionDenied("You can't change this quiz.")
    return held
