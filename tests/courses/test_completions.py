"""Who finished a course gets its certificate, once, and also when what was left to do goes away."""

import re
from functools import partial

import pytest

from apps.accounts.models import AuditEntry
from apps.core import metrics
from apps.courses import actions, certificate_rules, tasks
from apps.courses.models import Certificate, CourseCompletion
from apps.courses.models.certificates import ALPHABET, as_number, new_number
from apps.notifications.models import Notification
from tests import factories


@pytest.fixture
def course(cast):
    cast.course.certificate_rule = "completed"
    cast.course.save()
    return cast.course


@pytest.fixture
def lessons(course):
    module = factories.module(course=course)
    return [factories.lesson(module=module) for _ in range(3)]


def test_the_last_lesson_brings_the_certificate_with_what_stood_in_the_records_then(cast, course, lessons, settings):
    settings.ACADEMY_NAME = "Academy of Dakar"
    for lesson in lessons[:2]:
        actions.complete_lesson(cast.amina_user, lesson)
    assert not Certificate.objects.exists()
    actions.complete_lesson(cast.amina_user, lessons[2])
    certificate = Certificate.objects.get()
    course.title, cast.amina.given_name, settings.ACADEMY_NAME = "Geometry", "Other", "Elsewhere"
    course.save(), cast.amina.save()
    certificate.refresh_from_db()
    frozen = certificate.name, certificate.course_title, certificate.academy, certificate.student
    assert frozen == ("Amina Diallo", "Algebra", "Academy of Dakar", cast.amina)
    assert AuditEntry.objects.get(verb="certificate.issued").detail["student"] == cast.amina.pk


def test_done_again_after_it_was_undone_is_no_second_certificate(cast, course, lessons):
    for lesson in lessons:
        actions.complete_lesson(cast.amina_user, lesson)
    actions.undo_completion(cast.amina_user, lessons[0])
    actions.complete_lesson(cast.amina_user, lessons[0])
    assert Certificate.objects.count() == 1
    assert AuditEntry.objects.filter(verb="certificate.issued").count() == 1


def test_a_course_without_a_rule_gives_none_and_one_that_gets_a_rule_gives_it_to_who_has_finished(
    cast, lessons, course
):
    course.certificate_rule = ""
    course.save()
    for lesson in lessons:
        actions.complete_lesson(cast.amina_user, lesson)
    assert CourseCompletion.objects.count() == 1
    assert not Certificate.objects.exists()
    course.certificate_rule = "completed"
    course.save()
    actions.settle_course(course.pk)
    assert Certificate.objects.get().student == cast.amina


def test_a_rule_of_a_room_above_decides(cast, course, lessons, monkeypatch):
    passed = set()
    rule = certificate_rules.CertificateRule(
        "passed", "Passed", "Pass.", lambda student, course, run: student in passed
    )
    monkeypatch.setattr(certificate_rules, "_rules", {"passed": rule})
    course.certificate_rule = "passed"
    course.save()
    for lesson in lessons:
        actions.complete_lesson(cast.amina_user, lesson)
    assert not Certificate.objects.exists()
    assert actions.award(cast.amina, course, 1) is None
    passed.add(cast.amina)
    assert actions.award(cast.amina, course, 1) == Certificate.objects.get()
    # A rule that nobody registers any more gives nothing, and breaks nothing.
    course.certificate_rule = "unheard-of"
    assert actions.award(cast.bruno, course, 1) is None


def test_a_lesson_that_goes_makes_those_finish_who_had_done_the_rest(
    cast, course, lessons, django_capture_on_commit_callbacks
):
    for lesson in lessons[:2]:
        actions.complete_lesson(cast.amina_user, lesson)
    actions.complete_lesson(cast.bruno_user, lessons[0])
    # Chloe had done it all but her enrollment is over.
    factories.lesson_progress(lesson=lessons[0], student=cast.chloe, completed_at=course.created)
    factories.lesson_progress(lesson=lessons[1], student=cast.chloe, completed_at=course.created)
    actions.end_enrollment(cast.staff, cast.chloe.enrollments.get())
    lessons[2].published = False
    lessons[2].save()
    with django_capture_on_commit_callbacks(execute=True):
        actions.settle_later(course)
    assert [fact.student for fact in CourseCompletion.objects.all()] == [cast.amina]
    assert Certificate.objects.get().student == cast.amina
    assert actions.settle_course(course.pk) == (0, 0)


def test_a_course_whose_last_lesson_goes_is_finished_by_nobody(cast, course, lessons):
    for lesson in lessons:
        lesson.published = False
        lesson.save()
    assert actions.settle_course(course.pk) == (0, 0)
    assert not CourseCompletion.objects.exists()


def test_what_was_lost_is_found_at_night_and_said(cast, course, lessons, caplog):
    for student in (cast.amina, cast.bruno):
        for lesson in lessons:
            factories.lesson_progress(lesson=lesson, student=student, completed_at=course.created)
    # Bruno's completion was noticed, and its certificate got lost; Amina's was never noticed.
    factories.course_completion(student=cast.bruno, course=course)
    counted = partial(metrics.REGISTRY.get_sample_value, "homeroom_settled_late_total")
    before = [counted({"what": what}) or 0 for what in actions.Settled._fields]
    tasks.settle_all.call_local()
    assert {fact.student for fact in CourseCompletion.objects.all()} == {cast.amina, cast.bruno}
    assert {paper.student for paper in Certificate.objects.all()} == {cast.amina, cast.bruno}
    assert f"course {course.pk} lacked 1 completions and 1 certificates" in caplog.text
    assert [counted({"what": what}) for what in actions.Settled._fields] == [before[0] + 1, before[1] + 1]
    caplog.clear()
    assert actions.settle_all() == (0, 0)
    assert "lacked" not in caplog.text


def test_later_lessons_take_neither_the_date_nor_the_certificate_back(cast, course, lessons):
    for lesson in lessons:
        actions.complete_lesson(cast.amina_user, lesson)
    fact = CourseCompletion.objects.get()
    more = factories.lesson(module=lessons[0].module)
    actions.settle_course(course.pk)
    actions.complete_lesson(cast.amina_user, more)
    assert CourseCompletion.objects.get().finished_at == fact.finished_at
    assert Certificate.objects.count() == 1


def test_the_student_is_told_once(cast, course, lessons, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for lesson in lessons:
            actions.complete_lesson(cast.amina_user, lesson)
        actions.settle_course(course.pk)
    assert [notice.recipient for notice in Notification.objects.filter(kind="certificate")] == [cast.amina_user]


def test_a_number_is_128_bits_in_letters_that_are_not_mistaken_for_others():
    numbers = [new_number() for _ in range(500)]
    assert len(set(numbers)) == 500
    assert set("".join(numbers)) == set(ALPHABET)
    # 26 digits of 5 bits are 130: the first has 3 of them.
    assert {len(number) for number in numbers} == {26}
    assert {number[0] for number in numbers} == set("01234567")
    value = numbers[0]
    assert as_number(f" {value[:5]}-{value[5:]} ".lower().replace("0", "o").replace("1", "l")) == value
    certificate = Certificate(number=value)
    assert re.fullmatch("-".join([r"\w{5}"] * 4 + [r"\w{6}"]), certificate.readable_number)
