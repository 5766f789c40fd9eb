"""What a page of courses may ask of the database: at most 15 queries, as many for a large course as for a small one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Role
from apps.courses.models import CourseTeacher, Visibility
from tests import factories

MOST_QUERIES = 15


@pytest.fixture
def course(cast):
    """A course that everyone of the cast sees who is in it, written by the teacher, with one of everything."""
    cast.course.published, cast.course.visibility = True, Visibility.SIGNED_IN
    cast.course.save()
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    cast.lesson = factories.lesson(module=factories.module(course=cast.course))
    grow(cast, 1)
    return cast.course


def grow(cast, count: int) -> None:
    """More of everything that the pages show: courses beside it, batches, students, modules, lessons, papers, news."""
    now, own = timezone.now(), cast.amina
    for _ in range(count):
        beside = factories.course(published=True, visibility=Visibility.SIGNED_IN, category=factories.category())
        CourseTeacher.objects.create(course=beside, teacher=factories.user(Role.TEACHER))
        factories.enrollment(course=beside, batch=None, student=own)
        factories.lesson_progress(
            lesson=factories.lesson(module=factories.module(course=beside)), student=own, completed_at=now
        )
        batch = factories.batch(course=cast.course, teacher=cast.teacher)
        students = [own, factories.enrollment(batch=batch).student, factories.enrollment(batch=batch).student]
        factories.announcement(course=cast.course, batch=batch, author=cast.staff)
        factories.announcement(course=cast.course, author=cast.teacher)
        factories.enrollment_code(course=cast.course, batch=batch)
        factories.lesson_attachment(lesson=cast.lesson)
        factories.lesson_version(lesson=cast.lesson, number=cast.lesson.versions.count() + 1)
        module = factories.module(course=cast.course)
        for lesson in (factories.lesson(module=module), factories.lesson(module=module, optional=True)):
            for student in students:
                factories.lesson_progress(lesson=lesson, student=student, completed_at=now)
        factories.lesson(module=module, published=False)
        factories.lesson(module=module, removed_at=now)
        for student in students[1:]:
            factories.course_completion(course=cast.course, student=student)
            factories.certificate(course=cast.course, student=student)
        factories.certificate(course=beside, student=own)


READ = (
    "/courses/",
    "/courses/{course}/",
    "/courses/{course}/lessons/{lesson}/",
    "/courses/{course}/lessons/{lesson}/outline/",
    "/courses/{course}/announcements/",
)
TAUGHT = (
    "/courses/{course}/progress/",
    "/courses/{course}/progress/?sort=progress",
    "/courses/{course}/progress/?sort=activity",
    "/courses/{course}/progress/export/",
    "/courses/{course}/progress/{student}/",
    "/courses/{course}/people/",
    "/courses/{course}/certificates/",
    "/courses/{course}/announcements/new/",
)
WRITTEN = (
    "/courses/{course}/edit/",
    "/courses/{course}/edit/outline/",
    "/courses/{course}/edit/outline/?open=lesson-{lesson}-move",
    "/courses/{course}/lessons/{lesson}/edit/",
    "/courses/{course}/lessons/{lesson}/menu/",
)
REPORTS = (
    "/courses/{course}/codes/",
    "/reports/courses/",
    "/reports/courses/?course={course}",
    "/courses/{course}/people/new/?q=a",
)
PAGES = {
    "amina_user": (*READ, "/", "/certificates/"),
    "teacher": (*READ, *TAUGHT, *WRITTEN, "/"),
    "staff": (*READ, *TAUGHT, *WRITTEN, *REPORTS, "/batches/"),
}


def queries_of(client, page) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(page)
        assert answer.status_code == 200, page
        answer.getvalue()
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("who", PAGES)
def test_no_page_takes_more_than_15_queries_or_more_of_them_for_a_larger_course(cast, client_for, course, who):
    client = client_for(getattr(cast, who))
    names = {"course": course.pk, "lesson": cast.lesson.pk, "student": cast.amina.pk}
    pages = [page.format(**names) for page in PAGES[who]]
    few = {page: queries_of(client, page) for page in pages}
    assert {page: len(asked) for page, asked in few.items() if len(asked) > MOST_QUERIES} == {}
    grow(cast, 3)
    many = {page: queries_of(client, page) for page in pages}
    assert {page: len(asked) for page, asked in many.items()} == {page: len(asked) for page, asked in few.items()}
