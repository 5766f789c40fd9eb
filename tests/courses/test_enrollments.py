"""Enrollments: from when until when, and what happens when that changes."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.core.academy_calendar import academy_midnight, academy_now, academy_today
from apps.courses import actions, notices_enrollment
from apps.courses.models import Batch, Course, Enrollment, LessonProgress
from apps.courses.policies import access_ends_at, can_read_course_channel
from apps.notifications import fanout
from apps.notifications.models import Event, Notification
from apps.students.policies import thread_ends_at
from tests import factories

DAY = timedelta(days=1)


@pytest.fixture
def geometry(cast):
    return factories.course(title="Geometry")


def days(count):
    return academy_today() + timedelta(days=count)


def put_back(enrollment, **ago):
    """As if it had begun and ended so long ago."""
    moments = {name: timezone.now() - before for name, before in ago.items()}
    Enrollment.objects.filter(pk=enrollment.pk).update(**moments)
    enrollment.refresh_from_db()


class TestDays:
    def test_it_is_open_to_the_end_of_its_last_day(self, cast, geometry):
        made = actions.enroll(cast.staff, geometry, cast.amina, ends=days(3))
        end = academy_midnight(days(4))
        assert (made.expires_at, made.last_day) == (end, days(3))
        valid = Enrollment.objects.filter(pk=made.pk)
        assert valid.valid(end - timedelta(microseconds=1)).exists()
        assert not valid.valid(end).exists()

    def test_one_that_begins_later_opens_at_its_second_and_holds_a_place_before(self, cast, geometry):
        made = actions.enroll(cast.staff, geometry, cast.amina, begins=days(2))
        begin = academy_midnight(days(2))
        rows = Enrollment.objects.filter(pk=made.pk)
        assert not rows.valid(begin - timedelta(microseconds=1)).exists()
        assert rows.valid(begin).exists()
        assert rows.not_ended().exists()
        assert made.state == "later"

    @pytest.mark.parametrize(
        ("begins", "ends", "said"), [(5, 3, "It ends before it begins."), (-9, -1, "This day is in the past.")]
    )
    def test_an_end_that_makes_no_sense_is_said_at_its_field(self, cast, geometry, begins, ends, said):
        with pytest.raises(ValidationError) as refused:
            actions.enroll(cast.staff, geometry, cast.amina, days(begins), days(ends))
        assert refused.value.message_dict["ends"][0].startswith(said)
        assert not Enrollment.objects.filter(course=geometry).exists()

    def test_extending_keeps_the_moment_at_which_it_began(self, cast, geometry):
        made = actions.enroll(cast.staff, geometry, cast.amina, ends=days(3))
        changed = actions.change_dates(cast.staff, made, made.enrolled_on, days(30))
        assert changed.enrolled_at == made.enrolled_at
        assert changed.last_day == days(30)

    def test_what_is_over_is_not_extended(self, cast, geometry):
        made = actions.enroll(cast.staff, geometry, cast.amina, ends=days(3))
        put_back(made, enrolled_at=9 * DAY, expires_at=DAY)
        with pytest.raises(ValidationError, match="ended in the meantime"):
            actions.change_dates(cast.staff, made, made.enrolled_on, days(30))


class TestAgain:
    def test_who_returns_has_a_new_enrollment_and_their_progress(self, cast, geometry):
        lesson = factories.lesson(module=factories.module(course=geometry))
        made = actions.enroll(cast.staff, geometry, cast.amina)
        actions.complete_lesson(cast.amina_user, lesson)
        actions.end_enrollment(cast.staff, made)
        again = actions.enroll(cast.staff, geometry, cast.amina)
        assert again.pk != made.pk
        assert LessonProgress.objects.get(student=cast.amina, lesson=lesson).completed_at

    def test_one_that_ran_out_neither_blocks_a_new_one_nor_takes_a_place(self, cast, geometry):
        Course.objects.filter(pk=geometry.pk).update(capacity=1)
        made = actions.enroll(cast.staff, geometry, cast.amina, ends=days(3))
        with pytest.raises(ValidationError, match="Geometry is full: 1 of 1 places are taken"):
            actions.enroll(cast.staff, geometry, cast.bruno)
        put_back(made, enrolled_at=9 * DAY, expires_at=timedelta())
        assert actions.enroll(cast.staff, geometry, cast.bruno).state == "valid"
        Course.objects.filter(pk=geometry.pk).update(capacity=2)
        assert actions.enroll(cast.staff, geometry, cast.amina).state == "valid"

    def test_a_withdrawal_that_is_undone_leaves_all_as_it_was(self, cast, geometry):
        made = actions.enroll(cast.staff, geometry, cast.amina, ends=days(3))
        ended = actions.end_enrollment(cast.staff, made)
        assert not ended.is_valid()
        again = actions.undo_withdrawal(cast.staff, ended, made.expires_at)
        assert (again.pk, again.expires_at, again.state) == (made.pk, made.expires_at, "valid")

    def test_undo_takes_nobodys_place(self, cast, geometry):
        Course.objects.filter(pk=geometry.pk).update(capacity=1)
        made = actions.enroll(cast.staff, geometry, cast.amina)
        ended = actions.end_enrollment(cast.staff, made)
        actions.enroll(cast.staff, geometry, cast.bruno)
        with pytest.raises(ValidationError, match="full"):
            actions.undo_withdrawal(cast.staff, ended, None)


class TestWhenAccessEnds:
    def test_it_is_the_earlier_of_its_own_end_and_its_batchs(self, cast):
        Batch.objects.filter(pk=cast.batch.pk).update(end=days(5))
        assert access_ends_at(cast.amina_user, cast.course.pk) is None
        Batch.objects.filter(pk=cast.batch.pk).update(end_ends_access=True)
        assert access_ends_at(cast.amina_user, cast.course.pk) == academy_midnight(days(6))
        sooner = timezone.now() + DAY
        Enrollment.objects.filter(student=cast.amina).update(expires_at=sooner)
        assert access_ends_at(cast.amina_user, cast.course.pk) == sooner

    def test_a_teachers_access_has_no_end(self, cast):
        Enrollment.objects.update(expires_at=timezone.now() + DAY)
        assert access_ends_at(cast.teacher, cast.course.pk) is None

    def test_a_teachers_right_to_a_thread_ends_with_the_last_place_in_a_batch_of_theirs(self, cast, geometry):
        soon, late = timezone.now() + DAY, timezone.now() + 2 * DAY
        Enrollment.objects.filter(student=cast.amina).update(expires_at=soon)
        assert thread_ends_at(cast.teacher, cast.amina.pk) == soon
        other = factories.batch(course=geometry, teacher=cast.teacher)
        factories.enrollment(student=cast.amina, batch=other, expires_at=late)
        assert thread_ends_at(cast.teacher, cast.amina.pk) == late
        assert thread_ends_at(cast.staff, cast.amina.pk) is None
        assert thread_ends_at(cast.amina_user, cast.amina.pk) is None


class TestTheClock:
    @pytest.fixture
    def told(self, cast, published):
        """What is told when the clock comes to a moment."""

        def tell(at):
            published.clear()
            published.rights.clear()
            with published():
                count = actions.tell_of_the_clock(at)
            return count, {channel for channel, _ in published}, set(published.rights)

        tell(timezone.now())
        return tell

    def test_who_runs_out_is_told_once_and_so_are_those_who_follow(self, cast, told):
        now = timezone.now()
        Enrollment.objects.filter(student=cast.amina).update(expires_at=now + timedelta(seconds=9))
        assert told(now + timedelta(seconds=8)) == (0, set(), set())
        count, channels, people = told(now + timedelta(seconds=9))
        course = f"course-{cast.course.pk}-staff"
        assert (count, people) == (1, {cast.amina_user.pk, cast.teacher.pk})
        assert channels == {course, f"batch-{cast.batch.pk}", f"user-{cast.amina_user.pk}"}
        assert told(now + timedelta(seconds=9)) == (0, set(), set())
        assert told(now + timedelta(seconds=99)) == (0, set(), set())

    def test_who_begins_is_told(self, cast, told):
        now = timezone.now()
        Enrollment.objects.filter(student=cast.amina).update(enrolled_at=now + timedelta(seconds=9))
        assert told(now + timedelta(seconds=8))[0] == 0
        assert told(now + timedelta(seconds=10))[2] == {cast.amina_user.pk, cast.teacher.pk}

    def test_a_batch_whose_end_ends_access_is_told_of_at_midnight_and_another_is_not(self, cast, told):
        Batch.objects.filter(pk=cast.batch.pk).update(end=academy_today(), end_ends_access=True)
        Batch.objects.filter(pk=cast.batch2.pk).update(end=academy_today())
        midnight = academy_midnight(days(1))
        assert told(midnight - timedelta(seconds=1))[0] == 0
        assert told(midnight)[2] == {cast.amina_user.pk, cast.bruno_user.pk, cast.teacher.pk}
        assert told(midnight + DAY)[0] == 0

    def test_jobs_wait_for_what_turns_within_the_minute(self, cast, monkeypatch):
        queued = []
        monkeypatch.setattr("apps.courses.actions.clock.enqueue_at", lambda *job: queued.append(job))
        soon = timezone.now() + timedelta(seconds=30)
        Enrollment.objects.filter(student=cast.amina).update(expires_at=soon)
        Enrollment.objects.filter(student=cast.bruno).update(expires_at=soon)
        Enrollment.objects.filter(student=cast.chloe).update(expires_at=soon + timedelta(hours=1))
        assert actions.look_ahead() == [soon]
        [(name, moment, argument)] = queued
        assert (name, argument) == ("courses.tell_at_the_second", soon.isoformat())
        assert moment < soon


class TestNotices:
    def told(self, user):
        for key in Event.objects.values_list("key", flat=True):
            fanout.tell(key)
        return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True))

    def test_a_student_is_told_of_what_others_do_with_their_enrollment(self, cast, geometry):
        made = actions.enroll(cast.staff, geometry, cast.amina)
        actions.change_dates(cast.staff, made, made.enrolled_on, days(30))
        actions.end_enrollment(cast.staff, made)
        assert self.told(cast.amina_user) == ["enrolled", "access", "withdrawn"]

    def test_nobody_is_told_of_a_withdrawal_that_was_undone(self, cast, geometry):
        made = actions.enroll(cast.staff, geometry, cast.amina)
        ended = actions.end_enrollment(cast.staff, made)
        actions.undo_withdrawal(cast.staff, ended, None)
        assert self.told(cast.amina_user) == ["enrolled"]

    def test_who_joins_by_themselves_is_told_nothing(self, cast, geometry):
        factories.enrollment_code(course=geometry, text="CIRCLE")
        actions.use_code(cast.amina_user, "circle")
        assert self.told(cast.amina_user) == []

    def test_an_end_within_a_week_is_told_once_and_a_new_end_again(self, cast, monkeypatch):
        monkeypatch.setattr(notices_enrollment, "TELL_FROM_HOUR", 0)
        row = Enrollment.objects.get(student=cast.amina)
        actions.change_dates(cast.staff, row, row.enrolled_on, days(8))
        assert notices_enrollment.tell_of_ends() == 0
        actions.change_dates(cast.staff, row, row.enrolled_on, days(6))
        assert notices_enrollment.tell_of_ends() == 1
        assert notices_enrollment.tell_of_ends() == 0
        actions.change_dates(cast.staff, row, row.enrolled_on, days(5))
        assert notices_enrollment.tell_of_ends() == 1

    def test_a_batch_that_closes_within_a_week_is_told_to_each_of_its_students(self, cast, monkeypatch):
        monkeypatch.setattr(notices_enrollment, "TELL_FROM_HOUR", 0)
        Batch.objects.filter(pk=cast.batch.pk).update(end=days(6))
        assert notices_enrollment.tell_of_ends() == 0
        Batch.objects.filter(pk=cast.batch.pk).update(end_ends_access=True)
        assert notices_enrollment.tell_of_ends() == 2
        assert notices_enrollment.tell_of_ends() == 0

    def test_at_night_nobody_is_told(self, cast, monkeypatch):
        Enrollment.objects.update(expires_at=timezone.now() + DAY)
        hours = iter([8, 9])
        monkeypatch.setattr(notices_enrollment, "academy_now", lambda: academy_now().replace(hour=next(hours)))
        assert notices_enrollment.tell_of_ends() == 0
        assert notices_enrollment.tell_of_ends() == 3


def test_the_channel_of_a_course_is_read_while_it_is_valid_and_not_a_second_longer(cast):
    row = Enrollment.objects.get(student=cast.amina)
    assert can_read_course_channel(cast.amina_user, cast.course.pk)
    put_back(row, expires_at=timedelta())
    assert not can_read_course_channel(cast.amina_user, cast.course.pk)
