"""Who is told of announcements and of new lessons: those enrolled at that moment, once, of what they may open."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.courses import actions
from apps.courses.models import Announcement, Enrollment, Lesson
from apps.notifications.models import Event, Notification
from apps.notifications.writing import find
from tests import factories


@pytest.fixture
def run(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def told(kind):
    return {notice.recipient.given_name for notice in Notification.objects.filter(kind=kind)}


def expire(student):
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Enrollment.objects.filter(student=student).update(
        enrolled_at=an_hour_ago - timedelta(hours=1), expires_at=an_hour_ago
    )


def test_an_announcement_reaches_whoever_is_enrolled_at_that_moment_and_nobody_else(cast, run):
    expire(cast.bruno)
    with run():
        made = actions.announce(cast.staff, cast.course, "Exam", "On **Monday**.")
    assert told("announcement") == {"Amina", "Chloe"}
    assert "<strong>Monday</strong>" in made.html


def test_one_to_a_batch_reaches_that_batch(cast, run):
    with run():
        actions.announce(cast.teacher, cast.course, "Room", "We meet in room 4.", cast.batch)
    assert told("announcement") == {"Amina", "Bruno"}


def test_one_that_was_edited_is_not_told_again_and_one_removed_takes_what_was_told_with_it(cast, run):
    with run():
        made = actions.announce(cast.staff, cast.course, "Exam", "On Monday.")
    Notification.objects.update(read_at=timezone.now())
    with run():
        actions.edit_announcement(cast.staff, made, "Exam", "On Tuesday.")
    assert Notification.objects.filter(kind="announcement").count() == 3
    assert not Notification.objects.filter(kind="announcement", read_at=None).exists()
    with run():
        actions.remove_announcement(cast.staff, made)
    assert not Notification.objects.filter(kind="announcement").exists()
    assert not Announcement.objects.exists()


def test_who_reads_what(cast):
    course = factories.announcement(course=cast.course)
    own, other = (factories.announcement(course=cast.course, batch=batch) for batch in (cast.batch, cast.batch2))
    elsewhere = factories.announcement()
    writer = factories.course_teacher(course=cast.course).teacher
    seen = {
        who: set(Announcement.objects.visible_to(who))
        for who in (cast.staff, cast.teacher, cast.amina_user, cast.chloe_user, cast.outsider, writer)
    }
    assert seen[cast.staff] == {course, own, other, elsewhere}
    assert seen[cast.teacher] == seen[cast.amina_user] == {course, own}
    assert seen[cast.chloe_user] == {course, other}
    assert seen[cast.outsider] == set()
    assert seen[writer] == {course, own, other}
    expire(cast.amina)
    assert not Announcement.objects.visible_to(cast.amina_user).exists()


def publish(actor, course, *lessons):
    Lesson.objects.filter(pk__in=[lesson.pk for lesson in lessons]).update(published=True)
    return actions.announce_lessons(actor, course, lessons)


def a_minute_later():
    Lesson.objects.filter(announce_from__isnull=False).update(announce_from=timezone.now())
    return actions.announce_due_lessons()


def test_ten_lessons_published_one_after_another_are_one_notification(cast, run):
    module = factories.module(course=cast.course)
    lessons = [factories.lesson(module=module, published=False) for _ in range(10)]
    expire(cast.bruno)
    with run():
        for lesson in lessons:
            assert publish(cast.staff, cast.course, lesson) == 1
        assert actions.announce_due_lessons() == 0
    assert not Event.objects.filter(kind="lessons").exists()
    with run():
        assert a_minute_later() == 1
    assert told("lessons") == {"Amina", "Chloe"}
    notices = Notification.objects.filter(kind="lessons")
    assert [set(notice.data["lessons"]) for notice in notices] == [{x.pk for x in lessons}] * 2


def test_a_lesson_is_told_of_once_whatever_happens_to_it_later(cast, run):
    lesson = factories.lesson(module=factories.module(course=cast.course), published=False)
    with run():
        publish(cast.staff, cast.course, lesson)
        a_minute_later()
    Lesson.objects.update(published=False)
    with run():
        assert publish(cast.staff, cast.course, lesson) == 0
        assert a_minute_later() == 0
    assert Event.objects.filter(kind="lessons").count() == 1


def test_one_that_was_hidden_within_the_minute_is_not_told_of_until_it_is_published_again(cast, run):
    lesson = factories.lesson(module=factories.module(course=cast.course), published=False)
    with run():
        publish(cast.staff, cast.course, lesson)
        Lesson.objects.update(published=False)
        assert a_minute_later() == 0
    with run():
        assert publish(cast.staff, cast.course, lesson) == 1
        assert a_minute_later() == 1
    assert told("lessons") == {"Amina", "Bruno", "Chloe"}


def test_the_notification_shows_what_its_reader_may_still_open(cast, run):
    module = factories.module(course=cast.course)
    first, second = (factories.lesson(module=module, published=False) for _ in range(2))
    with run():
        publish(cast.staff, cast.course, first, second)
        a_minute_later()
    notice = Notification.objects.get(kind="lessons", recipient=cast.amina_user)
    found = find(cast.amina_user, [notice])[notice.pk]
    assert (found.more["count"], found.url) == (2, cast.course.get_absolute_url())
    Lesson.objects.filter(pk=first.pk).update(published=False)
    found = find(cast.amina_user, [notice])[notice.pk]
    assert (found.more["titles"], found.url) == ([second.title], second.get_absolute_url())
    expire(cast.amina)
    assert find(cast.amina_user, [notice]) == {}


def test_lessons_of_a_draft_course_are_told_of_to_nobody(cast, run):
    cast.course.published = False
    cast.course.save()
    lesson = factories.lesson(module=factories.module(course=cast.course), published=False)
    with run():
        publish(cast.staff, cast.course, lesson)
        assert a_minute_later() == 0
    assert not Notification.objects.filter(kind="lessons").exists()
