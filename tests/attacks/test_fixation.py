"""A session that somebody else knows of never becomes a person's own."""

import re

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from apps.accounts import people_actions
from apps.accounts.models import User
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


def changed_by_its_owner(cast, there: Client) -> None:
    new = {"oldpassword": PASSWORD, "password1": "seven wild horses", "password2": "seven wild horses"}
    assert there.post("/accounts/password/change/", new).status_code == 302


def moved_to_another_address(cast, there: Client) -> None:
    address = EmailAddress.objects.create(user=cast.staff, email="sam@new.test")
    there.post(f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/")
    assert User.objects.get(pk=cast.staff.pk).email == "sam@new.test"


def signed_out_elsewhere(cast, there: Client) -> None:
    assert there.post("/accounts/sessions/others/ending/").status_code == 302


def deactivated_and_back(cast, there: Client) -> None:
    people_actions.deactivate(cast.admin, cast.staff)
    people_actions.reactivate(cast.admin, cast.staff)


@pytest.mark.parametrize(
    "change", [changed_by_its_owner, moved_to_another_address, signed_out_elsewhere, deactivated_and_back]
)
@pytest.mark.parametrize("stage", ["code", "trust"])
def test_a_sign_in_that_is_half_done_ends_with_all_that_its_person_has_open(cast, client_for, change, stage):
    thief = Client()
    enter(thief, cast.staff)
    right = {"code": re.match(r"\d{6}", mail.outbox[-1].subject)[0]}
    if stage == "trust":
        assert thief.post(CODE, right).headers["Location"] == "/accounts/2fa/trust/"
    change(cast, client_for(User.objects.get(pk=cast.staff.pk)))
    sent = len(mail.outbox)
    path, data = (CODE, right) if stage == "code" else ("/accounts/2fa/trust/", {"action": "trust"})
    assert thief.post(path, data).headers["Location"] == "/accounts/login/"
    assert "trusted" not in thief.cookies
    assert not is_in(key(thief))
    # Nor is the address of before offered back to whoever reads its mail.
    assert len(mail.outbox) == sent
    assert not EmailAddress.objects.filter(user=cast.staff, verified=False).exists()
    assert "Your account has changed meanwhile" in thief.get("/accounts/login/").text
