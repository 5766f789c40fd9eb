"""Background work is done once, says how far it is, outlives its worker, and is its owner's alone."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from apps.accounts import closing
from apps.jobs import actions, job_types, running
from apps.jobs.job_types import JobError, JobType, Report, Result
from apps.jobs.models import Job, State
from apps.notifications.models import Notification

LATER = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
FILE = Result("It is ready.", "", ContentFile(b"%PDF-1.7"), "Amina.pdf", "application/pdf")


class Work:
    """A type of work whose outcome the test decides: `does` is called with the job and its progress."""

    def __init__(self) -> None:
        self.runs = 0
        self.permitted = True
        self.does: Callable[[Job, Report], Result] = lambda job, report: Result("Counted.", "/students/")

    def run(self, job: Job, report: Report) -> Result:
        self.runs += 1
        return self.does(job, report)


@pytest.fixture
def work(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    work = Work()
    work_type = JobType("count", work.run, lambda user, job: work.permitted)
    monkeypatch.setitem(job_types._types, "count", work_type)
    return work


@pytest.fixture
def waits(settings) -> None:
    """Nothing runs until the test says so."""
    settings.TASKS = LATER


@pytest.fixture
def commits(django_capture_on_commit_callbacks) -> Callable[[], AbstractContextManager[object]]:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def start(user, key: str = "1", **more) -> Job:
    return actions.start(user, "count", key, "Count the students", **more)


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_it_is_done_and_its_owner_finds_the_result_on_its_page_and_in_the_list(cast, client_for, work):
    job = start(cast.staff)
    assert (job.state, job.result, work.runs) == (State.DONE, "Counted.", 1)
    client = client_for(cast.staff)
    page = client.get(job.get_absolute_url()).text
    assert "Counted." in page
    assert 'href="/students/"' in page
    assert "Count the students" in client.get("/jobs/").text


def test_a_second_click_starts_nothing_while_the_first_is_under_way(cast, work, waits):
    assert start(cast.staff) == start(cast.staff)
    assert start(cast.staff, "2") != start(cast.staff)
    assert start(cast.staff2) != start(cast.staff)
    job = start(cast.staff)
    running.run(job.pk)
    running.run(job.pk)
    assert work.runs == 1
    assert start(cast.staff) != job, "once it is over it can be started again"


def test_progress_is_written_once_a_second_and_at_each_step(cast, work, waits, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(running.time, "monotonic", lambda: now[0])
    seen = []

    def count(job, report):
        for done in range(100):
            report(done, 100, "Reading")
            seen.append((fresh(job).done, fresh(job).step))
            now[0] += 0.1
        report(0, 0, "Saving")
        seen.append((fresh(job).done, fresh(job).step))
        return Result("Counted.")

    work.does = count
    running.run(start(cast.staff).pk)
    assert len({done for done, step in seen if step == "Reading"}) == pytest.approx(10, abs=1)
    assert seen[-1] == (0, "Saving")


def test_open_pages_are_told_and_show_how_far_it_is(cast, client_for, work, waits, published):
    def count(job, report):
        with published():
            report(30, 120, "Reading the rows")
        pages.append(client_for(cast.staff).get(job.get_absolute_url()).text)
        return Result("Counted.")

    pages = []
    work.does = count
    job = start(cast.staff)
    waiting = client_for(cast.staff).get(job.get_absolute_url()).text
    assert "Waiting for its turn" in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    running.run(job.pk)
    (page,) = pages
    assert '<span data-done="30">30</span> of 120' in page
    assert 'value="25" max="100"' in page
    assert (f"user-{cast.staff.pk}", "event: job\ndata: \n\n") in published


def test_what_a_transaction_has_done_so_far_is_shown_before_its_commit(cast, client_for, work, waits, published):
    def save(job, report):
        with transaction.atomic():
            report(2_000, 8_000, "Saving", in_transaction=True)
            pages.append(client_for(cast.staff).get(job.get_absolute_url()).text)
            said.extend(published)
        return Result("Saved.")

    pages, said = [], []
    work.does = save
    job = start(cast.staff)
    running.run(job.pk)
    assert '<span data-done="2000">2,000</span> of 8,000' in pages[0]
    assert (f"user-{cast.staff.pk}", "event: job\ndata: \n\n") in said
    assert fresh(job).done == 0


class TestKilled:
    def test_work_whose_worker_died_is_begun_again_when_its_claim_is_over(self, cast, work, waits):
        job = start(cast.staff)
        Job.objects.update(state=State.RUNNING, lease=timezone.now() + timedelta(minutes=1), tries=1)
        assert actions.go_on() == 0
        running.run(job.pk)
        assert work.runs == 0, "another worker has it"
        Job.objects.update(lease=timezone.now() - timedelta(seconds=1))
        assert actions.go_on() == 1
        running.run(job.pk)
        assert (work.runs, fresh(job).state, fresh(job).tries) == (1, State.DONE, 2)

    def test_work_whose_place_in_the_queue_was_lost_is_begun_after_a_minute(self, cast, work, waits):
        start(cast.staff)
        assert actions.go_on() == 0
        Job.objects.update(created=timezone.now() - timedelta(minutes=2))
        assert actions.go_on() == 1

    def test_work_that_kills_its_worker_each_time_says_so_in_the_end(self, cast, work, waits):
        job = start(cast.staff)
        past = timezone.now() - timedelta(minutes=1)
        Job.objects.update(state=State.RUNNING, lease=past, tries=running.TRIES)
        running.run(job.pk)
        assert (work.runs, fresh(job).state, fresh(job).result) == (0, State.FAILED, running.KILLED)

    def test_a_worker_that_lost_its_claim_writes_nothing_and_leaves_no_file(self, cast, work, waits, tmp_path):
        def lose(job, report):
            Job.objects.filter(pk=job.pk).update(lease=timezone.now() - timedelta(minutes=1))
            work.does = lambda job, report: Result("The second one's.")
            running.run(job.pk)
            return FILE

        work.does = lose
        job = start(cast.staff)
        running.run(job.pk)
        assert (fresh(job).state, fresh(job).result, work.runs) == (State.DONE, "The second one's.", 2)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


class TestFailing:
    def test_what_can_not_be_done_is_said_in_the_works_own_words(self, cast, client_for, work):
        def refuse(job, report):
            raise JobError("The file has <no> rows.")

        work.does = refuse
        job = start(cast.staff)
        assert job.state == State.FAILED
        assert "The file has &lt;no&gt; rows." in client_for(cast.staff).get(job.get_absolute_url()).text

    def test_a_fault_is_recorded_and_its_text_shown_to_nobody(self, cast, work, caplog):
        def fail(job, report):
            raise ZeroDivisionError("secret")

        work.does = fail
        assert start(cast.staff).result == running.BROKEN
        assert "A job failed" in caplog.text


class TestWhoseItIs:
    def test_nobody_else_finds_it(self, cast, client_for, work):
        work.does = lambda job, report: FILE
        job = start(cast.staff)
        where = job.get_absolute_url()
        for other in (cast.admin, cast.staff2, cast.teacher, cast.amina_user):
            client = client_for(other)
            assert client.get(where).status_code == 404
            assert client.get(f"{where}file/").status_code == 404
            assert client.post(f"{where}seen/").status_code == 404
            assert "Count the students" not in client.get("/jobs/").text

    def test_its_owner_downloads_the_file_until_they_may_not_have_it_any_more(self, cast, client_for, work):
        work.does = lambda job, report: FILE
        client, where = client_for(cast.staff), start(cast.staff).get_absolute_url()
        answer = client.get(f"{where}file/")
        assert answer.getvalue() == b"%PDF-1.7"
        assert answer.headers["Content-Type"] == "application/pdf"
        assert 'attachment; filename="Amina.pdf"' in answer.headers["Content-Disposition"]
        work.permitted = False
        assert client.get(f"{where}file/").status_code == 404
        page = client.get(where).text
        assert "You can" in page
        assert f"{where}file/" not in page

    def test_what_they_may_not_have_any_more_is_not_made(self, cast, work, waits):
        job = start(cast.staff)
        work.permitted = False
        running.run(job.pk)
        assert (work.runs, fresh(job).result) == (0, running.NOT_PERMITTED)

    def test_who_loses_access_meanwhile_gets_no_file(self, cast, work, waits, tmp_path):
        def take_away(job, report):
            type(cast.staff).objects.filter(pk=cast.staff.pk).update(is_active=False)
            return FILE

        work.does = take_away
        job = start(cast.staff)
        running.run(job.pk)
        assert (fresh(job).state, fresh(job).file.name, fresh(job).result) == ("failed", "", running.NOT_PERMITTED)


class TestTheEnd:
    def test_who_has_left_is_told_by_the_bell(self, cast, client_for, work, commits):
        with commits():
            job = start(cast.staff)
        notice = Notification.objects.get(recipient=cast.staff, kind="job")
        assert notice.title == "Count the students: done"
        assert f"/notifications/{notice.pk}/" in client_for(cast.staff).get("/notifications/").text
        answer = client_for(cast.staff).get(f"/notifications/{notice.pk}/")
        assert answer.headers["Location"].partition("?")[0] == job.get_absolute_url()

    def test_who_sees_it_end_need_not_be_told(self, cast, client_for, work, waits, commits):
        job = start(cast.staff)
        with commits():
            running.run(job.pk)
            seen = client_for(cast.staff).post(f"{job.get_absolute_url()}seen/")
        assert seen.status_code == 204
        assert not Notification.objects.filter(kind="job", read_at=None).exists()

    def test_looking_at_the_page_alone_writes_nothing(self, cast, client_for, work):
        job = start(cast.staff)
        client_for(cast.staff).get(job.get_absolute_url())
        assert fresh(job).seen is None

    def test_after_a_day_the_result_is_gone(self, cast, work):
        work.does = lambda job, report: FILE
        job = start(cast.staff)
        assert default_storage.exists(job.file.name)
        assert actions.forget_old() == 0
        Job.objects.update(ended=timezone.now() - timedelta(days=1, minutes=1))
        assert actions.forget_old() == 1
        assert not default_storage.exists(job.file.name)

    def test_a_file_that_no_row_knows_goes_too(self, cast, work, tmp_path):
        work.does = lambda job, report: FILE
        start(cast.staff)
        lost = tmp_path / "jobs" / "lost"
        lost.write_bytes(b"x")
        os.utime(lost, (0, 0))
        actions.forget_old()
        assert not lost.exists()
        assert len(list((tmp_path / "jobs").iterdir())) == 1

    def test_a_closed_account_leaves_none(self, cast, work, commits):
        work.does = lambda job, report: FILE
        job = start(cast.staff)
        with commits():
            closing.close_account(cast.admin, cast.staff)
        assert not Job.objects.exists()
        assert not default_storage.exists(job.file.name)


def test_many_clicks_start_it_once_and_many_workers_do_it_once(elsewhere):
    assert elsewhere("tests.jobs.race") == ["1 1 1 done"]
