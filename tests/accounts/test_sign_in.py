"""Signing in with a password, and the code by e-mail after it."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from apps.accounts.models import AuditEntry, Role, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("commits")

CODE = "/accounts/login/code/confirm/"


def password(client: Client, email: str, typed: str = PASSWORD, **more):
    return client.post("/accounts/login/", {"login": email, "password": typed, **more})


def code() -> str:
    """What the newest mail says."""
    return re.match(r"\d{6}", mail.outbox[-1].subject)[0]


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


@pytest.mark.parametrize("who", ["admin", "staff"])
def test_the_office_is_asked_for_the_code_of_a_mail_and_then_whether_to_trust_the_browser(cast, client, who):
    user = getattr(cast, who)
    assert password(client, user.email).headers["Location"] == CODE
    assert not is_in(client)
    assert mail.outbox[-1].to == [user.email]
    assert code() in mail.outbox[-1].body
    assert client.post(CODE, {"code": code()}).headers["Location"] == "/accounts/2fa/trust/"
    client.post("/accounts/2fa/trust/", {"action": "trust"})
    assert is_in(client)


def test_whoever_was_going_somewhere_gets_there_after_all_of_it(cast, client):
    password(client, cast.staff.email, next="/payments/pending/")
    client.post(CODE, {"code": code()})
    answer = client.post("/accounts/2fa/trust/", {"action": "trust"})
    assert answer.headers["Location"] == "/payments/pending/"


@pytest.mark.parametrize("who", ["teacher", "amina_user"])
def test_teachers_and_students_need_their_password_alone(cast, client, who):
    assert password(client, getattr(cast, who).email).headers["Location"] == "/"
    assert is_in(client)
    assert mail.outbox == []


def test_the_roles_that_are_asked_for_a_code_are_a_setting(cast, client, settings):
    settings.SECOND_FACTOR = ["student"]
    assert password(client, cast.staff.email).headers["Location"] == "/"
    assert password(Client(), cast.amina_user.email).headers["Location"] == CODE


def test_an_account_of_the_demo_needs_its_password_alone(cast, client):
    User.objects.filter(pk=cast.staff.pk).update(password_only=True)
    assert password(client, cast.staff.email).headers["Location"] == "/"


def test_a_trusted_browser_is_not_asked_again_and_another_is(cast, client):
    password(client, cast.staff.email)
    client.post(CODE, {"code": code()})
    client.post("/accounts/2fa/trust/", {"action": "trust"})
    client.post("/accounts/logout/")
    assert password(client, cast.staff.email).headers["Location"] == "/"
    assert password(Client(), cast.staff.email).headers["Location"] == CODE


def test_a_browser_that_is_not_trusted_is_asked_each_time(cast, client):
    password(client, cast.staff.email)
    client.post(CODE, {"code": code()})
    client.post("/accounts/2fa/trust/", {"action": "dont_trust"})
    assert is_in(client)
    client.post("/accounts/logout/")
    assert password(client, cast.staff.email).headers["Location"] == CODE


def test_a_new_password_ends_the_trust(cast, client):
    password(client, cast.staff.email)
    client.post(CODE, {"code": code()})
    client.post("/accounts/2fa/trust/", {"action": "trust"})
    client.post("/accounts/logout/")
    cast.staff.set_password("another good pass phrase")
    cast.staff.save()
    assert password(client, cast.staff.email, "another good pass phrase").headers["Location"] == CODE


def test_a_wrong_code_is_told_at_its_field_and_five_end_the_try(cast, client):
    password(client, cast.staff.email)
    right = code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(4):
        page = client.post(CODE, {"code": wrong})
        assert page.status_code == 200
        assert "That isn&#x27;t the code of the newest mail" in page.content.decode()
    page = client.post(CODE, {"code": wrong}, follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/login/"
    assert "wrong too often" in page.content.decode()
    assert client.post(CODE, {"code": right}).headers["Location"] == "/accounts/login/"
    assert not is_in(client)


def test_a_code_works_once_in_the_browser_that_asked(cast, client):
    password(client, cast.staff.email)
    stranger = Client()
    assert stranger.post(CODE, {"code": code()}).headers["Location"] == "/accounts/login/"
    client.post(CODE, {"code": code()})
    client.post("/accounts/2fa/trust/", {"action": "dont_trust"})
    assert client.post(CODE, {"code": code()}).headers["Location"] == "/"
    assert not is_in(stranger)


def test_a_code_that_is_too_old_leads_back_with_the_reason(cast, client, monkeypatch):
    import time

    password(client, cast.staff.email)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 10 * 60 + 1)
    page = client.post(CODE, {"code": code()}, follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/login/"
    assert "has expired" in page.content.decode()
    assert not is_in(client)


def test_another_code_is_sent_after_a_wait_and_the_one_before_works_no_more(cast, client, monkeypatch):
    import time

    password(client, cast.staff.email)
    first = code()
    page = client.post(CODE, {"action": "resend"}, follow=True)
    assert "Another can be sent in" in page.content.decode()
    assert len(mail.outbox) == 1
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 31)
    monkeypatch.setattr("apps.accounts.adapter.AccountAdapter.generate_login_code", lambda self: "123456")
    page = client.post(CODE, {"action": "resend"}, follow=True)
    assert "Another code is on its way" in page.content.decode()
    assert code() == "123456"
    if first != "123456":
        assert client.post(CODE, {"code": first}).status_code == 200
    # It works as long as the first would have.
    monkeypatch.setattr("time.time", lambda: now + 31 + 9 * 60)
    assert client.post(CODE, {"code": "123 456"}).headers["Location"] == "/accounts/2fa/trust/"


def test_the_code_goes_to_the_address_of_record_and_not_to_one_that_waits_to_be_confirmed(cast, client):
    EmailAddress.objects.create(user=cast.staff, email="thief@example.com")
    assert password(client, "thief@example.com").status_code == 200
    assert mail.outbox == []
    password(client, cast.staff.email)
    assert [message.to for message in mail.outbox] == [[cast.staff.email]]


@pytest.mark.parametrize("how", ["create", "create_user", "bulk_create"])
def test_however_an_account_was_made_its_code_arrives(db, client, how):
    user = User(email="New.One@homeroom.test", given_name="New", role=Role.STAFF)
    user.set_password(PASSWORD)
    if how == "create":
        user.save()
    elif how == "bulk_create":
        User.objects.bulk_create([user])
    else:
        User.objects.create_user("new.one@homeroom.test", PASSWORD, given_name="New", role=Role.STAFF)
    assert password(client, "new.one@homeroom.test").headers["Location"] == CODE
    assert mail.outbox[-1].to == ["new.one@homeroom.test"]
    client.post(CODE, {"code": code()})
    client.post("/accounts/2fa/trust/", {"action": "dont_trust"})
    assert is_in(client)


def test_an_address_changed_in_the_admin_is_the_one_that_codes_go_to(cast, client, client_for):
    form = {
        **{"email": "moved@homeroom.test", "role": "staff", "is_active": "on"},
        **{"given_name": "Sam", "family_name": "Staff", "phone": "", "time_zone": ""},
    }
    answer = client_for(cast.admin).post(f"/admin/accounts/user/{cast.staff.pk}/change/", form)
    assert answer.status_code == 302, answer.context["errors"]
    rows = EmailAddress.objects.filter(user=cast.staff).values_list("email", "verified", "primary")
    assert [*rows] == [("moved@homeroom.test", True, True)]
    password(client, "moved@homeroom.test")
    assert mail.outbox[-1].to == ["moved@homeroom.test"]


def test_sign_ins_and_failures_are_recorded_without_what_was_typed(cast, client):
    password(client, cast.teacher.email, "not this one")
    password(client, "nobody@example.com", "nor this")
    password(client, cast.teacher.email)
    client.post("/accounts/logout/")
    entries = [*AuditEntry.objects.order_by("pk")]
    assert [entry.verb for entry in entries] == [
        *("user.sign-in-failed", "user.sign-in-failed", "user.signed-in", "user.signed-out")
    ]
    known, unknown, came, left = entries
    assert (known.actor, known.thing, unknown.actor, unknown.thing) == (None, cast.teacher, None, None)
    assert (came.actor, came.detail["methods"], left.actor) == (cast.teacher, ["password"], cast.teacher)
    assert all(entry.address == "127.0.0.1" for entry in entries)
    kept = " ".join(str(entry.detail) for entry in entries)
    assert not any(text in kept for text in ("not this one", "nobody@example.com", "nor this", cast.teacher.email))
