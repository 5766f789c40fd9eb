"""The queue tells how long it is, how old, whether a worker lives, and what became of each job; whatever Redis does."""

import datetime
import logging
import os
import signal
import threading
import time
from pathlib import Path

import pytest
import redis
from huey.contrib.djhuey import tasks_backend

from apps.core import health, logs, metrics, queue_state, queues
from apps.core.redis import key


@pytest.fixture(params=["sqlite", "redis"])
def queue(request, tmp_path: Path, settings):
    if request.param == "sqlite":
        made = queues.SqliteQueue("test", results=False, filename=str(tmp_path / "huey.sqlite3"))
        yield made
        made.storage.close()
        return
    settings.REDIS_URL = request.getfixturevalue("redis_server").url
    yield queues.RedisQueue("test", results=False, url=settings.REDIS_URL, blocking=False)


def test_a_job_runs_under_the_id_of_the_request_that_it_came_from(queue):
    seen = []

    @queue.task()
    def job(text):
        seen.append((text, logs.request_id.get()))

    token = logs.request_id.set("request-1")
    job("a")
    logs.request_id.reset(token)
    job("b")
    queue.execute(queue.dequeue())
    queue.execute(queue.dequeue())
    assert seen == [("a", "request-1"), ("b", "")]
    assert logs.request_id.get() == ""


def test_a_job_that_is_tried_again_keeps_the_id(queue):
    seen = []

    @queue.task(retries=1)
    def job():
        seen.append(logs.request_id.get())
        raise ValueError

    token = logs.request_id.set("request-1")
    job()
    logs.request_id.reset(token)
    queue.execute(queue.dequeue())
    queue.execute(queue.dequeue())
    assert seen == ["request-1", "request-1"]


def test_a_job_that_waited_while_homeroom_was_upgraded_runs(queue):
    seen = []

    @queue.task()
    def job(text):
        seen.append(text)

    queue.storage.enqueue(queue.serializer.serialize(queue._registry.create_message(job.s("old"))))
    assert queue.waiting()[0] == 1
    queue.execute(queue.dequeue())
    assert seen == ["old"]


def test_what_became_of_a_job_is_told_and_counted_without_its_arguments(queue, caplog):
    @queue.task()
    def works(text):
        pass

    @queue.task()
    def fails(text):
        raise ValueError("failed")

    caplog.set_level(logging.INFO, "homeroom.jobs")
    for job in (works, fails):
        job("typed-text")
        queue.execute(queue.dequeue())
    told = [each for each in caplog.records if each.name == "homeroom.jobs"]
    name = "tests.core.test_queues."
    assert [(each.job, each.outcome) for each in told] == [(f"{name}works", "complete"), (f"{name}fails", "error")]
    assert all(each.ms >= 0 for each in told)
    assert "typed-text" not in "".join(logs.JsonFormatter().format(each) for each in told)
    for what in ({"job": f"{name}works", "outcome": "complete"}, {"job": f"{name}fails", "outcome": "error"}):
        assert metrics.REGISTRY.get_sample_value("homeroom_jobs_total", what) >= 1


def test_one_of_djangos_tasks_is_told_by_its_own_name():
    assert queues.job_name(tasks_backend._shim.s("apps.core.tasks.send_emails", [], {})) == (
        "apps.core.tasks.send_emails"
    )


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_a_job_stays_when_it_has_ended(queue, fails):
    @queue.task(name=f"job-{fails}")
    def job(text):
        if fails:
            raise ValueError(text)
        return text

    asked = job.s("typed-text")
    # As Huey keeps one of Django's tasks: https://docs.djangoproject.com/en/6.1/topics/tasks/#task-results
    queue.put_result(f"djt.{asked.id}", {"args": ["typed-text"]})
    queue.enqueue(asked)
    assert len(queue.all_results()) == 1
    queue.execute(queue.dequeue())
    assert queue.all_results() == {}
    assert queue.waiting()[0] == 0


def test_the_record_of_a_task_is_where_it_is_deleted():
    assert tasks_backend.KEY % 1 == "djt.1"


def test_the_queue_knows_its_length_and_its_oldest_job_whatever_its_priority(queue):
    @queue.task()
    def job():
        pass

    assert queue.waiting() == (0, 0.0)
    queue.enqueue(job.s(priority=1))
    time.sleep(0.3)
    for _ in range(3):
        queue.enqueue(job.s(priority=9))
    length, seconds = queue.waiting()
    assert length == 4
    assert seconds >= 0.3
    assert queue.dequeue()
    assert queue.waiting()[1] >= 0.3


def test_a_worker_says_that_it_lives_until_it_was_silent_for_two_minutes(queue, monkeypatch):
    assert not queue.worker_lives()
    queue.read_schedule()
    assert queue.worker_lives()
    if isinstance(queue, queues.RedisQueue):
        assert 110 <= redis.Redis.from_url(health.settings.REDIS_URL).ttl(key("worker")) <= 120
    else:
        now = time.time()
        monkeypatch.setattr(queues.time, "time", lambda: now + 121)
        assert not queue.worker_lives()


def test_a_worker_that_cannot_say_so_loses_no_job_and_says_it_as_soon_as_it_can(queue, monkeypatch):
    @queue.task()
    def job():
        pass

    due = job.s()
    due.eta = datetime.datetime.now() - datetime.timedelta(days=2)
    queue.add_schedule(due)
    with monkeypatch.context() as patch:
        patch.setattr(type(queue), "beat", lambda self: (_ for _ in ()).throw(redis.ConnectionError))
        with pytest.raises(redis.ConnectionError):
            queue.read_schedule()
    assert len(queue.read_schedule()) == 1
    assert queue.worker_lives()


@pytest.fixture
def on_redis(redis_server, settings, monkeypatch):
    settings.REDIS_URL = redis_server.url
    queue = queues.RedisQueue("test", url=redis_server.url)
    monkeypatch.setattr(health, "HUEY", queue)
    monkeypatch.setattr(queue_state, "HUEY", queue)
    return queue


def test_ready_is_who_has_a_database_redis_and_a_worker(on_redis, client, db):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "redis": True, "worker": False})
    on_redis.beat()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "redis": True, "worker": True})


@pytest.mark.parametrize("outage", ["killed", "hanging"])
def test_neither_readiness_nor_metrics_wait_for_redis(outage, on_redis, redis_server, client, db, pace):
    on_redis.beat()
    assert client.get("/readyz").status_code == 200
    if outage == "killed":
        redis_server.stop()
    else:
        os.kill(redis_server.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "redis": False, "worker": False})
    text = client.get("/metrics").content.decode()
    assert "homeroom_worker_lives 0.0" in text
    assert "homeroom_queue_length" not in text
    pace.assert_within(5, began)  # Half a second for each of three questions.


def test_metrics_tell_of_the_queue(on_redis, client, db):
    @on_redis.task()
    def job():
        pass

    job()
    on_redis.beat()
    text = client.get("/metrics").content.decode()
    assert "homeroom_queue_length 1.0" in text
    assert "homeroom_worker_lives 1.0" in text
    assert "homeroom_queue_oldest_seconds 0." in text


def test_a_consumer_says_that_it_lives_also_while_its_workers_are_busy(queue):
    from huey.consumer import Consumer

    class Beside(Consumer):
        def _set_signal_handlers(self):
            pass

    release = threading.Event()

    @queue.task()
    def job():
        release.wait(120)

    job()
    consumer = Beside(queue, workers=1, periodic=False)
    consumer.start()
    deadline = time.monotonic() + 60
    try:
        while not (queue.worker_lives() and queue.waiting()[0] == 0):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        release.set()
        consumer.stop(graceful=True)


def mark(queue, name, seen, waits=None):
    """A job of a queue that waits for an event, where it is given one."""

    @queue.task(name=f"{name}-{len(seen)}", queue=name)
    def job(text):
        if waits:
            waits.wait(120)
        seen.append(text)

    return job


def test_jobs_wait_in_their_queues_and_are_counted_together(queue):
    seen = []
    for name in ("media", "usual", "urgent"):
        mark(queue, name, seen)(name)
    assert queue.waiting()[0] == len(queue) == 3
    assert [task.args[0] for task in queue.pending()] == ["urgent", "usual", "media"]
    for _ in range(3):
        queue.execute(queue.dequeue())
    assert seen == ["urgent", "usual", "media"]
    mark(queue, "media", seen)("one more")
    queue.flush()
    assert queue.waiting()[0] == 0
    assert queue.dequeue() is None


@pytest.mark.parametrize(
    ("busy", "goes_on"), [("media", ["urgent", "usual"]), ("usual", ["urgent", "media"]), ("urgent", ["media"])]
)
def test_no_number_of_slow_jobs_holds_up_another_queue(queue, busy, goes_on, db):
    release, seen = threading.Event(), []
    slow = mark(queue, busy, seen, release)
    for number in range(8):
        slow(number)
    for name in goes_on:
        mark(queue, name, seen)(name)
    consumer = queue.create_consumer(workers=2, periodic=False)
    consumer._set_signal_handlers = lambda: None
    consumer.start()
    deadline = time.monotonic() + 60
    try:
        while sorted(seen) != sorted(goes_on):
            assert time.monotonic() < deadline, seen
            time.sleep(0.05)
        assert queue.worker_lives()
    finally:
        release.set()
        consumer.stop(graceful=True)


def test_a_worker_that_died_is_replaced_by_one_for_the_same_queue(queue, db):
    consumer = queue.create_consumer(workers=1, periodic=False)
    assert [worker.huey.takes for worker, _ in consumer.worker_threads] == [
        ("urgent",),
        ("urgent", "usual"),
        ("media",),
    ]
    # None of them has been started: to Huey they are dead.
    consumer.check_worker_health()
    try:
        takes = [worker.huey.takes for worker, _ in consumer.worker_threads]
        assert takes == [("urgent",), ("urgent", "usual"), ("media",)]
    finally:
        consumer.stop(graceful=True)


def test_a_job_that_is_tried_again_later_stays_in_its_queue(queue):
    @queue.task(name="later", queue="media", retries=1)
    def job():
        raise ValueError

    job()
    queue.takes = ("media",)
    queue.execute(queue.dequeue())
    queue.execute(queue.dequeue())
    assert queue.waiting()[0] == 0


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("apps.core.tasks.send_emails", "urgent"),
        ("apps.notifications.tasks.tell", "usual"),
        ("apps.files.tasks.prepare_picture", "media"),
        ("apps.jobs.tasks.run", "media"),
        ("apps.core.tasks.gone", "usual"),
    ],
)
def test_codes_are_urgent_and_pictures_imports_and_pdfs_are_media(path, wanted):
    assert queues.queue_of(tasks_backend._shim.s(path, [], {})) == wanted


def test_each_queue_that_a_job_names_is_there():
    from huey.contrib.djhuey import HUEY

    named = {name: getattr(task, "queue", queues.USUAL) for name, task in HUEY._registry._registry.items()}
    assert set(named.values()) == set(queues.QUEUES)
