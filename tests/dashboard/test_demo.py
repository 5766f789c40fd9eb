"""One command to a living academy: what it makes, prints, serves, keeps and refuses."""

import datetime
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from tests.demo import copy_demo
from tests.elsewhere import ROOT, environment
from tests.servers import Homeroom
from tests.services import free_port

COLUMNS = ("0–30 days", "31–60 days", "61–90 days", "Over 90 days", "Total")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with what the command has made, as another start would find it."""
    copy_demo(tmp_path / "made")
    return tmp_path / "made"


def demo(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=ROOT,
        env=environment(data) | variables,
        capture_output=True,
        text=True,
    )


def count(data: Path, table: str) -> int:
    with closing(sqlite3.connect(data / "homeroom.sqlite3")) as database:
        [(number,)] = database.execute(f"SELECT count(*) FROM {table}").fetchall()
        return int(number)


@contextmanager
def server_ended(server: Homeroom) -> Iterator[None]:
    """End the server, whatever a test did with it."""
    try:
        yield
    finally:
        server.end()


@contextmanager
def sign_in(url: str, who: str, password: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=20) as client:
        page = client.get("/accounts/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        data = {"login": who, "password": password, "csrfmiddlewaretoken": token[1] if token else ""}
        answer = client.post("/accounts/login/", data=data, headers={"Origin": url})
        assert answer.status_code == 302, answer.text[:500]
        yield client


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_it_makes_a_believable_academy(tmp_path):
    server = Homeroom(tmp_path)
    [(students,), (batches,), (courses,), (teachers,)] = (
        server.rows(f"SELECT count(*) FROM {source}")[0]
        for source in ("students_student", "courses_batch", "courses_course", "accounts_user WHERE role = 'teacher'")
    )
    assert (students, batches, courses, teachers) >= (60, 6, 3, 4)
    assert min(students - 59, batches - 5, courses - 2, teachers - 3) > 0
    longest = server.rows("SELECT count(*) FROM conversations_message GROUP BY conversation_id ORDER BY 1 DESC")
    assert longest[0][0] > 500
    assert longest[2][0] > 300
    assert server.rows("SELECT count(DISTINCT audience) FROM conversations_message") == [(2,)]
    assert server.rows("SELECT id FROM students_student WHERE conversation_id IS NULL") == []


def test_it_prints_the_address_the_logins_and_the_password_that_signs_everyone_in(homeroom):
    printed = homeroom.log()
    assert f"http://127.0.0.1:{homeroom.port}/" in printed
    [password] = set(re.findall(r"^\s*password: (\S+)$", printed, re.MULTILINE))
    for who in ("admin", "staff", "teacher", "student"):
        assert f"{who}@homeroom.test" in printed
        with sign_in(homeroom.url, f"{who}@homeroom.test", password) as client:
            home = client.get("/")
            assert home.status_code == 200
            assert "account-menu" in home.text or "/accounts/logout/" in home.text


def test_dues_of_every_age_are_pending(homeroom):
    with sign_in(homeroom.url, "staff@homeroom.test", "homeroom") as client:
        page = client.get("/payments/pending/").text
        totals = re.findall(r'data-label="([^"]+)">([\d,.]+)', page[page.index("<tfoot") :])
        assert [column for column, _ in totals] == list(COLUMNS)
        amounts = [Decimal(amount.replace(",", "")) for _, amount in totals]
        assert min(amounts) > 0
        assert sum(amounts[:-1]) == amounts[-1]


def test_an_htmx_request_gets_a_part_of_the_page(homeroom):
    with sign_in(homeroom.url, "staff@homeroom.test", "homeroom") as client:
        page = client.get("/students/")
        part = client.get("/students/", headers={"HX-Request": "true"})
        assert page.status_code == part.status_code == 200
        assert "<html" in page.text
        assert "<html" not in part.text
        assert "data-student=" in part.text


def test_static_files_may_be_kept_for_ever_and_come_compressed(homeroom):
    with sign_in(homeroom.url, "student@homeroom.test", "homeroom") as client:
        page = client.get("/").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    assert any(file.endswith(".css") for file in files)
    assert any(file.endswith(".js") for file in files)
    for file in files:
        answer = httpx.get(homeroom.url + file, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, file
        assert "immutable" in answer.headers["Cache-Control"], file
        assert int(re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])[1]) >= 31_000_000
        assert answer.headers.get("Content-Encoding") == "gzip" or len(answer.content) < 1_000, file


def test_health_needs_no_login(homeroom):
    assert httpx.get(f"{homeroom.url}/healthz").text == "ok"
    assert httpx.get(f"{homeroom.url}/readyz").json()["database"] is True


def test_a_job_is_done_in_the_same_process_and_the_letters_link_works(homeroom):
    with httpx.Client(base_url=homeroom.url, timeout=20) as client:
        page = client.get("/accounts/password/reset/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        data = {"email": "staff2@homeroom.test", "csrfmiddlewaretoken": token[1] if token else ""}
        before = len(homeroom.log())  # Others may have had a link from this server already.
        answer = client.post("/accounts/password/reset/", data=data, headers={"Origin": homeroom.url})
        assert answer.status_code == 302
        # The whole address is on one line of the console, so that it can be clicked.
        link = re.compile(rf"^{homeroom.url}(/accounts/password/reset/key/\S+/)$", re.MULTILINE)
        wait_for(lambda: link.search(homeroom.log(), before) is not None)
        chosen = client.get(link.search(homeroom.log(), before)[1], follow_redirects=True)
        assert chosen.status_code == 200
        assert 'name="password1"' in chosen.text


def test_another_server_on_the_same_data_is_refused(homeroom):
    for arguments in (["--port", str(free_port())], ["--no-serve", "--reset"]):
        refused = demo(homeroom.data, *arguments)
        assert refused.returncode == 1
        assert "is running on the data" in one_line(refused)
    assert httpx.get(f"{homeroom.url}/healthz").status_code == 200


def test_it_ends_at_once_also_with_open_streams_and_starts_again_with_its_data(tmp_path):
    server = Homeroom(tmp_path)
    began = time.monotonic()
    server.start()
    starting = time.monotonic() - began
    with server_ended(server), sign_in(server.url, "student@homeroom.test", "homeroom") as client:
        [(student, thread)] = server.rows("SELECT id, conversation_id FROM students_student WHERE code = 'HR-00001'")
        for how in (signal.SIGINT, signal.SIGTERM):
            with client.stream("GET", f"/events/?channel=student-{student}") as stream:
                assert stream.status_code == 200
                assert b"stream-open" in next(stream.iter_raw())
                token = client.cookies["csrftoken"]
                url = f"/conversations/{thread}/messages/"
                sent = client.post(url, data={"body": "kept"}, headers={"X-CSRFToken": token, "Origin": server.url})
                assert sent.status_code in {201, 302}
                messages = count(tmp_path, "conversations_message")
                before = time.monotonic()
                server.stop(how)
                # A stream is kept for minutes; what a process needs to end is less than what it needs to start.
                assert time.monotonic() - before < max(3, starting)
            server.start()
            assert count(tmp_path, "conversations_message") == messages
    assert count(tmp_path, "conversations_message WHERE body = 'kept'") == 2
    assert "Traceback" not in server.log()


def test_a_second_start_keeps_the_data_and_a_reset_begins_anew(made):
    with closing(sqlite3.connect(made / "homeroom.sqlite3")) as database:
        database.execute("UPDATE students_student SET given_name = 'Changed' WHERE id = 1")
        database.commit()
    again = demo(made, "--no-serve", "--students", "70")
    assert again.returncode == 0, again.stderr
    assert count(made, "students_student") == 60
    assert count(made, "students_student WHERE given_name = 'Changed'") == 1
    anew = demo(made, "--no-serve", "--reset", "--students", "7")
    assert anew.returncode == 0, anew.stderr
    assert "7/7" in anew.stdout
    assert "password: " in anew.stdout
    assert "http://" not in anew.stdout
    assert count(made, "students_student") == 7
    assert count(made, "students_student WHERE given_name = 'Changed'") == 0


def one_line(refused: subprocess.CompletedProcess[str]) -> str:
    """What was said of a start that could not be: one line, without a traceback."""
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert "Traceback" not in refused.stderr
    return refused.stderr


def test_a_taken_port_is_told_before_anything_is_made(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = demo(tmp_path, "--port", str(port))
    assert refused.returncode == 1
    assert f"Port {port} is taken" in one_line(refused)
    assert "--port" in refused.stderr
    assert not (tmp_path / "homeroom.sqlite3").exists()


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--port", "65536"], ["--students", "0"]])
def test_what_it_cant_do_is_told(settings, arguments):
    settings.EMBEDDED = True
    with pytest.raises(CommandError, match=arguments[0]):
        call_command("demo", *arguments)


def test_a_folder_that_cant_be_written_in(tmp_path):
    (tmp_path / "file").write_text("")
    refused = demo(tmp_path / "file" / "data", "--no-serve")
    assert refused.returncode == 1
    assert "can't write in" in one_line(refused)
    assert str(tmp_path / "file" / "data") in refused.stderr


@pytest.mark.parametrize("name", ["homeroom.sqlite3", "huey.sqlite3"])
def test_a_file_that_is_no_database(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x89PNG this is something else" * 100)
    refused = demo(tmp_path, "--no-serve")
    assert refused.returncode == 1
    assert str(tmp_path) in one_line(refused)
    assert (tmp_path / name).read_bytes().startswith(b"\x89PNG"), "it is left as it is"


@pytest.mark.parametrize("app", ["students", "an_app_of_tomorrow"])
def test_a_database_from_another_version_is_left_alone(made, app):
    with closing(sqlite3.connect(made / "homeroom.sqlite3")) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES (?, '9999_tomorrow', '2030-01-01')", [app]
        )
        database.commit()
    students = count(made, "students_student")
    refused = demo(made, "--no-serve")
    assert refused.returncode == 1
    assert f"another version of Homeroom ({app}.9999_tomorrow" in one_line(refused)
    assert count(made, "students_student") == students
    if app == "students":
        assert demo(made, "--no-serve", "--reset", "--students", "1").returncode == 0


def test_an_older_versions_database_is_brought_up_to_date(made):
    migrations = count(made, "django_migrations")
    back = [sys.executable, "manage.py", "migrate", "billing", "zero", "-v0"]
    subprocess.run(back, cwd=ROOT, env=environment(made), check=True, capture_output=True)
    assert count(made, "django_migrations") < migrations
    assert demo(made, "--no-serve").returncode == 0
    assert count(made, "django_migrations") == migrations
    assert count(made, "students_student") == 60


def test_a_database_with_other_tables_of_the_same_name(tmp_path):
    with closing(sqlite3.connect(tmp_path / "homeroom.sqlite3")) as database:
        database.execute("CREATE TABLE students_student (id integer)")
    refused = demo(tmp_path, "--no-serve")
    assert refused.returncode == 1
    assert "already exists" in one_line(refused)


@pytest.mark.parametrize("more", [{}, {"HOMEROOM_HOSTS": "a.example", "HOMEROOM_SECRET_KEY": "0123456789abcdef" * 4}])
def test_its_known_passwords_never_reach_another_database(tmp_path, more):
    mail = {"EMAIL_URL": "console:"} if more else {}
    refused = demo(tmp_path, "--no-serve", DATABASE_URL="postgres://homeroom@127.0.0.1:5/homeroom", **more, **mail)
    assert refused.returncode == 1
    assert "DATABASE_URL" in one_line(refused)


# What the tests put there themselves.
OURS = {"newcomers.json", "server.log"}


def test_nobody_else_on_the_machine_reads_what_is_kept(homeroom):
    httpx.get(f"{homeroom.url}/accounts/login/")
    kept = [path for path in homeroom.data.rglob("*") if path.name not in OURS]
    assert {"homeroom.sqlite3", "homeroom.sqlite3-wal", "secret", "huey.sqlite3"} <= {path.name for path in kept}
    assert [path for path in [homeroom.data, *kept] if path.lstat().st_mode & 0o077] == []


@pytest.mark.parametrize("made_before", [False, True])
def test_a_folder_that_others_could_read_is_closed_to_them(tmp_path, made_before):
    data = tmp_path / "data"
    if made_before:
        data.mkdir(mode=0o755)
        (data / "homeroom.sqlite3").touch(mode=0o644)
    command = [sys.executable, "manage.py", "demo", "--no-serve", "--students", "1"]
    subprocess.run(command, cwd=ROOT, env=environment(data), check=True, capture_output=True, umask=0o022)
    assert data.stat().st_mode & 0o777 == 0o700
    # SQLite gives what it writes beside a file the mode of that.
    others = [path.name for path in data.rglob("*") if path.stat().st_mode & 0o077]
    assert [name for name in others if not (made_before and name.startswith("homeroom.sqlite3"))] == []


def test_three_courses_are_worth_looking_at(made):
    """Published, in modules, with texts that are rendered, and with students who are on their way."""
    published = (
        "SELECT course_id FROM courses_module WHERE course_id IN (SELECT id FROM courses_course WHERE published)"
    )
    with closing(sqlite3.connect(made / "homeroom.sqlite3")) as database:
        modules = [pk for (pk,) in database.execute(published)]
        assert sorted(modules.count(pk) for pk in set(modules)) == [3, 3, 3]
        lessons = database.execute("SELECT kind, published, body, html FROM courses_lesson").fetchall()
        assert {kind for kind, *_ in lessons} == {"text", "link", "file", "video"}
        assert {bool(shown) for _, shown, *_ in lessons} == {True, False}
        html = "".join(each[3] for each in lessons)
        for part in ("<math", "<table", "<pre", 'alt="A balance', 'class="footnote'):
            assert part in html, part
        done = "SELECT count(*) FROM courses_lessonprogress WHERE completed_at IS NOT NULL"
        assert database.execute(done).fetchone()[0] > 100
        assert database.execute("SELECT count(*) FROM courses_certificate").fetchone() == (1,)
        # What is said to be done can be: nobody has done a draft.
        drafts = "SELECT count(*) FROM courses_lessonprogress p JOIN courses_lesson l ON l.id = p.lesson_id"
        assert database.execute(f"{drafts} WHERE NOT l.published").fetchone() == (0,)


def counts(data: Path, query: str, *values: object) -> list[int]:
    """The row that a query answers with."""
    with closing(sqlite3.connect(data / "homeroom.sqlite3")) as database:
        return [int(number) for number in database.execute(query, values).fetchone()]


COMMUNITY = """
    SELECT count(*), sum(replies), sum(pin_position IS NOT NULL), sum(is_question)
    FROM community_topic t JOIN community_community c ON c.id = t.community_id WHERE c.course_id = :course"""
TALK = """
    SELECT sum(v.kind = 'course'), sum(v.kind = 'lesson'), count(DISTINCT r.emoji), count(DISTINCT m.author_id)
    FROM conversations_message m JOIN conversations_conversation v ON v.id = m.conversation_id
    LEFT JOIN conversations_reaction r ON r.message_id = m.id
    WHERE v.area = :course OR v.id = (SELECT chat_id FROM community_community WHERE course_id = :course)"""
TO_DECIDE = """
    SELECT (SELECT count(*) FROM community_held h WHERE h.community_id = c.id AND h.state = 'waiting'),
           (SELECT count(*) FROM community_flag f WHERE f.community_id = c.id AND f.outcome = 'open')
    FROM community_community c WHERE c.course_id = :course"""


@pytest.mark.parametrize("title", ["First steps in Python", "Mathematics 8"])
def test_a_community_is_lived_in(made, title):
    """Topics with replies and a pin, a chat, comments, several kinds of reaction, and something to decide."""
    [course] = counts(made, "SELECT id FROM courses_course WHERE title = ?", title)
    with closing(sqlite3.connect(made / "homeroom.sqlite3")) as database:
        topics, replies, pinned, questions = database.execute(COMMUNITY, {"course": course}).fetchone()
        chat, comments, emoji, people = database.execute(TALK, {"course": course}).fetchone()
        assert (topics >= 4, replies >= 8, pinned, questions >= 2) == (True, True, 1, True)
        assert (chat >= 5, comments >= 3, emoji >= 4, people >= 4) == (True, True, True, True)
        assert database.execute(TO_DECIDE, {"course": course}).fetchone() == (1, 1)


def test_the_week_is_a_living_one(made):
    """Lessons this week and the next, marked and unmarked, moved and called off; what waits; rooms and own events."""
    monday = datetime.date.today() - datetime.timedelta(days=datetime.date.today().weekday())
    for week in (0, 1):
        first = monday + datetime.timedelta(weeks=week)
        [lessons] = counts(
            made,
            "SELECT count(*) FROM scheduling_booking WHERE day BETWEEN ? AND ?",
            first.isoformat(),
            (first + datetime.timedelta(days=6)).isoformat(),
        )
        assert lessons >= 10, week
    past = "SELECT count(*) FROM scheduling_booking b WHERE b.start < datetime('now') AND b.state = 'on' AND"
    marks = "EXISTS (SELECT 1 FROM scheduling_attendance a WHERE a.booking_id = b.id)"
    assert counts(made, f"{past} {marks}")[0] > 10
    assert counts(made, f"{past} NOT {marks}")[0] >= 2
    assert count(made, "scheduling_bookingmove") == 1
    assert counts(made, "SELECT count(*) FROM scheduling_booking WHERE state = 'called_off'") == [1]
    assert counts(made, "SELECT count(*) FROM scheduling_proposal WHERE state = 'open'") == [1]
    open_requests = "FROM scheduling_lessonrequest q JOIN scheduling_requesttime t ON t.request_id = q.id"
    assert counts(made, f"SELECT count(*) {open_requests} WHERE q.state = 'open' AND t.start > q.created") == [1]
    assert count(made, "scheduling_ownevent") == 3
    assert counts(made, "SELECT count(DISTINCT room_id) FROM scheduling_booking")[0] >= 2
