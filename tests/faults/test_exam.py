"""Every part of one machine fails while an exam is sat; in the end the database holds what was typed, and marks it."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.assessments.exam import RIGHT, STORED
from tests.faults.pages import until
from tests.faults.scene import Loop
from tests.faults.sitters import Sitter
from tests.faults.size import SIZE
from tests.faults.wire import Wire
from tests.servers import OneMachine, children

ENDED = """
SELECT s.user_id, count(*), max(t.points) FROM assessments_attempt t JOIN students_student s ON s.id = t.student_id
WHERE t.quiz_id = ? AND t.ended_at IS NOT NULL GROUP BY s.user_id
"""


class Exam:
    """Everyone who sits it, half of them from the beginning and the others while things fail."""

    def __init__(self, machine: OneMachine, loop: Loop) -> None:
        academy = machine.seed(staff=0, teachers=1, students=SIZE.sitting)
        self.machine, self.loop = machine, loop
        self.quiz = int(machine.run("-m", "tests.assessments.exam", str(academy.students[0]["batch"])).stdout)
        wire = Wire(machine.url, academy)
        self.ids = {who: academy.people[who]["id"] for who in academy.people}
        self.sitters = [Sitter(wire, f"student{number}", self.quiz) for number in range(SIZE.sitting)]
        # Who is waited for: of the others nobody can start while the pages are away.
        self.begun = self.sitters[::2]
        self._tasks: list[asyncio.Future[None]] = []

    @contextmanager
    def sat(self) -> Iterator[None]:
        """Everybody answers until the block ends; then all hand in."""
        self.loop.run(self._begin(self.begun))
        try:
            self.wait_for("saves")
            yield
        except BaseException:
            # Parts may be away: who insists would never end.
            for task in self._tasks:
                self.loop.loop.call_soon_threadsafe(task.cancel)
            raise
        self.loop.run(self._end())

    def begin_others(self) -> None:
        self.loop.run(self._begin(self.sitters[1::2]))

    async def _begin(self, sitters: list[Sitter]) -> None:
        self._tasks += [asyncio.ensure_future(sitter.run()) for sitter in sitters]

    async def _end(self) -> None:
        for sitter in self.sitters:
            sitter.stopping = True
        await asyncio.gather(*self._tasks)

    def wait_for(self, what: str) -> None:
        """Until everybody who began has typed ("texts"), or had something saved ("saves"), from now on."""
        now = time.monotonic()

        def done() -> bool:
            return all(any(at > now for at in getattr(each, what)) for each in self.begun)

        assert self.loop.run(until(done, now + 120)), f"no {what} any more"

    def failed_since(self, moment: float) -> int:
        return sum(at >= moment for sitter in self.sitters for at in sitter.failures)

    def check(self) -> None:
        """What was typed last is stored, nothing else is, and each attempt is marked by it."""
        stored = {(user, slot): text for user, slot, text in self.machine.rows(STORED, self.quiz)}
        typed = {(self.ids[each.who], slot): text for each in self.sitters for slot, text in each.typed.items()}
        assert stored == typed
        marks = {self.ids[each.who]: (1, [*each.typed.values()].count(RIGHT)) for each in self.sitters}
        assert {user: (count, points) for user, count, points in self.machine.rows(ENDED, self.quiz)} == marks


@pytest.fixture
def exam(machine: OneMachine, loop: Loop) -> Exam:
    return Exam(machine, loop)


def test_an_exam_outlives_the_network_the_web_the_worker_redis_and_postgresql(exam: Exam, machine: OneMachine) -> None:
    assert machine.postgres
    with exam.sat():
        _goes_unnoticed(exam, lambda: machine.redis.stop(), lambda: machine.redis.start())
        _goes_unnoticed(exam, lambda: machine.kill("worker"), lambda: machine.restart("worker"))
        os.kill(children(machine.processes["web"].pid)[-1], signal.SIGKILL)
        exam.wait_for("saves")
        machine.kill("web")
        began = time.monotonic()
        exam.begin_others()
        exam.wait_for("texts")
        machine.restart("web")
        exam.begun = exam.sitters
        exam.wait_for("saves")
        assert exam.failed_since(began), "nobody noticed"
        machine.postgres.stop()
        began = time.monotonic()
        exam.wait_for("texts")
        machine.postgres.start()
        exam.wait_for("saves")
        assert exam.failed_since(began), "nobody noticed"
        for sitter in exam.sitters[::3]:
            sitter.offline = True
        exam.wait_for("texts")
        for sitter in exam.sitters:
            sitter.offline = False
        exam.wait_for("saves")
    exam.check()


def _goes_unnoticed(exam: Exam, end: Callable[[], object], begin: Callable[[], object]) -> None:
    """Answers are saved without this part as with it."""
    began = time.monotonic()
    end()
    exam.wait_for("saves")
    begin()
    exam.wait_for("saves")
    assert not exam.failed_since(began)
