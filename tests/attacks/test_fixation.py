"""A session that somebody else knows of never becomes a person's own."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from tests.conftest import PASSWORD

CODE = "/accounts/login/code/confirm/"


def key(client: Client) -> str:
    return client.cookies["sessionid"].value


def enter(client: Client, user, password: str = PASSWORD):
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def is_in(session: str) -> bool:
    """Whether whoever brings this session is somebody."""
    client = Client()
    client.cookies["sessionid"] = session
    return client.get("/").status_code == 200


@pytest.fixture
def planted(db) -> str:
    """A session of nobody's, that the server itself made, and that an attacker put into somebody's browser."""
    attacker = Client()
    attacker.session.save()
    session = attacker.session
    session["planted"] = "by an attacker"
    session.save()
    return session.session_key


def test_signing_in_begins_another_session(cast, planted):
    client = Client()
    client.cookies["sessionid"] = planted
    enter(client, cast.amina_user)
    assert key(client) != planted
    assert is_in(key(client))
    assert not is_in(planted)
    assert not Session.objects.filter(session_key=planted).exists()


@pytest.mark.parametrize(
    "made_up", ["attackerskey", "a" * 32, "../../etc/passwd", "0" * 10_000, "x'; DROP TABLE x; --", "\xff"]
)
def test_a_key_that_was_made_up_is_not_taken_on(cast, made_up):
    client = Client()
    client.cookies["sessionid"] = made_up
    assert client.get("/accounts/login/").status_code == 200
    enter(client, cast.amina_user)
    assert is_in(key(client))
    assert key(client) != made_up
    assert not Session.objects.filter(session_key=made_up[:40]).exists()


def test_the_session_before_the_second_factor_is_not_the_one_after(cast, planted):
    client = Client()
    client.cookies["sessionid"] = planted
    enter(client, cast.staff)
    waiting = key(client)
    assert not is_in(waiting)
    client.post(CODE, {"code": re.match(r"\d{6}", mail.outbox[-1].subject)[0]})
    client.post("/accounts/2fa/trust/", {"action": "dont_trust"})
    assert is_in(key(client))
    assert len({planted, waiting, key(client)}) >= 2
    assert not is_in(waiting)
    assert not is_in(planted)


def test_a_new_password_begins_another_session(cast):
    client = Client()
    enter(client, cast.amina_user)
    before = key(client)
    new = {"oldpassword": PASSWORD, "password1": "seven wild horses", "password2": "seven wild horses"}
    assert client.post("/accounts/password/change/", new).status_code == 302
    assert is_in(key(client))
    assert key(client) != before
    assert not is_in(before)


def test_signing_out_leaves_nothing_to_come_back_to(cast):
    client = Client()
    enter(client, cast.amina_user)
    before = key(client)
    client.post("/accounts/logout/")
    assert not is_in(before)


def test_signing_in_as_another_in_the_same_browser_carries_nothing_over(cast):
    client = Client()
    enter(client, cast.amina_user)
    session = client.session
    session["hers"] = "Amina's"
    session.save()
    before = key(client)
    client.post("/accounts/logout/")
    enter(client, cast.bruno_user)
    assert key(client) != before
    assert "hers" not in client.session


def test_the_token_of_forms_is_another_one_after_signing_in(cast):
    client = Client()
    client.get("/accounts/login/")
    before = client.cookies["csrftoken"].value
    enter(client, cast.amina_user)
    assert client.cookies["csrftoken"].value != before
