"""An enrollment opens what it opens while it is valid, and not a second longer.

Random histories of one student in one course, and a plain reading of each beside it: whatever an address, a channel or
a list of recipients says at a moment, it says if and only if the history does.
"""

import datetime
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apps.courses import actions
from apps.courses.models import Batch, Course, Enrollment, Lesson
from apps.notifications import notification_types
from apps.notifications.models import Event
from apps.realtime.channels import can_read, ends_at
from tests import factories

ZONE = ZoneInfo("Pacific/Auckland")
NOON = datetime.datetime(2026, 3, 2, 12, 0, tzinfo=ZONE)
MOMENT = timedelta(microseconds=1)


def midnight(day):
    return datetime.datetime.combine(day, datetime.time(), ZONE)


@dataclass
class Taken:
    """One enrollment as the history tells it."""

    begins: datetime.datetime
    ends: datetime.datetime | None = None
    in_batch: bool = False
    withdrawn: bool = False


@dataclass
class Told:
    """What has happened so far, read slowly and without a database."""

    now: datetime.datetime = NOON
    taken: list[Taken] = field(default_factory=list)
    published: bool = True
    lesson_published: bool = True
    batch_end: datetime.date | None = None
    batch_ends_access: bool = False

    def is_over(self, row):
        ends = [row.ends] if row.ends else []
        if row.in_batch and self.batch_ends_access and self.batch_end:
            ends.append(midnight(self.batch_end + timedelta(days=1)))
        return row.withdrawn or any(end <= self.now for end in ends)

    @property
    def held(self):
        """The enrollment that holds a place: at most one."""
        rows = [row for row in self.taken if not self.is_over(row)]
        assert len(rows) <= 1
        return rows[0] if rows else None

    @property
    def is_valid(self):
        return bool(self.held and self.held.begins <= self.now)

    def today(self):
        return self.now.astimezone(ZONE).date()


DAYS = st.integers(0, 5)
DEEDS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([MOMENT, timedelta(hours=11), timedelta(days=1), timedelta(days=3)])),
    st.tuples(st.just("wait until the next change"), st.sampled_from([-MOMENT, timedelta(), MOMENT])),
    st.tuples(st.just("enroll"), DAYS, st.none() | DAYS),
    st.tuples(st.just("add to the batch")),
    st.tuples(st.just("code"), st.booleans(), st.none() | st.integers(1, 3)),
    st.tuples(st.just("change the days"), DAYS, st.none() | DAYS),
    st.tuples(st.just("withdraw")),
    st.tuples(st.just("undo")),
    st.tuples(st.just("the clock's job")),
    st.tuples(st.just("the batch ends"), st.none() | st.integers(-1, 4), st.booleans()),
    st.tuples(st.just("publish the course"), st.booleans()),
    st.tuples(st.just("publish the lesson"), st.booleans()),
)


class Scene:
    """The same in the database, by the actions that pages call."""

    def __init__(self, cast, client):
        self.cast, self.client, self.told = cast, client, Told()
        self.course = factories.course()
        self.batch = factories.batch(course=self.course, start=datetime.date(2026, 1, 1))
        stored = factories.stored_file(file=default_storage.save("files/x", ContentFile(b"content")), size=7)
        module = factories.module(course=self.course)
        self.lesson = factories.lesson(module=module, file=stored, captions=stored)
        sheet = factories.lesson_attachment(lesson=self.lesson, file=stored, name="sheet.pdf")
        page = f"/courses/{self.course.pk}/lessons/{self.lesson.pk}/"
        self.addresses = [page, f"{page}outline/", f"{page}file/", f"{page}captions/", f"{page}files/{sheet.pk}/"]
        self.codes = {
            into: factories.enrollment_code(course=self.course, batch=self.batch if into else None)
            for into in (False, True)
        }
        self.before: tuple[Enrollment, Taken, datetime.datetime | None] | None = None

    def status(self, address):
        answer = self.client.get(address)
        answer.close()
        return answer.status_code

    def row(self):
        return Enrollment.objects.not_ended().filter(student=self.cast.amina, course=self.course).first()

    def attempt(self, allowed, act):
        """Do it, where the history says that it can be done; elsewhere it must be refused."""
        if allowed:
            act()
        else:
            with pytest.raises(ValidationError):
                act()
        return allowed

    def do(self, deed):
        name, *more = deed
        getattr(self, "_" + name.replace(" ", "_").replace("'", ""))(*more)

    def _wait(self, time):
        self.told.now += time

    def _wait_until_the_next_change(self, off):
        told = self.told
        moments = [moment for row in told.taken for moment in (row.begins, row.ends)]
        moments += [midnight(told.batch_end + timedelta(days=1))] if told.batch_end else []
        later = [moment for moment in moments if moment and moment + off > told.now]
        told.now = min(later, default=told.now - off) + off

    def _dates(self, begins, ends, row=None):
        """The moments that these days mean, or None where they make no sense."""
        told = self.told
        first = told.today() + timedelta(days=begins)
        same = row and first == row.begins.astimezone(ZONE).date()
        begin = row.begins if same else told.now if first == told.today() and not row else midnight(first)
        end = midnight(told.today() + timedelta(days=ends + 1)) if ends is not None else None
        sensible = end is None or (end > begin and end > told.now)
        return first, told.today() + timedelta(days=ends) if ends is not None else None, begin, end, sensible

    def _enroll(self, begins, ends):
        first, last, begin, end, sensible = self._dates(begins, ends)
        allowed = sensible and not self.told.held
        if self.attempt(allowed, lambda: actions.enroll(self.cast.staff, self.course, self.cast.amina, first, last)):
            self.told.taken.append(Taken(begin, end))

    def _add_to_the_batch(self):
        told, held = self.told, self.told.held
        allowed = not (held and held.in_batch)
        if not self.attempt(allowed, lambda: actions.add_student(self.cast.staff, self.batch, self.cast.amina)):
            return
        if held:
            held.in_batch = True
        else:
            told.taken.append(Taken(told.now, in_batch=True))

    def _code(self, into_batch, days):
        code = self.codes[into_batch]
        code.access_days = days
        code.save()
        told = self.told
        allowed = told.published and not told.held
        if self.attempt(allowed, lambda: actions.use_code(self.cast.amina_user, code.text.lower())):
            end = midnight(told.today() + timedelta(days=days + 1)) if days else None
            told.taken.append(Taken(told.now, end, into_batch))

    def _change_the_days(self, begins, ends):
        if not (held := self.told.held):
            return
        first, last, begin, end, sensible = self._dates(begins, ends, held)
        row = self.row()
        if self.attempt(sensible, lambda: actions.change_dates(self.cast.staff, row, first, last)):
            held.begins, held.ends = begin, end

    def _withdraw(self):
        if held := self.told.held:
            row = self.row()
            self.before = row, held, row.expires_at
            actions.end_enrollment(self.cast.staff, row)
            held.withdrawn = True

    def _undo(self):
        if not self.before:
            return
        (row, taken, ends), self.before = self.before, None
        taken.withdrawn = False
        allowed = not self.told.is_over(taken) and sum(not self.told.is_over(each) for each in self.told.taken) == 1
        taken.withdrawn = not allowed
        self.attempt(allowed, lambda: actions.undo_withdrawal(self.cast.staff, row, ends))

    def _the_clocks_job(self):
        actions.tell_of_the_clock()

    def _the_batch_ends(self, days, ends_access):
        told = self.told
        told.batch_end = None if days is None else told.today() + timedelta(days=days)
        told.batch_ends_access = ends_access
        # A move that revives two enrollments at once is no history: the second has a place of its own by then.
        if sum(not told.is_over(row) for row in told.taken) > 1:
            told.batch_end, told.batch_ends_access = told.today() - timedelta(days=1), True
        if sum(not told.is_over(row) for row in told.taken) > 1:
            raise AssertionError("two places at once")
        Batch.objects.filter(pk=self.batch.pk).update(end=told.batch_end, end_ends_access=told.batch_ends_access)

    def _publish_the_course(self, published):
        self.told.published = published
        Course.objects.filter(pk=self.course.pk).update(published=published)

    def _publish_the_lesson(self, published):
        self.told.lesson_published = published
        Lesson.objects.filter(pk=self.lesson.pk).update(published=published)

    def assert_access(self):
        told, user = self.told, self.cast.amina_user
        opens = told.is_valid and told.published
        status = 200 if opens and told.lesson_published else 404
        assert {self.status(address) for address in self.addresses} == {status}
        assert can_read(user, f"course-{self.course.pk}") == opens
        event = Event(kind="lessons", key="x", thing=self.course.pk, data={"lessons": [self.lesson.pk]})
        recipients = notification_types.get("lessons").recipients
        assert list(recipients(event, 0, 10)) == ([user.pk] if opens else [])
        assert Enrollment.objects.not_ended().filter(course=self.course).count() == bool(told.held)
        assert self.batch.count_students() == bool(told.held and told.held.in_batch)
        if opens:
            end = ends_at(user, [f"course-{self.course.pk}"])
            assert end is None or end > told.now


@pytest.fixture
def assert_access_throughout(cast, client_for, settings, tmp_path):
    """Play a history and check access after each step; rolls everything back."""
    settings.TIME_ZONE, settings.MEDIA_ROOT = ZONE.key, tmp_path
    settings.SESSION_COOKIE_AGE = 400 * 86_400

    def play(history):
        with transaction.atomic(), time_machine.travel(NOON, tick=False) as clock:
            scene = Scene(cast, client_for(cast.amina_user))
            scene.assert_access()
            for deed in history:
                scene.do(deed)
                clock.move_to(scene.told.now)
                scene.assert_access()
            transaction.set_rollback(True)

    return play


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("code", True, None), ("the batch ends", 1, True), ("wait until the next change", timedelta())])
@example([("enroll", 0, 2), ("wait until the next change", -MOMENT), ("the clock's job",), ("wait", MOMENT)])
@example([("enroll", 1, None), ("wait until the next change", timedelta()), ("withdraw",), ("undo",)])
@example([("enroll", 0, 0), ("wait", timedelta(days=1)), ("code", False, 1), ("publish the course", False)])
@given(st.lists(DEEDS, min_size=1, max_size=12))
def test_whatever_an_enrollment_opens_is_open_while_it_is_valid_and_no_longer(assert_access_throughout, history):
    assert_access_throughout(history)
