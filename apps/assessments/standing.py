"""A student's standing in a quiz: their attempts, what they may do now, and the mark that counts."""

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
    """A reader's standing in a quiz. For anyone but a student: as a student without extra time sees it."""

    user: User
    quiz: Quiz

    @cached_property
    def attempts(self) -> list[Attempt]:
        """The reader's attempts in order, overdue ones ended first."""
        rows = Attempt.objects.own(self.user).filter(quiz=self.quiz).select_related("student")
        found = list(rows.order_by("number"))
        for row in found:
            row.quiz = self.quiz
        return [settle_if_over(row, self.user) for row in found]

    @cached_property
    def allowance(self) -> Allowance:
        """The reader's extra time."""
        row = Accommodation.objects.filter(student__user=self.user).first()
        return row.allowance if row else NOTHING

    @property
    def open(self) -> Attempt | None:
        """The running attempt, if any."""
        return next((row for row in self.attempts if row.is_open), None)

    @property
    def left(self) -> int:
        """How many attempts they have left."""
        return max(0, self.quiz.attempts_allowed - len(self.attempts))

    @property
    def length(self) -> str:
        """The time limit, such as `60 minutes (30 + 30)`."""
        return deadlines.length_in_words(self.quiz.rules, self.allowance)

    @property
    def opens(self) -> datetime | None:
        """When the quiz opens, if in the future."""
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
        """When an attempt started now would end."""
        return deadlines.deadline(self.quiz.rules, timezone.now(), self.allowance)

    @property
    def is_cut(self) -> bool:
        """Does the common end cut an attempt started now short?"""
        if not (self.end and self.quiz.minutes):
            return False
        whole = timedelta(minutes=self.quiz.minutes) + self.allowance.on_top_of(self.quiz.rules.usual)
        return self.end < timezone.now() + whole - timedelta(seconds=30)

    @property
    def may_start(self) -> bool:
        """May the reader start an attempt now?"""
        return self.open is None and self.left > 0 and self.opens is None and not self.is_closed

    @property
    def marking_rule(self) -> str:
        """The marking rule, in a sentence."""
        return RULES[Partial(self.quiz.partial)]

    @cached_property
    def is_over(self) -> bool:
        """Has the quiz closed for everyone?"""
        return is_over(self.quiz, timezone.now())

    @cached_property
    def knows(self) -> bool:
        """Has the reader finished an attempt, and may they see the mark?"""
        ended = [row for row in self.attempts if not row.is_open]
        if not ended:
            return False
        over = self.is_over if self.quiz.result_when == When.CLOSED else False
        return shown(ended[-1], over=over).mark

    @property
    def mark(self) -> "Mark | None":
        """The mark that counts, if the reader may see it."""
        return mark_of(self.quiz, [row for row in self.attempts if not row.is_open]) if self.knows else None

    @property
    def waits(self) -> bool:
        """Has the reader finished an attempt whose mark isn't shown yet?"""
        return not self.knows and any(not row.is_open for row in self.attempts)


@dataclass(frozen=True)
class Mark:
    """A mark that counts, in percent."""

    percent: Decimal
    passed: bool


def mark_of(quiz: Quiz, ended: list[Attempt]) -> Mark | None:
    """The mark that counts of ended attempts in order, in percent because attempts may differ in their questions."""
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
        """Minutes left in the running attempt, rounded up."""
        seconds = self.standing.open.seconds_left if self.standing.open else None
        return -(-(seconds or 0) // 60)


def listed(user: User, quizzes: QuerySet[Quiz]) -> list[Line]:
    """The reader's standing in each quiz of a list; a constant number of queries."""
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
