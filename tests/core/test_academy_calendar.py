"""What depends on a day depends on the academy's, wherever the reader is."""

import datetime
import zoneinfo

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.core.academy_calendar import academy_day, academy_today
from apps.courses.models import Batch, BatchStatus, Enrollment
from apps.courses.part import CoursesPart

# The 21st where the academy is, still the 20th where the reader is.
NOW = datetime.datetime(2026, 11, 20, 13, 0, tzinfo=datetime.UTC)
YESTERDAY, TODAY = datetime.date(2026, 11, 20), datetime.date(2026, 11, 21)


@pytest.fixture
def far_away(settings, monkeypatch):
    """An academy in Auckland, and a reader in Los Angeles."""
    settings.TIME_ZONE = "Pacific/Auckland"
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    with timezone.override(zoneinfo.ZoneInfo("America/Los_Angeles")):
        yield


@pytest.mark.usefixtures("far_away")
def test_today_is_the_academys_day():
    assert timezone.localdate() == academy_today() - datetime.timedelta(1) == YESTERDAY
    assert academy_day(NOW) == TODAY


@pytest.mark.usefixtures("far_away")
def test_a_batch_ends_and_begins_on_the_academys_day(cast):
    def statuses(batch):
        return {status for status in BatchStatus if Batch.objects.in_status(status).filter(pk=batch.pk)}

    ended, begun = cast.batch, cast.batch2
    ended.start = ended.end = YESTERDAY
    begun.start, begun.teacher = TODAY, None
    ended.save()
    begun.save()
    assert (ended.status, begun.status) == (BatchStatus.ENDED, BatchStatus.RUNNING)
    assert (statuses(ended), statuses(begun)) == ({BatchStatus.ENDED}, {BatchStatus.RUNNING})
    assert list(Batch.objects.running_first()) == [begun, ended]
    assert list(Batch.objects.with_places()) == [begun]
    assert list(Batch.objects.without_teacher()) == [begun]
    # Nothing is left to teach that would keep a teacher from another role.
    assert not list(CoursesPart().open_work(cast.teacher))
    assert not list(CoursesPart().against_role(cast.teacher, Role.STAFF))


@pytest.mark.usefixtures("far_away")
def test_without_a_teacher_are_only_batches_that_go_on(cast):
    Batch.objects.update(teacher=None, end=YESTERDAY)
    assert not Batch.objects.without_teacher()


def test_enrolled_since_is_the_academys_day(cast, client_for, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    cast.staff.time_zone = "America/Los_Angeles"
    cast.staff.save()
    Enrollment.objects.update(enrolled_at=NOW)
    page = client_for(cast.staff).get(f"/batches/{cast.batch.pk}/edit/").content.decode()
    assert "21 Nov 2026" in page
    assert "20 Nov 2026" not in page
