"""Nobody has the academy send mail to strangers without end, and nobody learns from that who has an account."""

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts import strangers
from apps.accounts.models import OutgoingEmail, Tries
from apps.core.email_delivery import send_due

pytestmark = pytest.mark.usefixtures("commits")

URL = "/accounts/password/reset/"


def forget(email: str, ip: str = "192.0.2.1"):
    return Client(REMOTE_ADDR=ip).post(URL, {"email": email})


@pytest.fixture
def few(monkeypatch) -> None:
    """The ceilings, low enough to be reached."""
    monkeypatch.setattr(strangers, "EACH", {60: 5, 86_400: 8})
    monkeypatch.setattr(strangers, "TOGETHER", {60: 12, 86_400: 100})


@pytest.mark.parametrize("spell", ["victim{}@x.test", "v{}@a{}.test", "v{}@bücher{}.example"])
def test_one_address_that_asks_has_so_many_strangers_written_to_and_no_more(cast, few, spell):
    answers = [forget(spell.format(number, number)) for number in range(9)]
    assert len(mail.outbox) == 5
    assert {answer.status_code for answer in answers} == {302}
    assert not OutgoingEmail.objects.exists()
    # Who has an account gets theirs all the same.
    forget(cast.staff.email)
    assert mail.outbox[-1].to == [cast.staff.email]


def test_many_addresses_that_ask_have_a_ceiling_together(cast, few):
    for number in range(20):
        forget(f"v{number}@x.test", f"192.0.2.{number}")
    assert len(mail.outbox) == 12


def test_the_days_ceiling_holds_when_the_minute_is_over(cast, few):
    for _ in range(3):
        for number in range(5):
            forget(f"v{number}-{len(mail.outbox)}@x.test")
        minute = [strangers.counting.key("strangers-60", of) for of in ("192.0.2.1", "")]
        Tries.objects.filter(key__in=minute).delete()
    assert len(mail.outbox) == 8


@pytest.mark.parametrize(
    "spellings",
    [
        [f"victim+{number}@x.test" for number in range(9)],
        ["victim@x.test" + "\u200b" * number for number in range(9)],
        ["victim@x.test", "VICTIM@x.test", "victim@X.TEST.", "\ufeffvictim@x.test", "Victim <victim@x.test>"],
        [
            "v@bücher.example",
            "v@xn--bcher-kva.example",
            "v@BÜCHER.example",
            "v@bu\u0308cher.example",
            "v+a@bücher.example",
        ],
    ],
)
def test_one_mailbox_is_written_to_three_times_a_minute_however_it_is_spelled(cast, spellings):
    answers = [forget(spelling, f"192.0.2.{number}") for number, spelling in enumerate(spellings)]
    assert len(mail.outbox) == 3
    assert [answer.status_code for answer in answers] == [302] * 3 + [429] * (len(spellings) - 3)


def test_an_email_that_is_tried_again_is_counted_once(cast, few, monkeypatch):
    counted = []
    monkeypatch.setattr(strangers, "take", lambda house: counted.append(house) or True)
    monkeypatch.setattr("apps.core.smtp.SmtpConnection.send", _away)
    forget("victim@x.test")
    OutgoingEmail.objects.update(due="2026-01-01T00:00Z")
    send_due()
    assert OutgoingEmail.objects.get().tries == 2
    assert counted == ["192.0.2.1"]


def _away(connection, email):
    raise OSError


def test_signing_up_with_strangers_addresses_has_the_same_ceiling(cast, few, settings):
    settings.SIGNUP = True
    for number in range(9):
        form = {"given_name": "N", "email": f"v{number}@x.test", "password1": "seven wild horses"}
        assert Client().post("/accounts/signup/", form).headers["Location"] == "/accounts/confirm-email/"
    assert len(mail.outbox) == 5


def test_the_page_does_the_same_for_an_address_that_somebody_has_and_one_that_nobody_has(cast, settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}  # Sending is a worker's.
    forget("first@x.test")
    pages, queries = [], []
    for email in (cast.staff.email, "stranger@x.test"):
        with CaptureQueriesContext(connection) as captured:
            answer = forget(email)
        pages.append((answer.status_code, answer.headers["Location"], answer.content))
        queries.append(len(captured))
    assert pages[0] == pages[1]
    assert queries[0] == queries[1]
