"""A real consumer of the queue is killed in the middle of an import: all of it is imported once all the same."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.elsewhere import ROOT, environment, make_tables
from tests.notifications.test_killed import ask
from tests.servers import link_static
from tests.services import new_database

ROWS = 1_500
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("parts", ["embedded", "one machine"])
def test_an_import_whose_worker_is_killed_is_begun_again_and_done_once(parts, tmp_path, request):
    env = environment(tmp_path)
    if parts == "one machine":
        redis, database = request.getfixturevalue("redis_server"), new_database(request.getfixturevalue("postgres"))
        env = environment(tmp_path, database, REDIS_URL=redis.url)
    make_tables(tmp_path, env.get("DATABASE_URL", ""))
    link_static(tmp_path)  # A toast has an icon.
    workers: list[subprocess.Popen[bytes]] = []

    def students(*words: str) -> str:
        command = [sys.executable, "-m", "tests.jobs.killed_import", *words]
        return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout.strip()

    def work() -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "run_huey", "--workers", "2", "--quiet"]
        workers.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=-3, stderr=-3, start_new_session=True))
        return workers[-1]

    def kill(worker: subprocess.Popen[bytes]) -> None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)

    def wait_for(state: str) -> None:
        deadline = time.monotonic() + 200
        question = f"SELECT COUNT(*) FROM jobs_job WHERE kind = 'import' AND state = '{state}'"
        while not ask(env, question):
            assert time.monotonic() < deadline, f"it never was {state}"
            time.sleep(0.01)

    try:
        students("make", str(ROWS))
        first = work()
        wait_for("running")
        kill(first)
        assert students("count") == "0 0 running 1", "killed too late: more rows are needed"
        students("again")
        work(), work()
        wait_for("done")
        assert students("count") == f"{ROWS} 1 done 2"
    finally:
        for worker in workers:
            if worker.poll() is None:
                kill(worker)
