"""Parts of one machine fail while eight people write and twelve pages are open; in the end nothing is lost."""

import os
import signal
import time
from collections.abc import Callable

from playwright.sync_api import Page as BrowserPage

from tests.browser.conftest import Desk, open_desk  # noqa: F401 - a fixture
from tests.browser.threads import wait_live
from tests.faults.scene import Scene
from tests.servers import OneMachine, children

# What a stream process says once it has found out that a connection is dead (apps/realtime/redis.py).
FOUND_OUT = "streams wait: TimeoutError"

SHOWN = """list => [...list.querySelectorAll('.message')].slice(-40).map(m => [
    m.id, m.dataset.version, m.dataset.audience, m.querySelector('[data-message-body]').innerText])"""


def wait_for_processes(name: str, machine: OneMachine, count: int) -> None:
    """Until a process has so many children."""
    deadline = time.monotonic() + 120
    while len(children(machine.processes[name].pid)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def shown(page: BrowserPage) -> list[list[str]]:
    found: list[list[str]] = page.locator(".thread-messages").evaluate(SHOWN)
    return found


def test_redis_is_killed_and_comes_back(
    scene: Scene,
    machine: OneMachine,
    open_desk: Callable[[OneMachine], Desk],  # noqa: F811
) -> None:
    """A browser is among the readers of this one."""
    path = f"/students/{machine_student(scene)}/"
    desk = open_desk(machine)
    watched = desk.sign_in("admin", path)
    wait_live(watched)
    with scene.load():
        began = time.monotonic()
        machine.redis.stop()
        scene.wait_for_writing()
        machine.redis.start()
        over = time.monotonic()
    # All fall silent: no later message tells a page that it missed one.
    scene.check(over)
    scene.check_times(began, over)
    as_stored = shown(desk.sign_in("admin", path))
    assert as_stored
    while shown(watched) != as_stored:
        scene.pace.assert_within(60, over)
        time.sleep(0.05)


def machine_student(scene: Scene) -> int:
    return int(scene.academy.students[scene.students[0]]["id"])


def test_redis_hangs_with_its_connections_open_and_goes_on(scene: Scene, machine: OneMachine) -> None:
    with scene.load():
        known, began = machine.log().count(FOUND_OUT), time.monotonic()
        machine.redis.hang()
        while machine.log().count(FOUND_OUT) < known + len(machine.streams):
            assert time.monotonic() < began + 120, "nobody found out"
            time.sleep(0.1)
        machine.redis.resume()
        over = time.monotonic()
    scene.check(over)
    scene.check_times(began, over)


def test_a_worker_of_the_pages_is_killed_and_replaced(scene: Scene, machine: OneMachine) -> None:
    """A request that was cut off is sent again under its key; what was stored and not yet published isn't lost."""
    before = children(machine.processes["web"].pid)
    with scene.load():
        os.kill(before[-1], signal.SIGKILL)
        killed = time.monotonic()
        while len(children(machine.processes["web"].pid)) < len(before) or before[-1] in children(
            machine.processes["web"].pid
        ):
            assert time.monotonic() < killed + 120, "nobody took its place"
            time.sleep(0.02)
        over = time.monotonic()
        scene.wait_for_writing()
    scene.check(over)


def test_all_of_the_pages_processes_are_killed_and_started_again(scene: Scene, machine: OneMachine) -> None:
    with scene.load():
        machine.kill("web")
        down = time.monotonic()
        scene.wait_for_writing(1)
        machine.restart("web")
        machine.wait_for(f"{machine.web_url}/healthz")
        over = time.monotonic()
        scene.wait_for_writing()
    assert scene.failed(down, over), "nobody noticed"
    scene.check(over)


def test_postgresql_restarts(scene: Scene, machine: OneMachine) -> None:
    assert machine.postgres
    with scene.load():
        down = time.monotonic()
        machine.postgres.stop()
        scene.wait_for_writing()
        machine.postgres.start()
        over = time.monotonic()
        scene.wait_for_writing()
    assert scene.failed(down, over), "nobody noticed"
    scene.check(over)
    machine.wait_for(f"{machine.web_url}/readyz")
