"""One cast for all tests, built once."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from httpx._config import DEFAULT_TIMEOUT_CONFIG as HTTP_TIMEOUT

from apps.accounts.models import Role, User
from apps.courses.models import Batch, Course
from apps.realtime.hub import ACCESS
from apps.students.models import Student
from tests import factories
from tests.chromium import _no_violation, chromium, reader_of_pdfs  # noqa: F401 - fixtures
from tests.elsewhere import Elsewhere
from tests.factories import PASSWORD as PASSWORD
from tests.groups import pytest_collection_modifyitems, pytest_runtest_logreport  # noqa: F401 - hooks
from tests.pace import one_pace, pace  # noqa: F401 - fixtures
from tests.servers import Homeroom
from tests.services import Redis, new_database, postgres, redis_server  # noqa: F401 - fixtures
from tests.stacks import embedded, many_machines, one_machine  # noqa: F401 - fixtures

# What a script starts in its background ignores Ctrl+C, and so would every server that is started from here.
signal.signal(signal.SIGINT, signal.default_int_handler)
# A server of the tests may be busy with those of another process: an answer is waited for, unless a test says how long.
HTTP_TIMEOUT.connect = HTTP_TIMEOUT.read = HTTP_TIMEOUT.write = HTTP_TIMEOUT.pool = 60


@dataclass
class Cast:
    """Everyone in the tests.

    `teacher` teaches `batch`, where `amina` and `bruno` are; `teacher2` teaches `batch2`, where `chloe` is. `outsider`
    is a student who has no record. Each student's account is `<name>_user`.
    """

    admin: User
    staff: User
    staff2: User
    teacher: User
    teacher2: User
    outsider: User
    amina_user: User
    bruno_user: User
    chloe_user: User
    amina: Student
    bruno: Student
    chloe: Student
    course: Course
    batch: Batch
    batch2: Batch


def make_cast() -> Cast:
    people = {
        "admin": factories.user(Role.ADMIN, "Ada", family_name="Admin"),
        "staff": factories.user(Role.STAFF, "Sam", family_name="Staff"),
        "staff2": factories.user(Role.STAFF, "Sofia", family_name="Second"),
        "teacher": factories.user(Role.TEACHER, "Tariq", family_name="Teacher"),
        "teacher2": factories.user(Role.TEACHER, "Tessa", family_name="Other"),
        "outsider": factories.user(Role.STUDENT, "Otto", family_name="Outsider"),
    }
    students = {}
    for number, (given, family) in enumerate([("Amina", "Diallo"), ("Bruno", "Costa"), ("Chloe", "Martin")], 1):
        user = factories.user(Role.STUDENT, given, family_name=family)
        student = factories.student(f"S{number:03}", user=user, given_name=given, family_name=family, email=user.email)
        students |= {f"{given.lower()}_user": user, given.lower(): student}
    course = factories.course(title="Algebra")
    batch = factories.batch(course=course, name="Algebra A", teacher=people["teacher"])
    batch2 = factories.batch(course=course, name="Algebra B", teacher=people["teacher2"])
    for student, group in (("amina", batch), ("bruno", batch), ("chloe", batch2)):
        factories.enrollment(student=students[student], batch=group)
    return Cast(**people, **students, course=course, batch=batch, batch2=batch2)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        make_cast()
    # A response that a test closes must not end the connection whose transaction is rolled back after the test.
    connection.close_if_unusable_or_obsolete = lambda: None
    yield
    if connection.vendor == "postgresql":
        # Nor must a connection that a test left behind keep the database from being deleted.
        others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM {others}")


def find_cast() -> Cast:
    """The cast, fresh from the database."""
    users = {user.given_name: user for user in User.objects.all()}
    students = {student.given_name: student for student in Student.objects.select_related("conversation", "user")}
    batch, batch2 = Batch.objects.order_by("name").select_related("course")
    return Cast(
        admin=users["Ada"],
        staff=users["Sam"],
        staff2=users["Sofia"],
        teacher=users["Tariq"],
        teacher2=users["Tessa"],
        outsider=users["Otto"],
        amina_user=users["Amina"],
        bruno_user=users["Bruno"],
        chloe_user=users["Chloe"],
        amina=students["Amina"],
        bruno=students["Bruno"],
        chloe=students["Chloe"],
        course=batch.course,
        batch=batch,
        batch2=batch2,
    )


@pytest.fixture
def cast(db) -> Cast:
    """The cast: changes are rolled back after each test."""
    return find_cast()


def confirm(client: Client, user: User) -> None:
    """Write into the session of somebody who is signed in that they have just typed their password again."""
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "password", reauthenticated=True)
    request.session.save()


@pytest.fixture
def client_for():
    """A browser-like client that is signed in as somebody: `client_for(cast.staff)`.

    They have just confirmed that it's them, unless `fresh` is False: Homeroom asks for that before what can't be undone
    or shows much.
    """

    def sign_in(user: User | None, *, fresh: bool = True) -> Client:
        client = Client()
        if user:
            client.force_login(user)
        if user and fresh:
            confirm(client, user)
        return client

    return sign_in


@pytest.fixture(scope="session")
def homeroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeroom]:
    """The demo academy, served; tests that change it keep to rows of their own."""
    with Homeroom(tmp_path_factory.mktemp("homeroom"), newcomers=True) as server:
        yield server


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    with Elsewhere(tmp_path_factory.mktemp("elsewhere")) as elsewhere:
        yield elsewhere


@pytest.fixture(scope="session")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Elsewhere]:  # noqa: F811
    with Redis() as redis:
        data, database = tmp_path_factory.mktemp("elsewhere"), new_database(postgres)
        with Elsewhere(data, database, REDIS_URL=redis.url) as elsewhere:
            yield elsewhere


# One worker of pytest-xdist has all tests of a database.
DATABASES = [
    pytest.param(f"on_{name}", marks=pytest.mark.xdist_group(name), id=name) for name in ("sqlite", "postgresql")
]


@pytest.fixture(params=DATABASES)
def unmigrated(request: pytest.FixtureRequest) -> Elsewhere:
    """A database without tables in another process, once as a file and once on PostgreSQL."""
    return request.getfixturevalue(request.param).clear(tables=False)


@pytest.fixture(params=DATABASES)
def elsewhere(request: pytest.FixtureRequest) -> Elsewhere:
    """The same with its tables."""
    return request.getfixturevalue(request.param).clear(tables=True)


@pytest.fixture
def published(monkeypatch, django_capture_on_commit_callbacks):
    """What was published: a list of (channel, event as text), filled when the block `with published():` ends.

    Its `rights` are the people whose open streams are asked about again. `toasts` are what each person was shown, by
    their channel, and `bells` what their unread count was asked for again about.
    """

    class Published(list[tuple[str, str]]):
        rights: list[int] = []

        @property
        def toasts(self) -> dict[str, list[str]]:
            return self._by_person(lambda text: text if 'hx-target="#toasts"' in text else None)

        @property
        def bells(self) -> dict[str, list[str]]:
            return self._by_person(lambda text: said["about"] if (said := self._named("bell", text)) else None)

        def _named(self, name: str, text: str) -> dict[str, str]:
            first, _, rest = text.partition("\n")
            return json.loads(rest.partition("\n")[0].removeprefix("data: ")) if first == f"event: {name}" else {}

        def _by_person(self, read: Callable[[str], str | None]) -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            for channel, text in self:
                if channel.startswith("user-") and (said := read(text)) is not None:
                    found.setdefault(channel, []).append(said)
            return found

        def __call__(self) -> AbstractContextManager[object]:
            return django_capture_on_commit_callbacks(execute=True)

        def hear(self, channel: str, payload: bytes) -> None:
            if channel == ACCESS:
                self.rights.append(int(payload))
            else:
                self.append((channel, payload.decode()))

    events = Published()
    events.rights = []
    monkeypatch.setattr("apps.realtime.publish.deliver", events.hear)
    return events


@pytest.fixture(autouse=True)
def own_limits(monkeypatch) -> None:
    """What the test before did isn't counted: its people had the same numbers."""
    monkeypatch.setattr("apps.core.limits._counts", None)


@pytest.fixture
def one_window(monkeypatch) -> None:
    """No window of a limit, which begin with the clock's minute, ends while a test counts."""
    now = time.time()
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: now))


@pytest.fixture
def query_count():
    """How many queries something takes, after it was done once before."""

    def count(do: Callable[[], object]) -> int:
        do()
        with CaptureQueriesContext(connection) as queries:
            do()
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    return count
