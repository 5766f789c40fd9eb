"""599 real students and dialogues of theirs, posted by many people at once, with one student open on three pages.

The data stays outside the project (../shared/data/academy: MathDial, CC BY-SA 4.0); its README says what it is.
"""

import json
import random
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.threads import assert_equal_to_database, shown, stored, wait_live
from tests.faults.size import FULL
from tests.servers import ROOT, Homeroom

DATA = ROOT.parent / "shared" / "data" / "academy"
WRITERS = 8
# Half of the dialogues before the server restarts and half after it: enough that each page misses some.
TALKS = 60 if FULL else 24
CSRF = "c" * 32

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data lies beside the project: ../shared/data/academy")


@pytest.fixture
def academy(tmp_path: Path) -> Any:
    """A server whose students come from the file, each with an account and a teacher."""
    server = Homeroom(tmp_path)
    server.manage("import_students", str(DATA / "students.csv"))
    seeded = subprocess.run(
        [sys.executable, "-m", "tests.browser.seed_academy"],
        cwd=ROOT, env=server.env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    with server:
        yield server, json.loads(seeded.stdout)


def dialogues() -> list[dict[str, Any]]:
    with (DATA / "threads.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Writers:
    """Several people at once, each posting whole dialogues in order as an ordinary form post would."""

    def __init__(self, server: Homeroom, people: dict[str, Any]) -> None:
        self.server = server
        self.people = people
        self.posted = self.refused = 0
        self.lock = threading.Lock()
        self.client = httpx.Client(base_url=server.url, timeout=30)

    def post(self, thread: int, session: str, data: dict[str, str]) -> None:
        """As a browser's outbox does: the same key again until it is stored."""
        headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}", "X-CSRFToken": CSRF, "HX-Request": "true"}
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                answer = self.client.post(f"/conversations/{thread}/messages/", data=data, headers=headers)
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if answer.status_code >= 500:  # SQLite was locked, on a busy machine; an error of ours would last.
                self.refused += 1
                assert self.refused < 10, answer.text[:300]
                time.sleep(0.2)
                continue
            assert answer.status_code == 201, answer.text[:300]
            with self.lock:
                self.posted += 1
            return
        raise TimeoutError

    def replay(self, dialogue: dict[str, Any]) -> None:
        who = self.people[dialogue["student_code"]]
        for number, message in enumerate(dialogue["messages"]):
            teacher = message["from"] == "teacher"
            data = {"body": message["text"], "client_key": str(uuid.uuid4())}
            if teacher:
                data["audience"] = "staff" if number % 7 == 6 else "everyone"
            self.post(who["thread"], who["teacher"] if teacher else who["own"], data)


def open_three_pages(desk: Desk, who: dict[str, Any]) -> dict[str, Page]:
    pages = {
        "detail": desk.sign_in("staff", f"/students/{who['student']}/"),
        "pending": desk.sign_in("staff2", "/payments/pending/"),
        "batch": desk.sign_in("admin", f"/batches/{who['batch']}/edit/"),
    }
    code = desk.server.rows("SELECT code FROM students_student WHERE id = ?", who["student"])[0][0]
    pages["pending"].goto(f"{desk.server.url}/payments/pending/?q={code}")
    for name in ("pending", "batch"):
        page = pages[name]
        wait_live(page)
        page.locator(f'[data-student="{who["student"]}"] [data-open-thread]').first.click()
        expect(page.locator(f'.thread[data-conversation="{who["thread"]}"]')).to_be_visible()
    pages["own"] = desk.sign_in(who["email"].split("@")[0], viewport=PHONE)
    for page in pages.values():
        wait_live(page)
    return pages


def replay_all(writers: Writers, talks: list[dict[str, Any]], meanwhile: Callable[[], None]) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        futures = [pool.submit(writers.replay, talk) for talk in talks]
        try:
            meanwhile()
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def compare(server: Homeroom, pages: dict[str, Page], who: dict[str, Any]) -> None:
    everyone = stored(server, who["thread"], staff=False)
    for name, page in pages.items():
        expected = everyone if name == "own" else stored(server, who["thread"])
        page.wait_for_function(
            "([id, last]) => document.querySelector(`.thread[data-conversation='${id}'] #message-${last}`)",
            arg=[who["thread"], expected[-1][0]],
        )
        assert_equal_to_database(page, server, who["thread"], staff=name != "own")
        live = shown(page, who["thread"])
        assert [m["id"] for m in live] == sorted({m["id"] for m in live})


@pytest.mark.timeout(600)
def test_every_thread_on_screen_equals_the_database_also_after_a_restart(
    academy: tuple[Homeroom, dict[str, Any]], open_desk: Callable[[Homeroom], Desk]
) -> None:
    server, people = academy
    talks = dialogues()
    watched = max(talks, key=lambda talk: len(talk["messages"]))
    replayed = [talk for talk in talks if talk is not watched][:TALKS]
    random.Random(3).shuffle(replayed)
    replayed.insert(TALKS // 2, watched)
    who = people[watched["student_code"]]
    pages = open_three_pages(open_desk(server), who)
    writers = Writers(server, people)

    def meanwhile() -> None:
        half = sum(len(talk["messages"]) for talk in replayed) // 2
        while writers.posted < half:
            time.sleep(0.05)
        server.stop()
        server.start()

    with writers.client:
        replay_all(writers, replayed, meanwhile)
    compare(server, pages, who)
    for talk in replayed:
        said = [" ".join(message["text"].split()) for message in talk["messages"]]
        thread = people[talk["student_code"]]["thread"]
        assert [" ".join(row[3].split()) for row in stored(server, thread)] == said
    other = next(talk for talk in replayed if talk is not watched)
    later = people[other["student_code"]]
    pages["detail"].goto(f"{server.url}/students/{later['student']}/")
    wait_live(pages["detail"])
    assert_equal_to_database(pages["detail"], server, later["thread"])
