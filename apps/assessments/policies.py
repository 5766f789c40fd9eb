"""Who may do what with quizzes. Who may see what is decided by the models' querysets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.assessments.deadlines import Allowance, closes
from apps.assessments.models import Accommodation, Attempt, Quiz, When
from apps.courses.models import Course, Enrollment
from apps.students.models import Student


def may_write(user: User, course: Course) -> bool:
    """May `user` write a course's quizzes and change their times and keys? Yes if they may edit the course."""
    return not user.looked_as and Course.objects.written_by(user).filter(pk=course.pk).exists()


def may_follow(user: User, quiz: Quiz) -> bool:
    """May `user` see a quiz's questions and results? Batch teachers see the results of their own batch."""
    return Quiz.objects.read_by(user).filter(pk=quiz.pk).exists()


def may_give_time(user: User, quiz: Quiz) -> bool:
    """May `user` give everybody in a quiz more time? Yes if they may edit the course."""
    return may_write(user, quiz.course)


def may_extend(user: User, attempt: Attempt) -> bool:
    """May `user` extend an attempt? Yes if they may see it and it isn't their own."""
    if user.looked_as or user.role == Role.STUDENT:
        return False
    return Attempt.objects.visible_to(user).filter(pk=attempt.pk).exists()


def may_accommodate(user: User, student: Student) -> bool:
    """May `user` set a student's extra time? Admins and staff may, and teachers of the student's courses."""
    if user.looked_as or user.role == Role.STUDENT:
        return False
    return user.sees_all or Enrollment.objects.not_ended().followed_by(user).filter(student=student).exists()


def may_sit(user: User, quiz: Quiz) -> Student | None:
    """The student as whom `user` may sit a published quiz now, enrolled in its course; None if they may not."""
    if user.looked_as or user.role != Role.STUDENT:
        return None
    return Student.objects.filter(Exists(Quiz.objects.open_to(user).filter(pk=quiz.pk)), user=user).first()


def reads_channel(user: User, quiz_id: int) -> bool:
    """May `user` read `quiz-<id>-staff`, which signals that somebody started, answered or finished?"""
    return Quiz.objects.read_by(user).filter(pk=quiz_id).exists()


def allowance_of(student: Student) -> Accommodation | None:
    """A student's extra time, or None."""
    return Accommodation.objects.filter(student=student).first()


@dataclass(frozen=True)
class Shown:
    """Which parts of a finished attempt its student may see now."""

    mark: bool = False
    answers: bool = False
    key: bool = False
    feedback: bool = False

    @property
    def anything(self) -> bool:
        """Is any part visible?"""
        return self.mark or self.answers or self.key or self.feedback


def shown(attempt: Attempt, now: datetime | None = None, *, over: bool | None = None) -> Shown:
    """Which parts of an attempt its student may see by the quiz's settings; nothing before it ends.

    Only this function decides whether a right answer leaves the server. Lists pass `over` to save queries.
    """
    quiz, now = attempt.quiz, now or timezone.now()
    if attempt.is_open:
        return Shown()
    result = has_come(quiz, quiz.result_when, now, over=over)
    key = has_come(quiz, quiz.key_when, now, over=over)
    return Shown(
        result and quiz.shows_mark, result and quiz.shows_answers, key and quiz.shows_key, key and quiz.shows_feedback
    )


def has_come(quiz: Quiz, when: str, now: datetime, *, over: bool | None = None) -> bool:
    """Has the moment come when this part of the results is shown?"""
    if when == When.AT_ONCE:
        return True
    if when == When.RELEASED:
        return quiz.is_released
    return is_over(quiz, now) if over is None else over


def is_over(quiz: Quiz, now: datetime) -> bool:
    """Has the quiz closed for everyone: past the end for the longest extra time, with no attempt still running?"""
    return quiz.pk in over_among([quiz], now)


def over_among(quizzes: Iterable[Quiz], now: datetime) -> set[int]:
    """Ids of the quizzes that have closed for everyone; at most two queries."""
    ended = {quiz.pk: quiz for quiz in quizzes if (last := closes(quiz.rules)) and last <= now}
    if not ended:
        return set()
    enrolled = Enrollment.objects.valid(now).filter(course__in={quiz.course_id for quiz in ended.values()})
    columns = ("course", "student__accommodation__factor", "student__accommodation__minutes")
    given: dict[int, list[Allowance]] = {}
    for course, factor, minutes in enrolled.exclude(student__accommodation=None).values_list(*columns).distinct():
        given.setdefault(course, []).append(Allowance(factor, minutes))
    sat = set(Attempt.objects.filter(quiz__in=ended).sat_at(now).values_list("quiz", flat=True))
    return {
        pk
        for pk, quiz in ended.items()
        if pk not in sat and all((closes(quiz.rules, each) or now) <= now for each in given.get(quiz.course_id, []))
    }
