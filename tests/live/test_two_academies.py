"""Two academies on one Redis server know nothing of each other."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen, run

import httpx
import psycopg
import pytest
import redis

from project.variables import academy
from tests.elsewhere import ROOT, environment, make_tables
from tests.live.readers import Reader, hear
from tests.servers import Academy, OneMachine
from tests.services import Redis, new_database

pytestmark = pytest.mark.xdist_group("one_machine")


@pytest.fixture(scope="module")
def both(one_machine: OneMachine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[OneMachine]]:
    """A second academy beside the first, with a database of its own on the same servers."""
    data = tmp_path_factory.mktemp("second")
    with OneMachine(data, new_database(one_machine.database), one_machine.redis, streams=1) as second:
        yield [one_machine, second]


def use(server: OneMachine, people: Academy, word: str) -> None:
    """Write, type, read, search, send a file, be there: all that leaves something in Redis."""
    thread = f"{server.url}/conversations/{people.students[0]['conversation']}"
    headers = people.headers("staff0")
    with httpx.Client(headers=headers, timeout=60) as client:
        file = client.post(f"{thread}/attachments/", files={"file": ("a.txt", b"text")}).json()["id"]
        data = {"body": word, "audience": "everyone", "attachments": file}
        for path, typed in (("messages", data), ("typing", {"audience": "everyone"}), ("position", {"page": "one"})):
            assert client.post(f"{thread}/{path}/", data=typed).status_code < 400, path
        assert client.get(f"{server.url}/conversations/search/?q={word}").status_code < 500


def test_what_is_written_in_one_academy_reaches_nobody_of_the_other(both: list[OneMachine]) -> None:
    seeded = [server.seed(staff=1, teachers=1, students=1) for server in both]
    readers = []
    for server, people in zip(both, seeded, strict=True):
        hear(server, people, 0)
        channels = [f"student-{people.students[0]['id']}", f"user-{people.people['staff0']['id']}"]
        address = f"{server.stream_urls[0]}/events/?channel={'&channel='.join(channels)}"
        readers.append(Reader(address, people.headers("staff0")))
        readers[-1].until("stream-open")
    for server, people, word in zip(both, seeded, ("papaya", "quince"), strict=True):
        use(server, people, word)
    for reader, own in zip(readers, ("papaya", "quince"), strict=True):
        reader.until(own)
    # Whatever is published by either comes to both at once: the topics, not the channels, keep them apart.
    with redis.Redis.from_url(both[0].redis.url) as client:
        for server, people, word in zip(both, seeded, ("radish", "sorrel"), strict=True):
            for pk in range(1, 50):
                client.publish(server.topic, f"student-{pk}\ndata: {word}\n\n".encode())
            channel = f"user-{people.people['staff0']['id']}"
            client.publish(server.topic, f"{channel}\ndata: {word}-end\n\n".encode())
    for reader, own in zip(readers, ("radish-end", "sorrel-end"), strict=True):
        reader.until(own)
    assert [word for word in ("quince", "sorrel") if word in readers[0].heard] == []
    assert [word for word in ("papaya", "radish") if word in readers[1].heard] == []
    for reader in readers:
        reader.close()


def test_every_key_and_topic_in_redis_names_its_academy(both: list[OneMachine]) -> None:
    names = []
    for server in both:
        people = server.seed(staff=1, teachers=1, students=1)
        hear(server, people, 0)
        use(server, people, "turnip")
        server.wait_for(f"{server.url}/readyz")
        names.append(f"homeroom:{academy(server.database.rpartition('/')[2])}:")
    with redis.Redis.from_url(both[0].redis.url) as client:
        keys = [key.decode() for key in client.keys("*")]
        topics = [topic.decode() for topic in client.pubsub_channels("*")]
    # An academy that another test restored may have been here too.
    assert [key for key in [*keys, *topics] if not re.match("homeroom:[A-Za-z0-9_-]+:", key)] == []
    for name in names:
        kinds = {key.removeprefix(name).split(":")[0] for key in keys if key.startswith(name)}
        assert kinds >= {"academy", "worker", "presence", "limits"}
        assert [topic for topic in topics if topic.startswith(name)] == [f"{name}events:0"]


@pytest.fixture
def namesakes(one_machine: OneMachine, postgres: str, tmp_path: Path) -> Iterator[list[dict[str, str]]]:
    """The environments of two academies whose databases are called alike, on two servers, with one Redis."""
    with Redis() as server:
        environments = []
        for number, address in enumerate((new_database(one_machine.database), new_database(postgres))):
            host, _, name = address.rpartition("/")
            with psycopg.connect(f"{host}/postgres", autocommit=True) as connection:
                connection.execute("DROP DATABASE IF EXISTS namesake WITH (FORCE)")
                connection.execute(f'ALTER DATABASE "{name}" RENAME TO namesake')
            folder = tmp_path / str(number)
            folder.mkdir()
            make_tables(folder, f"{host}/namesake")
            environments.append(environment(folder, f"{host}/namesake", REDIS_URL=server.url))
        yield environments


def started(env: dict[str, str], *command: str) -> str:
    """The last line of what it says, where its settings stop it; else nothing."""
    done = run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


PAGES = ("-c", "import project.wsgi")
STREAMS = ("-c", "import project.asgi")
WORKER = ("manage.py", "run_huey")


def test_a_redis_that_another_academy_of_that_name_has_stops_the_start_until_it_is_claimed(
    namesakes: list[dict[str, str]],
) -> None:
    one, other = namesakes
    assert started(one, *PAGES) == started(one, *STREAMS) == ""
    for command in (PAGES, STREAMS, WORKER):
        said = started(other, *command)
        assert "REDIS_URL: an academy whose database is also called namesake" in said
        assert "claim_redis" in said
    # Keys are kept apart by the number, and so are topics, which Redis doesn't keep apart.
    assert started(other | {"REDIS_URL": other["REDIS_URL"].replace("/0", "/1")}, *PAGES) == ""
    assert started(other, "manage.py", "claim_redis") == ""
    assert started(other, *PAGES) == ""
    assert "claim_redis" in started(one, *PAGES)


def test_who_marks_a_redis_first_has_it_however_many_start_at_once(namesakes: list[dict[str, str]]) -> None:
    starts = [Popen([sys.executable, *PAGES], cwd=ROOT, env=env, stderr=PIPE) for env in [*namesakes, *namesakes]]
    refused = [b"claim_redis" in start.communicate(timeout=120)[1] for start in starts]
    assert refused[:2] == refused[2:]
    assert sorted(refused[:2]) == [False, True]


def test_where_redis_is_away_the_start_goes_on(namesakes: list[dict[str, str]]) -> None:
    assert started(namesakes[0] | {"REDIS_URL": "redis://127.0.0.1:1/0"}, *STREAMS) == ""


def test_a_mark_can_be_set_by_an_ordinary_user_of_postgresql(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS ordinary")
        connection.execute("CREATE ROLE ordinary LOGIN")
        connection.execute("SET ROLE ordinary")
        assert connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
