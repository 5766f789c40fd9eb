"""After any history of answers and mended keys the marks are those of a slow recount."""

import random
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.assessments import actions
from apps.assessments.actions import Sent
from apps.assessments.models import Answer, Attempt, AttemptQuestion, KeyMending
from tests import factories

OPTIONS = ("a", "b", "c", "d")


def slow_points(attempt):
    """Question by question, from what is stored alone, without the functions that mark."""
    points = Fraction(0)
    for row in attempt.questions.all():
        answer = Answer.objects.filter(question=row, is_late=False).first()
        chosen = set(answer.chosen) if answer else set()
        part = of_key(chosen, set(row.version.choices.filter(is_right=True).values_list("pk", flat=True)), attempt)
        for mending in KeyMending.objects.filter(version=row.version, undone_at=None).order_by("pk"):
            now = of_key(chosen, set(mending.right), attempt)
            part = {"new": now, "keep": max(part, now), "full": Fraction(1)}[mending.mode]
        points += part * Fraction(row.possible)
    exact = Decimal(points.numerator) / Decimal(points.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def of_key(chosen, right, attempt):
    if not chosen:
        return Fraction(0)
    if attempt.partial == "none":
        return Fraction(int(chosen == right))
    share = Fraction(
        len([pk for pk in chosen if pk in right]) - len([pk for pk in chosen if pk not in right]), len(right)
    )
    return share if share > 0 else Fraction(0)


@pytest.mark.parametrize("seed", range(4))
def test_marks_equal_a_slow_recount_after_any_history(cast, seed):
    chance = random.Random(seed)
    partial = chance.choice(["none", "minus"])
    quiz = factories.quiz(course=cast.course, partial=partial, attempts_allowed=9)
    for _ in range(3):
        right = chance.sample(OPTIONS, chance.randint(1, 3))
        points = Decimal(chance.choice(["1", "1.3", "0.05", "3.33"]))
        factories.question(quiz=quiz, kind="multiple", options=OPTIONS, right=right, points=points)
    versions = [each.current for each in quiz.questions.all()]
    former = {version.pk: [] for version in versions}
    for _ in range(18):
        version = chance.choice(versions)
        if former[version.pk] and chance.random() < 0.3:
            mending, marks = former[version.pk].pop()
            actions.undo_mending(cast.admin, mending)
            parts = AttemptQuestion.objects.filter(version=version, pk__in=marks).values_list("pk", "points")
            assert dict(parts) == marks
        elif chance.random() < 0.5:
            user = chance.choice([cast.amina_user, cast.bruno_user])
            attempt = actions.start_attempt(user, quiz)
            for row in attempt.questions.all():
                words = chance.sample(sorted(row.words), chance.randint(0, 4))
                actions.save_answers(user, attempt, [Sent(row.slot, tuple(words))])
            if attempt.number < 6 or chance.random() < 0.5:
                actions.hand_in(user, attempt)
        else:
            ids = list(version.choices.values_list("pk", flat=True))
            mode = chance.choice(["new", "keep", "keep", "new", "full"])
            right = chance.sample(ids, chance.randint(1, 3))
            mending = KeyMending(version=version, mode=mode, right=right)
            marked = AttemptQuestion.objects.filter(version=version, attempt__ended_at__isnull=False)
            former[version.pk].append((mending, dict(marked.values_list("pk", "points"))))
            actions.mend_key(cast.admin, mending)
        for attempt in Attempt.objects.filter(ended_at__isnull=False):
            assert attempt.points == slow_points(attempt)


NOON = datetime(2030, 11, 5, 12, tzinfo=UTC)
PLACES = st.sets(st.integers(0, 3), max_size=4)
STEPS = st.one_of(
    st.tuples(st.just("answer"), st.integers(0, 1), st.integers(1, 2), PLACES),
    st.tuples(st.just("hand_in"), st.integers(0, 1), st.just(0), st.just(set())),
    st.tuples(st.just("extend"), st.integers(0, 1), st.integers(1, 20), st.just(set())),
    st.tuples(st.just("undo"), st.just(0), st.integers(1, 2), st.just(set())),
    st.tuples(st.just("wait"), st.just(0), st.integers(1, 40), st.just(set())),
    st.tuples(st.sampled_from(["new", "keep", "full"]), st.just(0), st.integers(1, 2), PLACES.filter(bool)),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=3, max_size=12), partial=st.sampled_from(["none", "minus"]))
def test_marks_equal_a_slow_recount_whatever_happens_in_whatever_order(cast, steps, partial):
    with time_machine.travel(NOON, tick=False) as clock, transaction.atomic():
        quiz = factories.quiz(course=cast.course, partial=partial, attempts_allowed=99, minutes=30)
        for points in ("1.3", "3.33"):
            factories.question(quiz=quiz, kind="multiple", options=OPTIONS, right=OPTIONS[:3], points=Decimal(points))
        for step in steps:
            take(cast, clock, quiz, *step)
            for attempt in quiz.attempts.filter(ended_at__isnull=False):
                assert attempt.points == slow_points(attempt)
        transaction.set_rollback(True)


def take(cast, clock, quiz, deed, who, number, places):
    """One step of a history: of one of two students, or of the clock, or of a key."""
    user = (cast.amina_user, cast.bruno_user)[who]
    attempt = quiz.attempts.open().filter(student__user=user).first()
    if deed == "answer":
        attempt = actions.start_attempt(user, quiz)
        words = sorted(attempt.questions.get(slot=number).words)
        actions.save_answers(user, attempt, [Sent(number, tuple(words[place] for place in places))])
    elif deed == "hand_in" and attempt:
        actions.hand_in(user, attempt)
    elif deed == "extend" and attempt:
        actions.extend_attempt(cast.admin, attempt, number)
    elif deed == "wait":
        clock.shift(timedelta(minutes=number))
        actions.end_overdue()
    elif deed == "undo":
        version = quiz.questions.order_by("position")[number - 1].current
        if last := version.mendings.filter(undone_at=None).last():
            actions.undo_mending(cast.admin, last)
    elif deed in {"new", "keep", "full"}:
        version = quiz.questions.order_by("position")[number - 1].current
        ids = list(version.choices.values_list("pk", flat=True))
        right = [ids[place] for place in places]
        actions.mend_key(cast.admin, KeyMending(version=version, mode=deed, right=right))
