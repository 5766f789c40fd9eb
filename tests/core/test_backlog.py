"""An outage of Redis neither slows who queues a job nor loses the job."""

import os
import signal
import subprocess
import sys
import time

import pytest
from redis import RedisError

from apps.core import queues
from project.variables import academy
from tests.elsewhere import ROOT, environment


@pytest.fixture
def queue(redis_server, settings):
    settings.REDIS_URL = redis_server.url
    return queues.RedisQueue("test", url=redis_server.url, blocking=False)


@pytest.mark.parametrize("outage", ["killed", "hanging"])
def test_jobs_queued_during_an_outage_wait_for_redis_in_order_and_nobody_else_does(outage, queue, redis_server, pace):
    seen = []

    @queue.task()
    def job(number):
        seen.append(number)

    if outage == "killed":
        redis_server.stop()
    else:
        os.kill(redis_server.process.pid, signal.SIGSTOP)
    times, first = [], time.monotonic()
    for number in range(50):
        began = time.monotonic()
        job(number)
        times.append(time.monotonic() - began)
    assert max(times) < pace.allowed(1, first), "waited for Redis"
    assert sorted(times)[-3] <= pace.allowed(0.1, first), "waited more than once"
    if outage == "killed":
        redis_server.start()
    else:
        os.kill(redis_server.process.pid, signal.SIGCONT)
    deadline = time.monotonic() + 60
    while len(seen) < 50:
        assert time.monotonic() < deadline, f"lost: {len(seen)} came"
        try:
            task = queue.dequeue()
        except RedisError:
            task = None
        if task:
            queue.execute(task)
        else:
            time.sleep(0.1)
    assert list(dict.fromkeys(seen)) == list(range(50))
    # One that timed out may have arrived all the same: the same job, written again.
    assert len(seen) <= 51


QUEUE = """
import django; django.setup()
from apps.core import backlog
from huey.contrib.djhuey import HUEY
backlog.LAST_SECONDS = 60
job = HUEY.task(name="job")(lambda: None)
print("ready", flush=True); input()
job()
print("queued", flush=True); input()
"""


def test_a_process_that_ends_right_after_redis_is_back_takes_no_job_with_it(redis_server, settings, tmp_path):
    env = environment(tmp_path, REDIS_URL=redis_server.url)
    command = [sys.executable, "-c", QUEUE]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=-1, stdout=-1, text=True)
    assert process.stdout.readline() == "ready\n"
    redis_server.stop()
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "queued\n"
    redis_server.start()
    process.communicate("\n", timeout=120)
    assert process.returncode == 0
    settings.REDIS_PREFIX = f"homeroom:{academy(tmp_path / 'homeroom.sqlite3')}:"
    left = queues.RedisQueue("homeroom", url=redis_server.url)
    assert left.storage.queue_size() == 1
