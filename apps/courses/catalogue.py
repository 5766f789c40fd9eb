"""The catalogue: the courses that one reader may see, their own first."""

from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from apps.accounts.models import Role, User
from apps.core.listing import Filter, Listing
from apps.courses import progress
from apps.courses.models import Category, Course, CourseQuerySet, Enrollment, Lesson, Level
from apps.students.models import Student

STATES = [("published", "Published"), ("draft", "Draft")]
LEVELS = [choice for choice in Level.choices if choice[0] != Level.ANY]


def _teachers(user: Any) -> list[tuple[int, str]]:
    people = User.objects.filter(teaching__course__in=Course.objects.visible_to(user)).distinct()
    return [(person.pk, person.full_name) for person in people.order_by("given_name", "family_name", "pk")]


def _categories(user: Any) -> list[tuple[int, str]]:
    used = Category.objects.filter(courses__in=Course.objects.visible_to(user)).distinct()
    return list(used.values_list("pk", "name"))


def _states(user: Any) -> list[tuple[str, str]]:
    """Drafts are seen by those who teach."""
    return STATES if isinstance(user, User) and user.role != Role.STUDENT else []


def _in_state(rows: CourseQuerySet, state: str) -> CourseQuerySet:
    return rows.filter(published=state == "published")


class Catalogue(Listing[Course]):
    """The courses that `user` (perhaps nobody) may see."""

    route = "courses:course_list"
    one, many = "course", "courses"
    placeholder = "Search courses"
    size = 24
    filters = (
        Filter("category", "Category", "All categories", _categories),
        Filter(
            "level", "Level", "All levels", lambda _: [choice for choice in Level.choices if choice[0] != Level.ANY]
        ),
        Filter("teacher", "Teacher", "All teachers", _teachers, lambda rows, pk: rows.filter(teaching__teacher=pk)),
        Filter("state", "State", "All", _states, _in_state, buttons=True),
    )

    def visible(self) -> CourseQuerySet:
        """Each with its teachers, its `lesson_total`, and whether the reader takes it (`is_mine`)."""
        shown = Lesson.objects.present().filter(published=True, module__course=OuterRef("pk")).order_by()
        total = shown.values("module__course").annotate(total=Count("pk")).values("total")
        # Nobody's id is 0: None would find the students who have no account.
        mine = Enrollment.objects.valid().filter(course=OuterRef("pk"), student__user=self.user.pk or 0)
        rows = Course.objects.visible_to(self.user).select_related("category", "cover")
        annotated = rows.annotate(is_mine=Exists(mine), lesson_total=Subquery(total))
        return annotated.prefetch_related("teachers")

    def search(self, rows: CourseQuerySet, text: str) -> CourseQuerySet:
        """By title, summary and category."""
        return rows.search(text)

    @property
    def matching(self) -> QuerySet[Any]:
        """The reader's own first, then by title."""
        found: QuerySet[Any] = self.found
        return found.order_by("-is_mine", "title", "pk")

    @cached_property
    def rows(self) -> list[Course]:
        """The courses of the page; those that a student takes have their `progress`."""
        courses: list[Any] = list(self.page)
        mine = [course for course in courses if course.is_mine]
        if mine:
            standing = progress.of_courses(Student.objects.get(user=self.user), mine)
            for course in mine:
                course.progress = standing[course.pk]
        return courses
