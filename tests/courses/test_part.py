"""What courses keep of a person, and what becomes of it."""

from apps.accounts.closing import close_account
from apps.accounts.models import Role
from apps.courses import actions
from apps.courses.models import Course, CourseTeacher
from apps.courses.part import CoursesPart
from tests import factories


def test_a_students_own_data_holds_what_they_take_and_how_far_they_came(cast):
    lesson = factories.lesson(module=factories.module(course=cast.course), title="Angles")
    factories.course_invitation(student=cast.amina, course=factories.course(title="Chess"))
    actions.complete_lesson(cast.amina_user, lesson)
    data = CoursesPart().own_data(cast.amina_user)
    assert [row["course"] for row in data["enrollments"]] == ["Algebra"]
    assert [row["course"] for row in data["course_invitations"]] == ["Chess"]
    [row] = data["lessons"]
    assert (row["lesson"], row["completed"] is not None) == ("Angles", True)
    assert [row["course"] for row in data["finished"]] == ["Algebra"]
    others = CoursesPart().own_data(cast.bruno_user)
    assert [*others["lessons"], *others["finished"], *others["course_invitations"]] == []


def test_a_teachers_courses_are_work_that_another_has_to_take_over_unless_somebody_else_writes_them(cast):
    alone, shared = factories.course(title="Alone"), factories.course(title="Shared")
    for course in (alone, shared):
        factories.course_teacher(course=course, teacher=cast.teacher)
    factories.course_teacher(course=shared, teacher=cast.teacher2)
    work = list(CoursesPart().open_work(cast.teacher))
    assert [each.title for each in work if each.kind == "Course"] == ["Alone"]
    said = list(CoursesPart().against_role(cast.teacher, Role.STAFF))
    assert "They write 2 courses: give each another teacher first." in said


def test_a_course_outlives_the_account_of_who_wrote_it(cast):
    course = factories.course_teacher(teacher=cast.teacher2).course
    cast.teacher2.batches.update(teacher=None)
    close_account(cast.admin, cast.teacher2)
    assert Course.objects.filter(pk=course.pk).exists()
    assert not CourseTeacher.objects.filter(course=course).exists()
