"""Progress can't lie: after any history it is what a slow recount says."""

import datetime
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.courses import actions, progress
from apps.courses.models import Course, CourseCompletion, Enrollment, Lesson, LessonProgress, Module
from apps.courses.progress import Progress
from apps.students.models import Student
from tests import factories

MODULES = LESSONS = 3
DEEDS = (
    *("add", "remove", "restore", "move", "hide", "publish", "optional", "counts", "erase"),
    *("remove module", "restore module", "expire", "withdraw", "return"),
)
STEPS = st.lists(
    st.one_of(
        # What students do comes up as often as all the rest.
        st.tuples(st.sampled_from(["complete", "undo", "open"]), st.integers(0, 9), st.integers(0, 1)),
        st.tuples(
            st.sampled_from(DEEDS),
            st.integers(0, 9),
            st.integers(0, 9),
        ),
    ),
    max_size=40,
)


@dataclass
class Slow:
    """The same course, as a list of plain facts that are counted one by one."""

    course: Course
    students: list[Student]
    modules: list[Module] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    enrolled: list[bool] = field(default_factory=lambda: [True, True])
    runs: list[int] = field(default_factory=lambda: [1, 1])
    gone_modules: set[int] = field(default_factory=set)
    # Of each lesson, by its place in `lessons`.
    home: list[int] = field(default_factory=list)
    published: list[bool] = field(default_factory=list)
    optional: list[bool] = field(default_factory=list)
    removed: list[bool] = field(default_factory=list)
    done: set[tuple[int, int]] = field(default_factory=set)
    finished: set[tuple[int, int]] = field(default_factory=set)

    def make(self) -> None:
        self.modules = [factories.module(course=self.course) for _ in range(MODULES)]
        for number in range(LESSONS):
            self.add(number, 1)
        for student in self.students:
            self.enroll(student)

    def enroll(self, student: Student, run: int = 1) -> None:
        begun = timezone.now() - datetime.timedelta(days=9)
        Enrollment.objects.create(student=student, course=self.course, enrolled_at=begun, run=run)

    def present(self, lesson: int) -> bool:
        return not self.removed[lesson] and self.home[lesson] not in self.gone_modules

    def counts(self, lesson: int) -> bool:
        return self.present(lesson) and self.published[lesson] and not self.optional[lesson]

    def recount(self, student: int, module: int | None = None) -> Progress:
        total = done = 0
        for lesson in range(len(self.lessons)):
            if self.counts(lesson) and module in (None, self.home[lesson]):
                total += 1
                done += (student, lesson) in self.done
        return Progress(done, total)

    # What students do.

    def complete(self, lesson: int, student: int) -> None:
        allowed = self.enrolled[student] and self.present(lesson) and self.published[lesson]
        with nullcontext() if allowed else pytest.raises(PermissionDenied):
            actions.complete_lesson(self.students[student].user, self.lessons[lesson])
        if allowed and (student, lesson) not in self.done:
            self.done.add((student, lesson))
            standing = self.recount(student)
            if 0 < standing.total == standing.done:
                self.finished.add((student, self.runs[student]))

    def undo(self, lesson: int, student: int) -> None:
        allowed = self.enrolled[student] and self.present(lesson) and self.published[lesson]
        with nullcontext() if allowed else pytest.raises(PermissionDenied):
            actions.undo_completion(self.students[student].user, self.lessons[lesson])
        if allowed:
            self.done.discard((student, lesson))

    def open(self, lesson: int, student: int) -> None:
        with suppress(PermissionDenied):
            actions.open_lesson(self.students[student].user, self.lessons[lesson])

    # What teachers and staff do.

    def add(self, module: int, published: int) -> None:
        module %= MODULES
        self.lessons.append(factories.lesson(module=self.modules[module], published=bool(published % 2)))
        self.home.append(module)
        self.published.append(bool(published % 2))
        self.optional.append(False)
        self.removed.append(False)

    def _set(self, lesson: int, **fields: object) -> None:
        Lesson.objects.filter(pk=self.lessons[lesson].pk).update(**fields)

    def remove(self, lesson: int, _: int) -> None:
        self.removed[lesson] = True
        self._set(lesson, removed_at=timezone.now())

    def restore(self, lesson: int, _: int) -> None:
        self.removed[lesson] = False
        self._set(lesson, removed_at=None)

    def move(self, lesson: int, module: int) -> None:
        self.home[lesson] = module % MODULES
        self._set(lesson, module=self.modules[module % MODULES])

    def hide(self, lesson: int, _: int) -> None:
        self.published[lesson] = False
        self._set(lesson, published=False)

    def publish(self, lesson: int, _: int) -> None:
        self.published[lesson] = True
        self._set(lesson, published=True)

    def make_optional(self, lesson: int, _: int) -> None:
        self.optional[lesson] = True
        self._set(lesson, optional=True)

    def make_count(self, lesson: int, _: int) -> None:
        self.optional[lesson] = False
        self._set(lesson, optional=False)

    def erase(self, lesson: int, _: int) -> None:
        """The row goes for good, as when its course is deleted in the admin; a new lesson takes its place here."""
        self.lessons[lesson].delete()
        self.done -= {(student, lesson) for student in range(2)}
        self.lessons[lesson] = factories.lesson(
            module=self.modules[self.home[lesson]],
            published=self.published[lesson],
            optional=self.optional[lesson],
            removed_at=timezone.now() if self.removed[lesson] else None,
        )

    def remove_module(self, module: int, _: int) -> None:
        self.gone_modules.add(module % MODULES)
        Module.objects.filter(pk=self.modules[module % MODULES].pk).update(removed_at=timezone.now())

    def restore_module(self, module: int, _: int) -> None:
        self.gone_modules.discard(module % MODULES)
        Module.objects.filter(pk=self.modules[module % MODULES].pk).update(removed_at=None)

    def expire(self, student: int, _: int) -> None:
        self.enrolled[student % 2] = False
        self._enrollments(student).update(expires_at=timezone.now())

    def withdraw(self, student: int, _: int) -> None:
        self.enrolled[student % 2] = False
        self._enrollments(student).update(is_active=False)

    def come_back(self, student: int, again: int) -> None:
        """Enrolled once more, perhaps to take it again from its start."""
        if self.enrolled[student % 2]:
            return
        self._enrollments(student).update(is_active=False)
        self.runs[student % 2] += again % 2
        self.enrolled[student % 2] = True
        self.enroll(self.students[student % 2], self.runs[student % 2])

    def _enrollments(self, student: int):
        return Enrollment.objects.filter(student=self.students[student % 2], course=self.course, is_active=True)

    def step(self, what: str, first: int, second: int) -> None:
        names = {"optional": "make_optional", "counts": "make_count", "return": "come_back"}
        of_a_lesson = what not in {"add", "remove module", "restore module", "expire", "withdraw", "return"}
        deed = getattr(self, names.get(what, what.replace(" ", "_")))
        deed(first % len(self.lessons) if of_a_lesson else first, second)


def assert_agrees(slow: Slow) -> None:
    """Every way of asking says what the recount says."""
    ids = [student.pk for student in slow.students]
    of_students = progress.of_students(slow.course, ids)
    sorted_by = progress.done_by_all(slow.course)
    shown = list(Lesson.objects.present().filter(module__course=slow.course))
    for number, student in enumerate(slow.students):
        expected = slow.recount(number)
        assert progress.of(student, slow.course) == of_students[student.pk] == expected
        assert sorted_by.get(student.pk, 0) == expected.done
        done = LessonProgress.objects.filter(student=student, completed_at__isnull=False)
        assert progress.of_lessons(shown, set(done.values_list("lesson_id", flat=True))) == expected
        of_modules = progress.of_modules(student, slow.course)
        assert of_modules == {
            module.pk: slow.recount(number, place)
            for place, module in enumerate(slow.modules)
            if place not in slow.gone_modules
        }
        assert expected.percent is None if expected.total == 0 else 0 <= expected.percent <= 100
        assert (expected.percent == 100) == expected.is_complete
    facts = CourseCompletion.objects.filter(course=slow.course).values_list("student", "run")
    assert sorted(facts) == sorted((slow.students[number].pk, run) for number, run in slow.finished)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_history_progress_is_what_a_recount_says(db, steps):
    with transaction.atomic():
        slow = Slow(factories.course(), [factories.student_with_account() for _ in range(2)])
        slow.make()
        for step in steps:
            slow.step(*step)
        assert_agrees(slow)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("done", "total", "text", "complete"),
    [
        (0, 0, "–", False),
        (0, 3, "0 %", False),
        (1, 3, "33 %", False),
        (199, 200, "99 %", False),
        (999, 1_000, "99 %", False),
        (3, 3, "100 %", True),
    ],
)
def test_only_all_is_a_hundred_per_cent_and_nothing_is_a_dash(done, total, text, complete):
    assert (Progress(done, total).text, Progress(done, total).is_complete) == (text, complete)


def test_a_course_without_lessons_is_finished_by_nobody(cast):
    assert progress.of(cast.amina, cast.course) == Progress(0, 0)
    assert actions.settle(cast.amina, cast.course, 1) is None


def test_the_progress_of_modules_takes_as_many_queries_for_ten_as_for_one(cast, django_assert_num_queries):
    for _ in range(10):
        factories.lesson(module=factories.module(course=cast.course))
    with django_assert_num_queries(3):
        assert len(progress.of_modules(cast.amina, cast.course)) == 10


def test_completions_at_one_moment_are_all_counted_and_finish_the_course_once(elsewhere):
    assert elsewhere("tests.courses.progress_race") == ["settled"]
