"""A real consumer of the queue is killed in the middle of telling a crowd: each of it is told once all the same."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import psycopg
import pytest

from tests.elsewhere import ROOT, environment, make_tables
from tests.servers import link_static
from tests.services import new_database

PEOPLE = 1_200
pytestmark = pytest.mark.timeout(900)


def told(env: dict[str, str]) -> int:
    """How many are told."""
    return ask(env, "SELECT COUNT(*) FROM notifications_notification")


def ask(env: dict[str, str], question: str) -> int:
    """A number, asked beside the server as quickly as can be."""
    if url := env.get("DATABASE_URL"):
        with psycopg.connect(url) as connection:
            row = connection.execute(question).fetchone()
    else:
        connection = sqlite3.connect(f"file:{env['HOMEROOM_DATA']}/homeroom.sqlite3?mode=ro", uri=True, timeout=20)
        row = connection.execute(question).fetchone()
        connection.close()
    assert row
    return int(row[0])


@pytest.mark.parametrize("parts", ["embedded", "one machine"])
def test_each_of_a_crowd_is_told_once_although_the_worker_is_killed(parts, tmp_path, request):
    env = environment(tmp_path)
    if parts == "one machine":
        redis, database = request.getfixturevalue("redis_server"), new_database(request.getfixturevalue("postgres"))
        env = environment(tmp_path, database, REDIS_URL=redis.url)
    make_tables(tmp_path, env.get("DATABASE_URL", ""))
    link_static(tmp_path)  # A toast has an icon.
    workers: list[subprocess.Popen[bytes]] = []

    def crowd(*words: str) -> str:
        command = [sys.executable, "-m", "tests.notifications.crowd", *words]
        return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout

    def work() -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "run_huey", "--workers", "2", "--quiet"]
        workers.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=-3, stderr=-3, start_new_session=True))
        return workers[-1]

    def kill(worker: subprocess.Popen[bytes]) -> None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)

    try:
        crowd("make", str(PEOPLE))
        first = work()
        deadline = time.monotonic() + 200
        while not told(env):
            assert time.monotonic() < deadline, "nobody was told"
            time.sleep(0.01)
        kill(first)
        some = told(env)
        assert 0 < some < PEOPLE, "killed too late: more people are needed"
        assert some % 500 in {0, 499}, "a batch is whole, or not begun; of one the author is a part"
        crowd("again")
        work(), work()
        deadline = time.monotonic() + 300
        while not ask(env, "SELECT COUNT(*) FROM notifications_event WHERE done IS NOT NULL"):
            assert time.monotonic() < deadline, "it was never finished"
            time.sleep(0.1)
        assert json.loads(crowd("count")) == {"told": PEOPLE, "twice": 0, "letters": PEOPLE, "done": 1}
    finally:
        for worker in workers:
            if worker.poll() is None:
                kill(worker)
