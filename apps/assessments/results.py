"""Results of a quiz: who is sitting it, their progress and their marks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Q, Sum
from django.urls import reverse

from apps.accounts.models import User
from apps.assessments import live
from apps.assessments.actions import end_overdue
from apps.assessments.marking import percent
from apps.assessments.models import Accommodation, Attempt, AttemptQuestion, QuestionVersion, Quiz
from apps.assessments.policies import may_write
from apps.assessments.standing import Mark, mark_of
from apps.core.charts import Chart, Point
from apps.core.formats import plain
from apps.core.ids import element_id
from apps.courses.models import Enrollment
from apps.students.models import Student

# Students on a page of the list.
SIZE = 100


@dataclass
class Row:
    """A student with their attempts, first one first, and the mark that counts."""

    student: Student
    attempts: list[Attempt] = field(default_factory=list)
    mark: Mark | None = None
    answered: int = 0
    asked: int = 0
    late: int = 0
    has_extra: bool = False

    @property
    def last(self) -> Attempt | None:
        """The latest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def state(self) -> str:
        """`sitting`, `done` or `new`."""
        if not self.last:
            return "new"
        return "sitting" if self.last.is_open else "done"


@dataclass
class Results:
    """A quiz's results for `user`, limited to their own students."""

    user: User
    quiz: Quiz
    number: str | None = None
    many = "students"
    uncounted = False

    def __post_init__(self) -> None:
        end_overdue()

    @property
    def name(self) -> str:
        """The id of the list's element."""
        return element_id(self.quiz, "results")

    @property
    def url(self) -> str:
        """The page of the list that is shown."""
        return self._url(self.page.number)

    @property
    def previous(self) -> str:
        """The page before it; empty if there is none."""
        return self._url(self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next(self) -> str:
        """The page after it; empty if there is none."""
        return self._url(self.page.number + 1) if self.page.has_next() else ""

    def _url(self, number: int) -> str:
        path = reverse("assessments:result_list", args=[self.quiz.pk])
        return f"{path}?page={number}" if number > 1 else path

    @property
    def channel(self) -> str:
        """The channel that signals that somebody started, answered or finished."""
        return live.staff_channel(self.quiz.pk)

    @property
    def may_give_all(self) -> bool:
        """May `user` give everybody more time?"""
        return may_write(self.user, self.quiz.course)

    @cached_property
    def attempts(self) -> list[Attempt]:
        """Attempts of the user's students, ordered by student and number."""
        rows = Attempt.objects.visible_to(self.user).filter(quiz=self.quiz)
        found = list(rows.select_related("student").order_by("student", "number"))
        for row in found:
            row.quiz = self.quiz
        return found

    @cached_property
    def page(self) -> Page[Row]:
        """The students of the page that is asked for, or of the nearest, with what they have answered."""
        page = Paginator(self.rows, SIZE).get_page(self.number)
        counts = self._counts([attempt.pk for row in page for attempt in row.attempts])
        for row in page:
            for attempt in row.attempts:
                row.asked, row.answered, late = counts.get(attempt.pk, (0, 0, 0))
                row.late += late
        return page

    @staticmethod
    def _counts(attempts: list[int]) -> dict[int, tuple[int, int, int]]:
        """By attempt how many questions it asks, how many are answered, and how many answers came late."""
        rows = AttemptQuestion.objects.filter(attempt__in=attempts).order_by().values("attempt")
        # A question has one answer at most that counts, and one late one: nothing is counted twice.
        late = Count("answers", filter=Q(answers__is_late=True))
        counted = rows.annotate(asked=Count("pk", distinct=True), all=Count("answers"), late=late)
        columns = counted.values_list("attempt", "asked", "all", "late")
        return {pk: (asked, answers - late, late) for pk, asked, answers, late in columns}

    @cached_property
    def rows(self) -> list[Row]:
        """A row per student, those sitting the quiz first."""
        rows: dict[int, Row] = {}
        enrolled = Enrollment.objects.valid().filter(course=self.quiz.course_id).followed_by(self.user)
        for student in Student.objects.filter(pk__in=enrolled.values("student")):
            rows[student.pk] = Row(student)
        for attempt in self.attempts:
            row = rows.setdefault(attempt.student_id, Row(attempt.student))
            row.attempts.append(attempt)
        extra = set(Accommodation.objects.filter(student__in=rows).values_list("student", flat=True))
        for pk, row in rows.items():
            row.mark = mark_of(self.quiz, [each for each in row.attempts if not each.is_open])
            row.has_extra = pk in extra
        order = {"sitting": 0, "done": 1, "new": 2}
        return sorted(rows.values(), key=lambda row: (order[row.state], str(row.student.full_name).casefold()))

    @property
    def sitting(self) -> int:
        """How many students are sitting it."""
        return sum(row.state == "sitting" for row in self.rows)

    @property
    def done(self) -> int:
        """How many students have a mark."""
        return sum(row.mark is not None for row in self.rows)

    @property
    def passed(self) -> int:
        """How many students have passed."""
        return sum(row.mark is not None and row.mark.passed for row in self.rows)

    @cached_property
    def chart(self) -> Chart:
        """The average result of each question, in percent of its points."""
        points = []
        for place, (text, got, could) in enumerate(self._by_question(), 1):
            share = percent(got, could)
            points.append(Point(f"{place}. {text}", float(share), f"{plain(share, 0)} %"))
        return Chart("quiz-questions", "Earned per question", ("Question", "Earned"), points, top=100)

    def _by_question(self) -> Iterator[tuple[str, Decimal, Decimal]]:
        """For each question its latest text that was asked, the points earned and the points possible."""
        ended = [row.pk for row in self.attempts if not row.is_open]
        asked = AttemptQuestion.objects.filter(attempt__in=ended).order_by()
        columns = ("version__question", "version__question__position")
        sums = asked.values_list(*columns).annotate(Max("version"), Sum("points"), Sum("possible"))
        found = sorted(sums, key=lambda each: (each[1], each[0]))
        texts = dict(QuestionVersion.objects.filter(pk__in=[each[2] for each in found]).values_list("pk", "text"))
        for _, _, version, points, possible in found:
            yield texts[version], points or Decimal(0), possible


def export_rows(user: User, quiz: Quiz) -> Iterator[list[object]]:
    """CSV rows: a header, then one per attempt with the points of each question by slot."""
    attempts = Results(user, quiz).attempts
    points: dict[int, list[object]] = {}
    rows = AttemptQuestion.objects.filter(attempt__in=[row.pk for row in attempts]).order_by("attempt", "slot")
    for attempt, earned in rows.values_list("attempt", "points"):
        points.setdefault(attempt, []).append("" if earned is None else earned)
    most = max(map(len, points.values()), default=0)
    heads = ("Student", "Code", "Attempt", "Started (UTC)", "Ended (UTC)", "Ended by", "Points", "Possible", "Percent")
    yield [*heads, *(f"Question {n}" for n in range(1, most + 1))]
    for row in attempts:
        started, ended = (
            moment.strftime("%Y-%m-%d %H:%M:%S") if moment else "" for moment in (row.started_at, row.ended_at)
        )
        mark = ("", "") if row.points is None else (row.points, row.percent)
        about = (row.student.full_name, row.student.code, row.number, started, ended, row.get_ending_display())
        yield [*about, mark[0], row.possible, mark[1], *points.get(row.pk, [])]
