"""What is counted, and where it is kept."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core import metrics
from project.variables import networks
from tests.core.test_settings import PRODUCTION
from tests.elsewhere import ROOT, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="several processes serve on POSIX only")

COUNTER = """
import django, sys
django.setup()
from apps.core import metrics
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""


class Process:
    """A process of a production start that counts what it is told to."""

    def __init__(self, data: Path) -> None:
        env = environment(data) | PRODUCTION | {"DJANGO_SETTINGS_MODULE": "project.settings"}
        command = [sys.executable, "-c", COUNTER]
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=-1, stdout=-1, text=True)

    def do(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def text(self) -> str:
        self.process.stdin.write("print(metrics.exposition().decode(), flush=True)\n")
        self.process.stdin.flush()
        return "".join(iter(self.process.stdout.readline, "done\n"))

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def process(tmp_path: Path):
    started: list[Process] = []

    def start() -> Process:
        started.append(Process(tmp_path))
        return started[-1]

    yield start
    for each in started:
        each.kill()


def test_a_dead_process_leaves_no_open_stream_and_takes_no_count_away(process, tmp_path):
    one, other = process(), process()
    for each in (one, other):
        each.do("metrics.streams_open.inc(2)")
        each.do("metrics.resyncs.inc(3)")
        each.do("metrics.post_to_publish_seconds.observe(0.003)")
    text = one.text()
    assert "homeroom_streams_open 4.0" in text
    assert "homeroom_resyncs_total 6.0" in text
    other.kill()
    text = one.text()
    assert "homeroom_streams_open 2.0" in text
    assert "homeroom_resyncs_total 6.0" in text
    assert 'homeroom_post_to_publish_seconds_bucket{le="0.0025"} 0.0' in text
    assert 'homeroom_post_to_publish_seconds_bucket{le="0.005"} 2.0' in text
    assert "homeroom_post_to_publish_seconds_count 2.0" in text
    assert text == one.text(), "asking twice counts twice"
    assert len(list((tmp_path / "metrics").glob("*.alive"))) == 1


def test_counting_begins_anew_when_all_processes_ended(process):
    first = process()
    first.do("metrics.streams_open.inc(5); metrics.resyncs.inc(5)")
    first.kill()
    second = process()
    second.do("metrics.resyncs.inc()")
    assert "homeroom_resyncs_total 1.0" in second.text()
    assert "homeroom_streams_open 5.0" not in second.text()


def test_a_forked_worker_counts_beside_its_parent(process):
    parent = process()
    parent.do("metrics.resyncs.inc(2)")
    parent.do("import os; pid = os.fork(); pid or (metrics.resyncs.inc(5), os._exit(0)); os.waitpid(pid, 0)")
    assert "homeroom_resyncs_total 7.0" in parent.text()


def test_a_process_that_counts_nothing_makes_no_files(process, tmp_path):
    assert "homeroom_resyncs" not in process().text()
    assert not (tmp_path / "metrics").exists()


def test_a_folder_that_cannot_be_written_stops_no_work(process, tmp_path):
    (tmp_path / "metrics").write_text("a file is in the way")
    each = process()
    each.do("metrics.resyncs.inc()")
    each.do("metrics.requests.labels('a', '2xx').inc()")
    assert each.process.poll() is None
    assert (tmp_path / "metrics").read_text() == "a file is in the way"


def test_an_unknown_reason_to_catch_up_is_counted_as_other(process):
    each = process()
    for why in ("gap", "gap", "<script>"):
        each.do(f"metrics.count_catch_up({why!r})")
    text = each.text()
    assert 'homeroom_catch_ups_total{why="gap"} 2.0' in text
    assert 'homeroom_catch_ups_total{why="other"} 1.0' in text
    assert "script" not in text


def test_metrics_are_for_configured_addresses_alone(client, settings, db):
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 404
    settings.METRICS_FROM = networks("HOMEROOM_X", ["203.0.113.0/24", "2001:db8::/32"])
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="2001:db8::5").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::ffff:203.0.113.7").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 404


@pytest.mark.parametrize(
    ("asks", "forwarded", "status"),
    [
        ("127.0.0.1", "203.0.113.7", 404),  # Through the proxy.
        ("127.0.0.1", "127.0.0.1, 203.0.113.7", 404),  # The client made up the first.
        ("127.0.0.1", "203.0.113.7, 127.0.0.1", 404),  # Two proxies of ours.
        ("127.0.0.1", "nonsense", 200),
        ("203.0.113.7", "127.0.0.1", 404),  # No proxy of ours: not believed.
        ("127.0.0.1", "", 200),
        ("", "", 404),
        ("nonsense", "127.0.0.1", 404),
    ],
)
def test_behind_a_proxy_the_address_is_the_clients_and_nobody_else_can_claim_one(
    client, settings, db, asks, forwarded, status
):
    settings.PROXIES = networks("HOMEROOM_X", ["127.0.0.0/8"])
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client.get("/metrics", REMOTE_ADDR=asks, headers=headers).status_code == status


def test_without_a_trusted_proxy_a_forwarded_address_is_not_believed(client, settings, db):
    settings.PROXIES = []
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 200


def test_a_request_is_counted_by_the_name_of_its_view_never_by_its_path(cast, client_for, client):
    client_for(cast.staff).get(f"/students/{cast.amina.pk}/?q=typed-text")
    client_for(cast.staff).get("/no-such-page-typed-text/")
    client_for(cast.staff).generic("BREW", "/students/")
    text = client.get("/metrics").content.decode()
    assert re.search(r'homeroom_requests_total\{status="2xx",view="students:student_detail"\} [1-9]', text)
    assert re.search(r'homeroom_requests_total\{status="4xx",view="none"\} [1-9]', text)
    assert "typed-text" not in text
    assert 'homeroom_request_seconds_bucket{le="0.001",view="students:student_detail"}' in text


def test_a_catch_up_is_counted_with_its_reason(cast, client_for, client):
    def count(why: str) -> float:
        return metrics.REGISTRY.get_sample_value("homeroom_catch_ups_total", {"why": why}) or 0

    before = [count("gap"), count("other")]
    address = f"/conversations/{cast.amina.conversation_id}/messages/?after=0"
    for why in ("&why=gap", "&why=gap", "", "&why=nonsense"):
        client_for(cast.staff).get(address + why)
    assert [count("gap"), count("other")] == [before[0] + 2, before[1] + 2]
