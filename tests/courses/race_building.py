"""Several people build one course at the same moment, on whatever database the environment names.

Run by test_race.py in a process of its own. Ends silently, or with the assertion that failed.
"""

import os
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.core.editing import EditConflict  # noqa: E402
from apps.courses import actions  # noqa: E402
from apps.courses.models import Course, Lesson, LessonVersion  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402


def how_ended(*deeds):
    results = at_once(*deeds, refusals=(ValidationError, EditConflict))
    return Counter(type(each).__name__ if isinstance(each, Exception) else "done" for each in results)


def race(staff):
    course = actions.create_course(staff, Course(title="Raced"))
    module = actions.add_module(staff, course, "Basics")
    # Each has a place of its own, and each change is counted.
    began = Course.objects.get(pk=course.pk).outline_version
    how_ended(*(lambda n=n: actions.add_lesson(staff, module, f"Lesson {n}") for n in range(8)))
    lessons = [*Lesson.objects.in_order()]
    assert [lesson.position for lesson in lessons] == list(range(8)), [lesson.position for lesson in lessons]
    course.refresh_from_db()
    assert course.outline_version == began + 8

    # Of orders that were made from one outline, the first counts; the others are told.
    ids = [lesson.pk for lesson in lessons]
    orders = [[*ids[n:], *ids[:n]] for n in range(1, 7)]
    ended = how_ended(
        *(lambda o=o: actions.reorder(staff, course, [(module.pk, o)], course.outline_version) for o in orders)
    )
    assert ended == {"done": 1, "StaleOrderError": 5}, ended
    assert [lesson.pk for lesson in Lesson.objects.in_order()] in orders

    # Of texts that were written over one text, the first is saved; each version has a number of its own.
    lesson = lessons[0]
    ended = how_ended(
        *(lambda n=n: actions.update_lesson(staff, lesson, {"body": f"Text {n}"}, {"body": ""}) for n in range(6))
    )
    assert ended == {"done": 1, "EditConflict": 5}, ended
    numbers = [*LessonVersion.objects.filter(lesson=lesson).values_list("number", flat=True)]
    assert numbers == [2, 1], numbers


if __name__ == "__main__":
    race(User.objects.create_user("build@homeroom.test", given_name="Bea", role=Role.STAFF))
    print("settled")
