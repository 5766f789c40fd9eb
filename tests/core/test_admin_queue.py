"""The admin's page of what waits and what didn't work, and trying again what was given up."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from huey.contrib.djhuey import HUEY
from redis import ConnectionError as RedisIsAway

from apps.accounts.audit_labels import sentence
from apps.accounts.models import AuditEntry, User
from apps.accounts.outgoing_email import try_again
from apps.conversations.actions import delete_message, send_message
from apps.core import metrics
from apps.core.tally import Folder
from apps.notifications import admin_queue
from apps.notifications.models import Delivery, Event, Notification, State, Way
from tests.conftest import Cast
from tests.core.test_metrics import process  # noqa: F401 - a fixture

LIST = "/admin/notifications/delivery/"
QUEUE = f"{LIST}queue/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast: Cast, client_for: Callable[[User], Client]) -> Client:
    return client_for(cast.admin)


def cell(page: str, name: str) -> str:
    """What stands in an element, without its marks."""
    found = re.search(rf'<(\w+) id="{name}">(.*?)</\1>', page, re.DOTALL)
    assert found, name
    return " ".join(re.sub(r"<[^>]*>", " ", found[2]).split())


def deliveries(recipient: User, number: int, **fields: object) -> list[Delivery]:
    """So many letters to somebody, each about a notification of its own."""
    first = Notification.objects.count()
    rows = [
        Notification(recipient=recipient, event=f"message-{first + n}", kind="message", title=f"About {first + n}")
        for n in range(number)
    ]
    fields = {"way": Way.EMAIL, "bundle": "b", "due": timezone.now()} | fields
    made = [Delivery(notification=row, recipient=recipient, **fields) for row in Notification.objects.bulk_create(rows)]
    return Delivery.objects.bulk_create(made)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """So many jobs wait, for so many seconds, with a worker or without."""

    def say(length: int, seconds: float, lives: bool) -> None:
        monkeypatch.setattr(HUEY, "waiting", lambda: (length, seconds))
        monkeypatch.setattr(HUEY, "worker_lives", lambda: lives)

    return say


class TestNumbers:
    def test_jobs(self, client, queued, monkeypatch):
        queued(1234, 130.0, True)
        monkeypatch.setattr(admin_queue, "failed_jobs", lambda: [("apps.core.tasks.send", 2)])
        page = client.get(QUEUE).content.decode()
        assert cell(page, "worker") == "is there"
        assert cell(page, "jobs-waiting") == "1,234"
        assert "(2 minutes ago)" in cell(page, "jobs-oldest")
        assert cell(page, "jobs-failed") == "apps.core.tasks.send 2"

    def test_nothing_waits_and_no_worker_is_there(self, client, queued, monkeypatch):
        queued(0, 0.0, False)
        monkeypatch.setattr(admin_queue, "failed_jobs", list)
        page = client.get(QUEUE).content.decode()
        assert "start it" in cell(page, "worker")
        assert (cell(page, "jobs-waiting"), cell(page, "jobs-oldest")) == ("0", "-")
        assert cell(page, "jobs-failed") == "None."
        assert (cell(page, "events-waiting"), cell(page, "events-oldest")) == ("0", "-")
        assert (cell(page, "mails-waiting"), cell(page, "mails-oldest"), cell(page, "mails-failed")) == ("0", "-", "0")
        assert "mails-newest-failed" not in page

    def test_that_redis_is_away_is_said_and_the_rest_is_there(self, cast, client, queued, monkeypatch):
        def away():
            raise RedisIsAway

        monkeypatch.setattr(HUEY, "waiting", away)
        deliveries(cast.teacher, 1)
        answer = client.get(QUEUE)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "answer" in cell(page, "worker")
        assert "jobs-waiting" not in page
        assert cell(page, "mails-waiting") == "1"

    def test_events_that_are_not_over(self, client):
        now = timezone.now()
        for number, (minutes, done) in enumerate([(5, None), (180, None), (900, now)]):
            created = now - timedelta(minutes=minutes)
            Event.objects.create(key=f"message-{number}", kind="message", title="T", created=created, done=done)
        page = client.get(QUEUE).content.decode()
        assert cell(page, "events-waiting") == "2"
        assert "(3 hours ago)" in cell(page, "events-oldest")
        assert [
            row.key for row in client.get("/admin/notifications/event/?done__isempty=1").context["cl"].queryset
        ] == [
            "message-1",
            "message-0",
        ]

    def test_mails_that_wait_and_those_that_were_given_up(self, cast, client):
        now = timezone.now()
        deliveries(cast.teacher, 2, due=now - timedelta(hours=2))
        deliveries(cast.teacher, 1, due=now + timedelta(hours=2))
        deliveries(cast.teacher, 1, state=State.SENDING, due=now + timedelta(minutes=9))
        deliveries(cast.teacher, 4, state=State.SENT, ended=now)
        deliveries(cast.teacher, 2, state=State.SKIPPED, ended=now)
        deliveries(cast.amina_user, 23, state=State.FAILED, ended=now, error="550: refused <by> the mail server")
        page = client.get(QUEUE).content.decode()
        assert (cell(page, "mails-waiting"), cell(page, "mails-sending"), cell(page, "mails-failed")) == (
            "3",
            "1",
            "23",
        )
        assert "(2 hours ago)" in cell(page, "mails-oldest")
        assert f'href="{LIST}?state__exact=failed"' in page
        assert len(client.get(f"{LIST}?state__exact=failed").context["cl"].result_list) == 23
        newest = re.search(r'<tbody id="mails-newest-failed">(.*?)</tbody>', page, re.DOTALL)
        assert newest
        assert newest[1].count("<tr>") == admin_queue.NEWEST == 20
        assert newest[1].count("550: refused &lt;by&gt; the mail server") == 20
        assert "About 32" in newest[1]
        assert "About 12<" not in newest[1]

    def test_it_takes_as_many_questions_for_one_as_for_many(self, cast, client, django_assert_max_num_queries):
        deliveries(cast.teacher, 30, state=State.FAILED)
        with django_assert_max_num_queries(12):
            client.get(QUEUE)

    def test_the_list_leads_to_it(self, client):
        assert f'href="{QUEUE}"' in client.get(LIST).content.decode()


class TestFailedJobs:
    def test_what_this_process_counted(self):
        metrics.jobs.labels("tests.queue.fails", "error").inc(2)
        metrics.jobs.labels("tests.queue.fails", "timeout").inc()
        metrics.jobs.labels("tests.queue.once", "timeout").inc()
        metrics.jobs.labels("tests.queue.works", "complete").inc(9)
        assert [row for row in admin_queue.failed_jobs() if row[0].startswith("tests.queue.")] == [
            ("tests.queue.fails", 3),
            ("tests.queue.once", 1),
        ]

    def test_what_all_processes_of_the_machine_counted(self, process, tmp_path, monkeypatch):  # noqa: F811
        one, other = process(), process()
        for each in (one, other):
            each.do("metrics.jobs.labels('a.fails', 'error').inc()")
            each.do("metrics.jobs.labels('a.works', 'complete').inc()")
        monkeypatch.setattr(metrics, "folder", Folder(tmp_path / "metrics"))
        assert admin_queue.failed_jobs() == [("a.fails", 2)]
        other.kill()
        assert admin_queue.failed_jobs() == [("a.fails", 2)]

    def test_nothing_was_counted_yet(self, tmp_path, monkeypatch):
        monkeypatch.setattr(metrics, "folder", Folder(tmp_path / "metrics"))
        assert admin_queue.failed_jobs() == []


class TestTryingAgain:
    @pytest.fixture
    def given_up(self, cast: Cast, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]):
        """A letter to the teacher, a day after nobody took it."""
        with django_capture_on_commit_callbacks(execute=True):
            self.message = send_message(cast.staff, cast.amina.conversation, "Good morning")
        delivery = Delivery.objects.get(recipient=cast.teacher)
        yesterday = timezone.now() - timedelta(days=1, hours=1)
        delivery.state, delivery.tries, delivery.first_tried = State.FAILED, 9, yesterday
        delivery.due, delivery.ended, delivery.error = yesterday, timezone.now(), "Given up after a day: OSError"
        delivery.save()
        return delivery

    def ask(self, client: Client, *chosen: Delivery) -> str:
        data = {"action": "retry", "_selected_action": [row.pk for row in chosen]}
        return client.post(LIST, data, follow=True).content.decode()

    def test_it_waits_as_if_it_were_new(self, cast, client, given_up):
        assert "1 delivery will be tried again now." in self.ask(client, given_up)
        given_up.refresh_from_db()
        assert given_up.state == State.WAITING
        assert (given_up.tries, given_up.first_tried, given_up.ended, given_up.error) == (0, None, None, "")
        assert abs(given_up.due - timezone.now()) < timedelta(minutes=1)
        (entry,) = AuditEntry.objects.filter(verb="delivery.retried")
        assert (entry.actor, entry.detail) == (cast.admin, {"count": 1})
        assert sentence(entry.verb) != entry.verb

    def test_it_is_sent_after_the_commit_and_not_before(
        self, cast, client, given_up, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            self.ask(client, given_up)
            assert mail.outbox == []
        assert [letter.to for letter in mail.outbox] == [[cast.teacher.email]]
        given_up.refresh_from_db()
        assert given_up.state == State.SENT

    def test_what_is_gone_meanwhile_is_not_sent(self, cast, client, given_up, django_capture_on_commit_callbacks):
        delete_message(cast.staff, self.message)
        with django_capture_on_commit_callbacks(execute=True):
            self.ask(client, given_up)
        given_up.refresh_from_db()
        assert (given_up.state, mail.outbox) == (State.SKIPPED, [])

    def test_what_was_not_given_up_stays_as_it_is(self, cast, client):
        others = [deliveries(cast.teacher, 1, state=state)[0] for state in State.values if state != State.FAILED]
        before = list(Delivery.objects.order_by("pk").values())
        assert "None of these was given up." in self.ask(client, *others)
        assert list(Delivery.objects.order_by("pk").values()) == before
        assert not AuditEntry.objects.filter(verb="delivery.retried").exists()

    def test_all_that_a_search_found_is_tried_again_in_one_go(self, cast, client):
        for who in (cast.teacher, cast.teacher2):
            deliveries(who, 60, state=State.FAILED)
        data = {"action": "retry", "_selected_action": [Delivery.objects.filter(recipient=cast.teacher)[0].pk]}
        page = client.post(f"{LIST}?q=tariq&state__exact=failed", data | {"select_across": "1"}, follow=True)
        assert "60 deliveries will be tried again now." in page.content.decode()
        assert set(Delivery.objects.filter(recipient=cast.teacher2).values_list("state", flat=True)) == {State.FAILED}
        assert AuditEntry.objects.get(verb="delivery.retried").detail == {"count": 60}

    def test_staff_who_may_see_deliveries_do_not(self, cast, client_for, given_up):
        cast.staff.user_permissions.set(Permission.objects.filter(content_type__app_label="notifications"))
        client = client_for(cast.staff)
        assert 'value="retry"' not in client.get(LIST).content.decode()
        self.ask(client, given_up)
        given_up.refresh_from_db()
        assert given_up.state == State.FAILED

    @pytest.mark.parametrize("who", ["staff", "teacher", "amina_user", "outsider"])
    def test_whatever_calls_it_nobody_but_an_admin_has_it_done(self, cast, given_up, who):
        with pytest.raises(PermissionDenied):
            try_again(getattr(cast, who), Delivery.objects.all())
        given_up.refresh_from_db()
        assert given_up.state == State.FAILED

    def test_an_admin_who_looks_as_another_cannot_retry(self, cast, given_up):
        cast.admin.looked_as = True
        with pytest.raises(PermissionDenied):
            try_again(cast.admin, Delivery.objects.all())


def test_what_letters_say_is_on_no_page_of_the_admin(cast, client):
    letter = {"letter": {"subject": "S", "text": "zimtstern", "to": "x@x.test"}}
    event = Event.objects.create(key="security-1", kind="security", title="Your password was changed", data=letter)
    notice = Notification.objects.create(
        recipient=cast.teacher, event=event.key, kind="security", title=event.title, data=letter
    )
    delivery = Delivery.objects.create(
        notification=notice, recipient=cast.teacher, way=Way.EMAIL, bundle="b", due=timezone.now()
    )
    for row in (event, notice, delivery):
        for page in ("", f"{row.pk}/change/"):
            answer = client.get(f"/admin/notifications/{row._meta.model_name}/{page}")
            assert answer.status_code == 200
            assert "zimtstern" not in answer.content.decode()
