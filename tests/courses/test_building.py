"""A course is built: what the actions do, who is told, and what two who build at once do to each other."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.accounts.models import AuditEntry
from apps.core.editing import EditConflict
from apps.courses import actions, progress
from apps.courses.actions.outline import StaleOrderError
from apps.courses.building import Outline
from apps.courses.models import Course, Lesson, LessonProgress, LessonVersion
from tests import factories


@pytest.fixture
def course(cast):
    """A course that the teacher writes: two modules, three lessons in the first."""
    made = actions.create_course(cast.staff, Course(title="The Shell"), [cast.teacher])
    basics = actions.add_module(cast.teacher, made, "Basics")
    actions.add_module(cast.teacher, made, "More")
    for title in ("One", "Two", "Three"):
        actions.add_lesson(cast.teacher, basics, title)
    made.refresh_from_db()
    return made


def shape(course):
    return [(card.module.title, [row.lesson.title for row in card.rows]) for card in Outline(course).cards]


def ids(course):
    return [(card.module.pk, [row.lesson.pk for row in card.rows]) for card in Outline(course).cards]


def lesson(title):
    return Lesson.objects.select_related("module__course").get(title=title)


def test_a_new_course_is_a_draft_whatever_it_says(cast):
    made = actions.create_course(cast.staff, Course(title="New", published=True, description="Some **bold** words"))
    assert not made.published
    assert "<strong>bold</strong>" in made.description_html


def test_a_title_is_taken_once(cast, course):
    with pytest.raises(ValidationError) as refused:
        actions.create_course(cast.staff, Course(title="The Shell"))
    assert "title" in refused.value.message_dict


def test_a_new_lesson_is_a_draft_at_the_end_with_its_first_version(cast, course):
    made = actions.add_lesson(cast.teacher, course.modules.first(), "  Four  ", "video")
    assert shape(course)[0][1] == ["One", "Two", "Three", "Four"]
    assert (made.published, made.kind, made.versions.get().saved_by) == (False, "video", cast.teacher)


def test_each_change_of_the_outline_counts_is_kept_and_told(cast, course, django_capture_on_commit_callbacks):
    before = course.outline_version
    with django_capture_on_commit_callbacks() as told:
        actions.add_module(cast.teacher, course, "Third")
    course.refresh_from_db()
    assert course.outline_version == before + 1
    assert AuditEntry.objects.filter(verb="module.added", actor=cast.teacher).count() == 3
    sent = [callback.args[0] for callback in told if hasattr(callback, "args")]
    assert {f"course-{course.pk}", f"course-{course.pk}-staff"} <= set(sent)


def test_an_order_is_written_as_it_is_asked_for_across_modules(cast, course):
    (basics, [one, two, three]), (more, _) = ids(course)
    actions.reorder(cast.teacher, course, [(more, [two]), (basics, [three, one])], course.outline_version)
    assert shape(course) == [("More", ["Two"]), ("Basics", ["Three", "One"])]


def test_an_order_made_from_an_older_outline_changes_nothing(cast, course):
    (basics, [one, two, three]), (more, _) = ids(course)
    stale = course.outline_version
    actions.add_lesson(cast.teacher, course.modules.first(), "Four")
    with pytest.raises(StaleOrderError):
        actions.reorder(cast.teacher, course, [(more, []), (basics, [three, two, one])], stale)
    assert shape(course)[0] == ("Basics", ["One", "Two", "Three", "Four"])


@pytest.mark.parametrize("wrong", ["missing", "twice", "another course's"])
def test_an_order_that_is_not_of_this_outline_is_refused(cast, course, wrong):
    (basics, [one, two, three]), (more, _) = ids(course)
    other = factories.lesson().pk
    lessons = {"missing": [one, two], "twice": [one, two, three, three], "another course's": [one, two, three, other]}
    with pytest.raises(ValidationError) as refused:
        actions.reorder(cast.teacher, course, [(basics, lessons[wrong]), (more, [])], course.outline_version)
    assert refused.value.code == "order"
    assert shape(course)[0] == ("Basics", ["One", "Two", "Three"])


def test_what_is_removed_comes_back_where_it_was_with_what_was_completed(cast, course):
    student = factories.enrollment(batch=factories.batch(course=course)).student
    two = lesson("Two")
    actions.update_lesson(cast.teacher, two, {"body": "Words"})
    actions.publish_lessons(cast.teacher, course, [two])
    LessonProgress.objects.create(student=student, lesson=two, completed_at="2026-01-01T00:00Z")
    actions.remove_lesson(cast.teacher, two)
    assert shape(course)[0][1] == ["One", "Three"]
    assert progress.of(student, course).text == "–"
    actions.restore_lesson(cast.teacher, two)
    assert shape(course)[0][1] == ["One", "Two", "Three"]
    assert progress.of(student, course).percent == 100


def test_a_module_takes_its_lessons_along_and_brings_them_back(cast, course):
    module = course.modules.first()
    actions.remove_module(cast.teacher, module)
    assert shape(course) == [("More", [])]
    assert not Lesson.objects.present().filter(module=module).exists()
    actions.restore_module(cast.teacher, module)
    assert shape(course)[0] == ("Basics", ["One", "Two", "Three"])


def test_a_copy_stands_behind_its_lesson_as_a_draft_with_the_same_files(cast, course):
    one = lesson("One")
    picture = factories.lesson_attachment(lesson=one, file=factories.stored_file(name="tree.png", kind="image/png"))
    actions.update_lesson(cast.teacher, one, {"body": "![A tree](tree.png)"})
    actions.publish_lessons(cast.teacher, course, [one])
    double = actions.duplicate_lesson(cast.teacher, one)
    assert shape(course)[0][1] == ["One", "One (copy)", "Two", "Three"]
    assert not double.published
    theirs = double.attachments.get()
    assert theirs.file == picture.file
    assert f"/lessons/{double.pk}/files/{theirs.pk}/" in double.html
    # Taken away from one, it stays with the other.
    actions.detach(cast.teacher, picture)
    assert double.attachments.get().file.pk == theirs.file_id


def test_only_what_can_be_learnt_is_published(cast, course):
    actions.update_lesson(cast.teacher, lesson("Two"), {"body": "Words"})
    found = actions.publish_lessons(cast.teacher, course, Lesson.objects.filter(module__course=course))
    assert [each.title for each in found.done] == ["Two"]
    assert {each.title: why for each, why in found.refused} == {
        "One": ["It has no text yet."],
        "Three": ["It has no text yet."],
    }


def test_a_published_lesson_is_not_emptied(cast, course):
    two = lesson("Two")
    actions.update_lesson(cast.teacher, two, {"body": "Words"})
    actions.publish_lessons(cast.teacher, course, [two])
    with pytest.raises(ValidationError):
        actions.update_lesson(cast.teacher, two, {"body": ""})
    two.refresh_from_db()
    assert two.body == "Words"
    actions.unpublish_lesson(cast.teacher, two)
    actions.update_lesson(cast.teacher, two, {"body": ""})


def test_the_second_of_two_texts_is_refused_and_neither_is_lost(cast, course):
    two = lesson("Two")
    actions.update_lesson(cast.teacher, two, {"body": "Hers"}, {"body": ""})
    with pytest.raises(EditConflict) as conflict:
        actions.update_lesson(cast.staff, two, {"body": "His"}, {"body": ""})
    assert conflict.value.current == {"body": "Hers"}
    # Another field, changed by somebody who saw the old text, is saved beside it.
    actions.update_lesson(cast.staff, two, {"minutes": 20}, {"minutes": None})
    two.refresh_from_db()
    assert (two.body, two.minutes, two.version) == ("Hers", 20, 2)
    assert [*LessonVersion.objects.filter(lesson=two).values_list("number", "body")] == [(2, "Hers"), (1, "")]


def test_links_between_lessons_follow_the_name_that_a_lesson_has(cast, course):
    one, two = lesson("One"), lesson("Two")
    actions.update_lesson(cast.teacher, one, {"body": "As in [two](02-two.md#loops)."})
    one.refresh_from_db()
    assert "href" not in one.html
    actions.update_lesson(cast.teacher, two, {"link_name": "02-two.md"})
    one.refresh_from_db()
    assert f'href="/courses/{course.pk}/lessons/{two.pk}/#c-loops"' in one.html
    actions.remove_lesson(cast.teacher, two)
    one.refresh_from_db()
    assert "href" not in one.html


def test_a_teacher_cannot_change_the_teachers_of_a_course(cast, course):
    with pytest.raises(PermissionDenied):
        actions.update_course(cast.teacher, course, {"teachers": [cast.teacher, cast.teacher2]})
    actions.update_course(cast.staff, course, {"teachers": [cast.teacher2]})
    with pytest.raises(PermissionDenied):
        actions.add_module(cast.teacher, course, "Mine")


def test_conflicting_edits_of_the_teachers_are_refused(cast, course):
    actions.update_course(cast.staff, course, {"teachers": [cast.teacher2]}, {"teachers": [cast.teacher.pk]})
    with pytest.raises(EditConflict):
        actions.update_course(cast.admin, course, {"teachers": []}, {"teachers": [cast.teacher.pk]})
