"""Forgetting a password, and what a new one has to be."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from tests.accounts.test_sign_in import password
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("commits")

URL = "/accounts/password/reset/"


def link() -> str:
    return re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[1]


def form_for(client: Client, email: str) -> str:
    """Ask for a link and follow it to the form."""
    client.post(URL, {"email": email})
    return client.get(link(), follow=True).redirect_chain[-1][0]


def test_a_known_and_an_unknown_address_are_answered_alike_and_with_the_same_work(cast, settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    # The first from an address begins its count.
    Client().post(URL, {"email": "first@example.com"})
    seen = []
    for email in (cast.teacher.email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            answer = Client().post(URL, {"email": email})
        kinds = [re.sub(r"'[^']*'|\bs?\d+(_x\d+)?\b", "?", query["sql"]) for query in queries]
        seen.append((answer.status_code, answer.headers["Location"], kinds))
    assert seen[0] == seen[1]


def test_an_unknown_address_is_told_by_mail_alone_and_a_closed_account_like_one(cast, client):
    User.objects.filter(pk=cast.teacher2.pk).update(is_active=False)
    for email in ("nobody@example.com", cast.teacher2.email):
        client.post(URL, {"email": email})
        assert mail.outbox[-1].to == [email]
        assert mail.outbox[-1].subject == "No account with this address"
        assert "/key/" not in mail.outbox[-1].body


def test_an_address_that_is_not_confirmed_yet_gets_no_link(cast, client):
    EmailAddress.objects.create(user=cast.teacher, email="thief@example.com")
    client.post(URL, {"email": "Thief@example.com"})
    assert mail.outbox[-1].subject == "No account with this address"


def test_one_address_gets_three_mails_a_minute_and_no_more(cast, client):
    answers = [client.post(URL, {"email": cast.teacher.email}).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]
    assert len(mail.outbox) == 3
    assert Client().post(URL, {"email": cast.teacher2.email}).status_code == 302


def test_a_link_works_once(cast, client):
    form = form_for(client, cast.teacher.email)
    used = link()
    new = {"password1": "seven wild horses", "password2": "seven wild horses"}
    assert client.post(form, new).status_code == 302
    assert "This link no longer works" in client.get(used, follow=True).content.decode()
    assert "This link no longer works" in client.post(form, new).content.decode()
    assert password(Client(), cast.teacher.email, "seven wild horses").status_code == 302
    assert password(Client(), cast.teacher.email).status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("short one", "too short"),
        ("password123", "too common"),
        ("tariqteacher", "too similar to the"),
        ("tariq@homeroom", "too similar to the e-mail"),
    ],
)
def test_what_a_password_may_not_be_is_said_before_and_after(cast, client, typed, said):
    form = form_for(client, cast.teacher.email)
    before = client.get(form).content.decode()
    assert "At least 10 characters" in before
    assert before.count('autocomplete="new-password"') == 2
    after = client.post(form, {"password1": typed, "password2": typed}).content.decode()
    assert said in after
    assert f'value="{typed}"' not in after
    assert User.objects.get(pk=cast.teacher.pk).check_password(PASSWORD)


def test_two_that_differ_are_told(cast, client):
    form = form_for(client, cast.teacher.email)
    page = client.post(form, {"password1": "seven wild horses", "password2": "seven wild houses"})
    assert "same password each time" in page.content.decode()


def test_the_admin_has_no_page_of_its_own_for_a_new_password_which_would_count_no_guess(cast, client_for):
    client = client_for(cast.staff)
    old, new = {"old_password": PASSWORD}, {"new_password1": "four grey herons", "new_password2": "four grey herons"}
    assert client.get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"
    assert client.post("/admin/password_change/", old | new).status_code == 405
    cast.staff.refresh_from_db()
    assert cast.staff.check_password(PASSWORD)
