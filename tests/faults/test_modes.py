"""The other two modes under the same load: the one process of the embedded mode dies, and the Pushpins die."""

import time

from tests.faults.conftest import Start
from tests.servers import Homeroom, ManyMachines


def test_the_embedded_mode_is_killed_and_started_again(start: Start, embedded: Homeroom) -> None:
    scene = start(embedded, embedded.seed(staff=4, teachers=3, students=3), 0)
    with scene.load():
        embedded.kill("server")
        down = time.monotonic()
        embedded.start()
        over = time.monotonic()
        scene.wait_for_writing()
    assert scene.failed(down, over), "nobody noticed"
    # Who tried in vain all the time comes back after the longest pause.
    scene.slack = scene.longest_pause
    scene.check(over)


def test_the_pushpins_and_redis_are_killed_and_started_again(start: Start, many_machines: ManyMachines) -> None:
    many = many_machines
    scene = start(many, many.seed(staff=4, teachers=3, students=3), 0)
    pushpins = [f"pushpin-{number}" for number in range(len(many.pushpins))]
    with scene.load():
        many.redis.stop()
        for name in pushpins:
            many.kill(name)
        down = time.monotonic()
        scene.wait_for_writing()
        for name in pushpins:
            many.restart(name)
        many.redis.start()
        for port, _ in many.pushpins:
            many.wait_for(f"http://127.0.0.1:{port}/healthz")
        over = time.monotonic()
        scene.wait_for_writing()
    scene.check_times(down, over)
    # Who tried in vain all the time comes back after the longest pause.
    scene.slack = scene.longest_pause
    scene.check(over)
