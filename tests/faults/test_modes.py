"""The other two modes under the same load: the one process of the embedded mode dies, and Pushpin dies."""

import time
from pathlib import Path

import pytest

from tests.faults.conftest import Start
from tests.servers import Homeroom, ManyMachines
from tests.services import new_database

LIMITS = {"HOMEROOM_LIMIT_POSTS": "1000000/minute"}


@pytest.fixture
def embedded(tmp_path: Path):
    server = Homeroom(tmp_path, students=1)
    server.env |= LIMITS
    with server:
        yield server


@pytest.fixture
def many(tmp_path: Path, postgres: str):
    with ManyMachines(tmp_path, new_database(postgres), **LIMITS) as server:
        yield server


def test_the_embedded_mode_is_killed_and_started_again(start: Start, embedded: Homeroom) -> None:
    scene = start(embedded, embedded.seed(staff=4, teachers=3, students=3), 0)
    with scene.load():
        embedded.kill("server")
        down = time.monotonic()
        embedded.start()
        over = time.monotonic()
        time.sleep(1)
    assert scene.failed(down, over), "nobody noticed"
    # Who tried in vain all the time comes back after the longest pause.
    scene.slack = scene.longest_pause
    scene.check(over)


def test_pushpin_and_redis_are_killed_and_started_again(start: Start, many: ManyMachines) -> None:
    scene = start(many, many.seed(staff=4, teachers=3, students=3), 0)
    with scene.load():
        many.redis.stop()
        many.kill("pushpin-0")
        down = time.monotonic()
        time.sleep(2)
        many.restart("pushpin-0")
        many.redis.start()
        many.wait_for(f"http://127.0.0.1:{many.pushpins[0][0]}/healthz")
        over = time.monotonic()
        time.sleep(1)
    scene.check_times(down, over)
    scene.slack = scene.longest_pause
    scene.check(over)
