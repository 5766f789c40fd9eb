"""Nobody learns who has an account here: by words, by status, by what the database is asked, or by what is set."""

import re
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from tests.conftest import PASSWORD

KNOWN, UNKNOWN = "tariq@homeroom.test", "nadia@homeroom.test"  # As long as one another.


def bare(page: str) -> str:
    """Without what differs from one page to the next by itself."""
    return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page)


def kind(sql: str) -> str:
    """What is asked of which table, without names and numbers."""
    return re.sub(r"'[^']*'|\d+|%s|NULL", "?", sql).split("(")[0][:50]


def seen(client: Client, path: str, form: dict[str, str], who: str) -> dict[str, Any]:
    """All that somebody outside sees of an answer, and what it cost, without what they sent themselves."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(path, form)
    body = bare(answer.content.decode()).replace(who, "…")
    headers = {name for name in answer.headers if name != "X-Request-ID"}
    cookies = {name: bool(cookie.value) for name, cookie in answer.cookies.items()}
    place = re.sub(r"again=[\w-]+", "again=…", answer.headers.get("Location", "").replace(who, "…"))
    return {
        "status": answer.status_code,
        "body": body,
        "place": place,
        "headers": headers,
        "cookies": cookies,
        "asked": [kind(query["sql"]) for query in queries],
    }


@pytest.fixture
def known(cast) -> User:
    return cast.teacher


@pytest.mark.parametrize("change", [{}, {"is_active": False}, {"password": "!nothing"}, {"role": "admin"}], ids=str)
def test_a_wrong_password_looks_the_same_whoever_has_the_address(known, monkeypatch, change):
    User.objects.filter(pk=known.pk).update(**change)
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append("x") or encode(*args))
    costs, views = [], []
    # What is asked for the first time from one address, or in one process, is asked of somebody else.
    Client().post("/accounts/login/", {"login": "sam@homeroom.test", "password": "a wrong one"})
    for who in (KNOWN, UNKNOWN):
        client, before = Client(), len(hashed)
        client.get("/accounts/login/")
        views.append(seen(client, "/accounts/login/", {"login": who, "password": "a wrong one"}, who))
        costs.append(len(hashed) - before)
    assert views[0].pop("asked") == views[1].pop("asked")
    assert views[0] == views[1]
    assert costs[0] == costs[1] == 1


def test_a_right_password_of_a_deactivated_account_looks_like_a_wrong_one_or_says_no_more_than_that(known):
    User.objects.filter(pk=known.pk).update(is_active=False)
    right = Client().post("/accounts/login/", {"login": KNOWN, "password": PASSWORD})
    assert "_auth_user_id" not in right.client.session
    assert UserSession.objects.filter(user=known).count() == 0


@pytest.mark.parametrize("change", [{}, {"is_active": False}, {"password": "!nothing"}])
def test_asking_for_a_new_password_looks_the_same(known, change):
    User.objects.filter(pk=known.pk).update(**change)
    views = []
    for who in (KNOWN, UNKNOWN):
        client = Client()
        client.get("/accounts/password/reset/")
        views.append(seen(client, "/accounts/password/reset/", {"email": who}, who))
        done = client.get("/accounts/password/reset/done/").content.decode()
        views[-1]["done"] = bare(done).replace(who, "…")
    # Jobs run at once in tests; in a server what they ask is asked in the background.
    for view in views:
        view.pop("asked")
    assert views[0] == views[1]


def test_what_a_reset_asks_the_database_in_the_request_is_the_same(known, settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}  # Later, as in a server.
    asked = []
    Client().post("/accounts/password/reset/", {"email": "sam@homeroom.test"})
    for who in (KNOWN, UNKNOWN):
        client = Client()
        client.get("/accounts/password/reset/")
        asked.append(seen(client, "/accounts/password/reset/", {"email": who}, who)["asked"])
    assert asked[0] == asked[1]


def test_making_an_account_looks_the_same(known, settings):
    settings.SIGNUP = True
    views = []
    for who in (KNOWN, UNKNOWN):
        client = Client()
        client.get("/accounts/signup/")
        form = {"email": who, "password1": "seven wild horses", "given_name": "Nia", "family_name": "Okoro"}
        view = seen(client, "/accounts/signup/", form, who)
        view.pop("asked")  # An account is made, or it is not.
        view["after"] = bare(client.get(view["place"]).content.decode()).replace(who, "…")
        views.append(view)
    assert views[0] == views[1]
    assert len(mail.outbox) == 2


def test_wishing_for_an_address_looks_the_same(cast, client_for, known):
    views = []
    for who in (KNOWN, UNKNOWN):
        client = Client()
        client.post("/accounts/login/", {"login": cast.bruno_user.email, "password": PASSWORD})
        view = seen(client, "/accounts/email/", {"email": who, "password": PASSWORD, "action_add": ""}, who)
        view.pop("asked")
        views.append(view)
    assert views[0] == views[1]


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/join/{}/",
        "/accounts/password/reset/key/1-{}/",
        "/accounts/password/reset/key/999999-{}/",
        "/accounts/confirm-email/{}/",
        "/accounts/email/stop/{}/",
    ],
)
def test_a_link_that_was_made_up_tells_nothing(cast, path):
    bodies = {}
    for key in ("a" * 20, "b" * 43, "0-0", f"{cast.staff.pk}", "dq3v4t-1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d"):
        answer = Client().get(path.format(key), follow=True)
        assert answer.status_code < 500
        text = answer.content.decode()
        for word in ("Sam", "Ada", "homeroom.test"):
            assert word not in text
        bodies[key] = (answer.status_code, bare(text).replace(path.format(key), "…"))
    assert len(set(bodies.values())) == 1


def test_a_challenge_for_a_passkey_names_nobody(cast):
    path = "/accounts/2fa/webauthn/login/"
    texts = [Client().get(path, {"login": who}).content.decode() for who in (KNOWN, UNKNOWN, "")]
    answers = {re.sub(r'"challenge": ?"[^"]*"', "", text) for text in texts}
    assert len(answers) == 1
    assert "allowCredentials" not in answers.pop().replace('"allowCredentials": []', "")


@pytest.mark.parametrize("who", ["nobody", "outsider", "amina_user"])
def test_no_page_for_strangers_or_students_names_who_has_an_account(cast, client_for, who):
    client = client_for(getattr(cast, who, None))
    for path in (
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/inactive/",
        "/people/",
        f"/people/{cast.staff2.pk}/",
    ):
        text = client.get(path, follow=True).content.decode()
        assert "sofia@homeroom.test" not in text
        assert "Sofia" not in text
