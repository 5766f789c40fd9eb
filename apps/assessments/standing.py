"""Where a student stands in a quiz: what they may do now, what they did, and the mark that counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.assessments import deadlines
from apps.assessments.actions import settle_if_over
from apps.assessments.deadlines import NOTHING, Allowance
from apps.assessments.marking import RULES, Partial, counting, percent
from apps.assessments.models import Accommodation, Attempt, Quiz, When
from apps.assessments.policies import is_over, over_among, shown


@dataclass
class Standing:
    """A reader in a quiz. For whoever isn't a student it tells what a student without extra time reads."""

    user: User
    quiz: Quiz

    @cached_property
    def attempts(self) -> list[Attempt]:
        """Their attempts, in order; what is over has ended."""
        rows = Attempt.objects.filter(quiz=self.quiz, student__user=self.user).select_related("student")
        found = list(rows.order_by("number"))
        for row in found:
            row.quiz = self.quiz
        return [settle_if_over(row, self.user) for row in found]

    @cached_property
    def allowance(self) -> Allowance:
        """Their extra time."""
        row = Accommodation.objects.filter(student__user=self.user).first()
        return row.allowance if row else NOTHING

    @property
    def open(self) -> Attempt | None:
        """The attempt that they sit now."""
        return next((row for row in self.attempts if row.is_open), None)

    @property
    def left(self) -> int:
        """How many attempts they have left."""
        return max(0, self.quiz.attempts_allowed - len(self.attempts))

    @property
    def length(self) -> str:
        """The time limit in words: `60 minutes (30 + 30)`."""
        return deadlines.length_in_words(self.quiz.rules, self.allowance)

    @property
    def opens(self) -> datetime | None:
        """When it opens, if that is to come."""
        return self.quiz.opens if self.quiz.opens and self.quiz.opens > timezone.now() else None

    @property
    def start_until(self) -> datetime | None:
        """The last moment to start."""
        return deadlines.closes(self.quiz.rules, self.allowance)

    @property
    def is_closed(self) -> bool:
        """Is it too late to start?"""
        return self.start_until is not None and self.start_until <= timezone.now()

    @property
    def end(self) -> datetime | None:
        """When an attempt that starts now ends."""
        return deadlines.deadline(self.quiz.rules, timezone.now(), self.allowance)

    @property
    def is_cut(self) -> bool:
        """Does the common end leave less than the whole time?"""
        if not (self.end and self.quiz.minutes):
            return False
        whole = timedelta(minutes=self.quiz.minutes) + self.allowance.on_top_of(self.quiz.rules.usual)
        return self.end < timezone.now() + whole - timedelta(seconds=30)

    @property
    def may_start(self) -> bool:
        """Can they start now?"""
        return self.open is None and self.left > 0 and self.opens is None and not self.is_closed

    @property
    def marking_rule(self) -> str:
        """How it is marked, in a sentence."""
        return RULES[Partial(self.quiz.partial)]

    @cached_property
    def is_over(self) -> bool:
        """Can nobody sit it any more?"""
        return is_over(self.quiz, timezone.now())

    @cached_property
    def knows(self) -> bool:
        """Did they hand in, and may they know the mark?"""
        ended = [row for row in self.attempts if not row.is_open]
        if not ended:
            return False
        over = self.is_over if self.quiz.result_when == When.CLOSED else False
        return shown(ended[-1], over=over).mark

    @property
    def mark(self) -> "Mark | None":
        """The mark that counts, if they may know it."""
        return mark_of(self.quiz, [row for row in self.attempts if not row.is_open]) if self.knows else None

    @property
    def waits(self) -> bool:
        """Did they hand in, and the mark isn't shown yet?"""
        return not self.knows and any(not row.is_open for row in self.attempts)


@dataclass(frozen=True)
class Mark:
    """A mark that counts, in percent."""

    percent: Decimal
    passed: bool


def mark_of(quiz: Quiz, ended: list[Attempt]) -> Mark | None:
    """The mark that counts of ended attempts, in order: attempts may have had other questions, so percents do."""
    marks = [percent(row.points, row.possible) for row in ended if row.points is not None]
    found = counting(marks, quiz.counts)
    return None if found is None else Mark(found, quiz.passes(found))


@dataclass(frozen=True)
class Line:
    """A quiz in a list."""

    quiz: Quiz
    standing: Standing
    questions: int

    @property
    def minutes_left(self) -> int:
        """Minutes that are left in the attempt that runs, rounded up."""
        seconds = self.standing.open.seconds_left if self.standing.open else None
        return -(-(seconds or 0) // 60)


def listed(user: User, quizzes: QuerySet[Quiz]) -> list[Line]:
    """Quizzes with what their list says of each, in a number of queries that doesn't grow."""
    asked = Count("questions", filter=Q(questions__removed_at=None))
    rows = list(quizzes.annotate(asked=asked).order_by("opens", "title", "pk")[:500])
    allowance = Accommodation.objects.filter(student__user=user).first()
    sat: dict[int, list[Attempt]] = {}
    own = Attempt.objects.filter(quiz__in=rows, student__user=user).select_related("student").order_by("number")
    by_id = {row.pk: row for row in rows}
    for attempt in own:
        attempt.quiz = by_id[attempt.quiz_id]
        sat.setdefault(attempt.quiz_id, []).append(settle_if_over(attempt, user))
    over = over_among((row for row in rows if row.result_when == When.CLOSED and row.pk in sat), timezone.now())
    lines = []
    for row in rows:
        standing = Standing(user, row)
        standing.__dict__["attempts"] = sat.get(row.pk, [])
        standing.__dict__["is_over"] = row.pk in over
        standing.__dict__["allowance"] = allowance.allowance if allowance else NOTHING
        lines.append(Line(row, standing, row.asked))
    return lines
