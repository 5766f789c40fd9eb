"""What the runbook says about backing up and restoring is done here, with its commands, while people write."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.conversations.files import PDF
from tests.elsewhere import ROOT
from tests.faults.conftest import Start
from tests.faults.scene import Scene
from tests.faults.writers import Sent
from tests.servers import Homeroom, OneMachine, Server
from tests.services import free_port, new_database, postgres_program

RUNBOOK = (ROOT / "project" / "deploy" / "README.md").read_text()


def commands(name: str) -> list[str]:
    """The lines of the runbook's block of this name (```sh name)."""
    [block] = re.findall(rf"^```sh {name}\n(.*?)^```", RUNBOOK, re.MULTILINE | re.DOTALL)
    return [line for line in block.splitlines() if line and not line.startswith("#")]


def follow(name: str, places: dict[str, str]) -> None:
    """Do what the runbook says, in these places."""
    programs = [str(Path(sys.executable).parent), str(Path(postgres_program("pg_dump")).parent)]
    env = os.environ | {"PATH": os.pathsep.join([*programs, os.environ["PATH"]])}
    for line in commands(name):
        for shown, real in places.items():
            line = line.replace(shown, real)
        line = re.sub(r"^sudo (-u \S+ |--preserve-env=\S+ )?", "", line)
        done = subprocess.run(["bash", "-euc", line], cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}: {done.stderr[-2_000:]}"


def send_file(server: Server, scene: Scene) -> str:
    """Send a message with a file; the address of the file."""
    thread, headers = scene.pages[0].thread, scene.academy.headers("staff0")
    address = f"/conversations/{thread}/attachments/"
    pk = httpx.post(server.url + address, files={"file": ("plan.pdf", PDF)}, headers=headers, timeout=30).json()["id"]
    answer = httpx.post(
        f"{server.url}/conversations/{thread}/messages/",
        data={"body": "the plan", "audience": "everyone", "attachments": pk},
        headers=headers,
        timeout=30,
    )
    assert answer.status_code == 201
    return f"{address}{pk}/"


def back_up_under_load(scene: Scene, back_up: Callable[[], None]) -> list[Sent]:
    """Back up while everybody writes; what was acknowledged before."""
    with scene.load():
        sent = [sent for writer in scene.writers for sent in writer.sent]
        back_up()
        scene.wait_for_writing(1)
    return sent


def assert_restored(server: Server, scene: Scene, before: list[Sent], file: str) -> None:
    """A restored place has all that was acknowledged before the backup began, at one moment of each thread."""
    rows = server.rows("SELECT id, conversation_id, audience, version FROM conversations_message")
    stored = {row[0] for row in rows}
    assert before
    assert [sent for sent in before if sent.number not in stored] == []
    clocks = server.rows("SELECT id, clock, staff_clock FROM conversations_conversation")
    for conversation, *clock in clocks:
        versions = {
            audience: [v for _, c, a, v in rows if (c, a) == (conversation, audience)]
            for audience in ("everyone", "staff")
        }
        assert [max(found, default=0) for found in versions.values()] == clock
        assert all(len(found) == len(set(found)) for found in versions.values())
    headers = scene.academy.headers("staff0")
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as staff:
        assert staff.get(file).content == PDF
        assert "the plan" in staff.get(f"/conversations/{scene.pages[0].thread}/").text
        found = staff.get("/conversations/search/", params={"q": "plan"})
        assert found.status_code == 200
        assert "the <mark>plan</mark>" in found.text
        # It goes on from there.
        thread = scene.pages[0].thread
        said = staff.post(f"/conversations/{thread}/messages/", data={"body": "back again", "audience": "staff"})
        assert said.status_code == 201


def test_one_machine_is_backed_up_under_load_and_restored_elsewhere(
    scene: Scene, machine: OneMachine, tmp_path: Path
) -> None:
    assert machine.postgres
    file = send_file(machine, scene)
    empty = new_database(machine.database)
    places = {
        "postgres://homeroom@127.0.0.1/homeroom": machine.database,
        "/var/lib/homeroom": str(machine.data),
        "/etc/homeroom": str(tmp_path / "etc"),
        "/var/backups/homeroom": str(tmp_path / "backup"),
    }
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "homeroom.env").write_text("HOMEROOM_SECRET_KEY=x\n")
    before = back_up_under_load(scene, lambda: follow("backup", places))
    data = tmp_path / "restored"
    data.mkdir()
    places |= {"/var/lib/homeroom": str(data), "/etc/homeroom": str(data)}
    places["postgres://homeroom@127.0.0.1/homeroom"] = empty
    follow("restore", places)
    secret = {"HOMEROOM_SECRET_KEY": machine.env["HOMEROOM_SECRET_KEY"]}
    with OneMachine(data, empty, machine.redis, streams=1, tables=False, **secret) as restored:
        assert_restored(restored, scene, before, file)


def test_the_embedded_mode_is_backed_up_under_load_and_restored_elsewhere(
    start: Start, embedded: Homeroom, tmp_path: Path
) -> None:
    scene = start(embedded, embedded.seed(staff=4, teachers=3, students=3), 0)
    file = send_file(embedded, scene)
    places = {".data": str(embedded.data), "/var/backups/homeroom": str(tmp_path / "backup")}
    before = back_up_under_load(scene, lambda: follow("backup-embedded", places))
    scene.end()
    copy = tmp_path / "copy"
    follow("restore-embedded", places | {".data": str(copy)})
    again = Homeroom.__new__(Homeroom)
    Server.__init__(again, copy)
    again.port = free_port()
    again.url = f"http://127.0.0.1:{again.port}"
    with again:
        assert_restored(again, scene, before, file)
