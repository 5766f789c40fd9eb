"""Every email of accounts goes through a real mail server: once, sooner or later, unless it is refused for good."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import closing, invitations, outgoing_email
from apps.accounts.invitations import Guest
from apps.accounts.models import OutgoingEmail
from apps.core import email_delivery
from apps.core.models import State
from tests.accounts.test_locks import lock
from tests.accounts.test_sign_in import password
from tests.notifications.conftest import postbox  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("commits")
ADDRESS = "new@home.test"


def later(monkeypatch, minutes: float = 2) -> int:
    """So many minutes pass, and what is due is sent; returns how many emails left."""
    now = timezone.now() + timedelta(minutes=minutes)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    return email_delivery.send_due()


def send(to: str = ADDRESS, **more) -> None:
    outgoing_email.send([outgoing_email.email(to, "Test", subject="Hello", text="A text", **more)])


def subjects(letters) -> list[str]:
    return [letter["Subject"] for letter in letters]


@pytest.mark.parametrize("answers", [{"refuse": {ADDRESS: "550 no such user"}}, {"refuse_contents": "554 not wanted"}])
def test_what_is_refused_for_good_is_tried_once_and_shown(db, postbox, monkeypatch, answers):  # noqa: F811
    for name, answer in answers.items():
        setattr(postbox, name, answer)
    send()
    for _ in range(10):
        later(monkeypatch, 300)
    assert postbox.asked == 1
    row = OutgoingEmail.objects.get()
    assert (row.state, row.tries) == (State.FAILED, 1)
    assert re.fullmatch("55[04]: refused by the mail server", row.error)


def test_an_outage_delays_it_and_it_arrives_once(db, postbox, monkeypatch):  # noqa: F811
    postbox.down = True
    send()
    waits = []
    for _ in range(6):
        row = OutgoingEmail.objects.get()
        assert row.state == State.WAITING
        waits.append((row.due - timezone.now()).total_seconds())
        assert email_delivery.send_due() == 0, "not before its time"
        later(monkeypatch, waits[-1] / 60 + 0.01)
    assert waits == pytest.approx([15 * 2**n for n in range(6)], abs=5)
    assert postbox.letters == []
    postbox.down = False
    assert later(monkeypatch, 20) == 1
    assert later(monkeypatch, 20) == 0
    assert subjects(postbox.to(ADDRESS)) == ["Hello"]
    assert not OutgoingEmail.objects.exists(), "nothing is kept of what was sent"


def test_after_a_day_it_is_given_up_and_emptied(db, postbox, monkeypatch):  # noqa: F811
    postbox.down = True
    send()
    for _ in range(12):
        later(monkeypatch, 240)
    row = OutgoingEmail.objects.get()
    assert (row.state, row.content) == (State.FAILED, "")
    later(monkeypatch, 31 * 24 * 60)
    outgoing_email.forget_old()
    assert not OutgoingEmail.objects.exists()


def test_the_notice_of_a_locked_account_survives_an_outage(cast, postbox, monkeypatch):  # noqa: F811
    postbox.down = True
    lock(monkeypatch, cast.teacher.email)
    lock(monkeypatch, "nobody@example.com")
    assert postbox.letters == []
    postbox.down = False
    later(monkeypatch, 60)
    later(monkeypatch, 60)
    assert subjects(postbox.letters) == ["Too many wrong tries to sign in as you"]
    assert not OutgoingEmail.objects.exists(), "nothing is kept for an address that nobody has"


def test_a_link_to_choose_a_password_survives_an_outage_and_is_kept_nowhere(cast, postbox, monkeypatch):  # noqa: F811
    postbox.down = True
    Client().post("/accounts/password/reset/", {"email": cast.teacher.email})
    postbox.down = False
    assert later(monkeypatch) == 1
    (letter,) = postbox.to(cast.teacher.email)
    assert "/accounts/password/reset/key/" in letter.get_content()


def test_a_code_is_sent_at_once_and_of_no_use_when_it_is_no_longer_taken(cast, postbox, monkeypatch):  # noqa: F811
    password(Client(), cast.staff.email)
    assert re.match(r"\d{6} is your code", postbox.to(cast.staff.email)[0]["Subject"])
    postbox.down = True
    password(Client(), cast.admin.email)
    later(monkeypatch, 11)
    row = OutgoingEmail.objects.get()
    assert (row.state, row.content) == (State.FAILED, "")
    assert postbox.to(cast.admin.email) == []


def test_a_code_goes_before_what_nobody_waits_for(db, postbox, monkeypatch):  # noqa: F811
    postbox.down = True
    send("first@home.test")
    send("code@home.test", urgent=True)
    postbox.down = False
    later(monkeypatch)
    assert [letter["To"] for letter in postbox.letters] == ["code@home.test", "first@home.test"]


def test_what_waits_says_no_code_and_no_link(cast, postbox, monkeypatch):  # noqa: F811
    postbox.down = True
    password(Client(), cast.staff.email)
    invitations.send(cast.staff, "teacher", [Guest(ADDRESS)], "http://testserver")
    waiting = str(list(OutgoingEmail.objects.values()))
    postbox.down = False
    later(monkeypatch)
    code = re.match(r"\d{6}", postbox.to(cast.staff.email)[0]["Subject"])
    link = re.search(r"/join/(\S+)/", postbox.to(ADDRESS)[0].get_body(("plain",)).get_content())
    assert code
    assert link
    assert code[0] not in waiting
    assert link[1] not in waiting


def test_a_notice_of_a_change_is_sealed_while_it_waits(cast, postbox, django_capture_on_commit_callbacks):  # noqa: F811
    from apps.accounts.parts import security_notice
    from apps.notifications.models import Event, Notification

    postbox.down = True
    with django_capture_on_commit_callbacks(execute=True):
        security_notice(cast.teacher, "Your address is about to change", "Stop it: /zimtstern/", cast.teacher.email)
    kept = str([list(model.objects.values()) for model in (Event, Notification)])
    assert "letter" in kept
    assert "zimtstern" not in kept


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_is_killed_in_the_middle(db, postbox, monkeypatch, when):  # noqa: F811
    """After the mail server took it nobody can know: that one repeat can't be ruled out (RFC 5321, 4.5.4.1)."""
    place = "apps.accounts.outgoing_email.mine" if when == "after" else "apps.core.smtp.SmtpConnection.send"
    with monkeypatch.context() as dies:
        dies.setattr(place, _die)
        send()
    assert later(monkeypatch, 9) == 0, "another worker leaves it alone while the claim holds"
    assert later(monkeypatch, 2) == 1
    assert later(monkeypatch, 60) == 0
    assert len(postbox.letters) == (1 if when != "after" else 2)


def _die(*about: object) -> None:
    raise SystemExit


def test_a_closed_account_gets_a_goodbye_and_nothing_that_waited(cast, postbox, monkeypatch):  # noqa: F811
    postbox.down = True
    send(cast.teacher.email)
    closing.close_account(cast.admin, cast.teacher)
    postbox.down = False
    later(monkeypatch)
    assert subjects(postbox.letters) == ["Your account is closed"]


def test_an_email_that_cannot_be_read_any_more_holds_up_no_other(db, postbox, monkeypatch, settings):  # noqa: F811
    postbox.down = True
    send("old@home.test")
    settings.SECRET_KEY = "another-key-of-the-academy"
    send()
    postbox.down = False
    assert later(monkeypatch) == 1
    assert OutgoingEmail.objects.get().error == "UnreadableError"


def test_an_admin_has_it_sent_again(cast, client_for, postbox, monkeypatch):  # noqa: F811
    postbox.refuse[ADDRESS] = "550 no such user"
    send()
    row = OutgoingEmail.objects.get()
    client = client_for(cast.admin)
    page = client.get("/admin/notifications/delivery/queue/").text
    assert ADDRESS in page
    assert "550: refused by the mail server" in page
    postbox.refuse.clear()
    action = {"action": "retry", "_selected_action": [row.pk]}
    answer = client.post("/admin/accounts/outgoingemail/", action, follow=True)
    assert "1 email will be tried again now." in answer.text
    assert subjects(postbox.letters) == ["Hello"]
    assert "A text" not in page + client.get("/admin/accounts/outgoingemail/").text


def test_of_many_workers_one_sends_each_email(elsewhere):
    assert elsewhere("tests.accounts.race_emails") == ["40 40 40 0"]
