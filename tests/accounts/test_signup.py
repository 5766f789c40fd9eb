"""Making one's own account: closed unless the academy opens it, and always a student's."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from apps.accounts.models import AuditEntry, Role, User
from tests.accounts.test_sign_in import password

pytestmark = pytest.mark.usefixtures("commits")

URL = "/accounts/signup/"
FORM = {"given_name": "Nia", "family_name": "Okoro", "email": "Nia@Example.com", "password1": "seven wild horses"}


@pytest.fixture
def is_open(settings, db):
    settings.SIGNUP = True


def test_it_is_closed_unless_the_academy_opens_it(cast, client):
    assert "Ask its office" in client.get("/accounts/login/").content.decode()
    for answer in (client.get(URL), client.post(URL, FORM)):
        assert "Accounts are made by the academy" in answer.content.decode()
    assert not User.objects.filter(email="nia@example.com").exists()


def test_whoever_signs_up_shows_first_that_the_address_is_theirs(is_open, client):
    assert URL in client.get("/accounts/login/").content.decode()
    assert client.post(URL, FORM).headers["Location"] == "/accounts/confirm-email/"
    user = User.objects.get(email="nia@example.com")
    assert (user.role, user.given_name, user.family_name) == (Role.STUDENT, "Nia", "Okoro")
    assert [(row.verified, row.primary) for row in EmailAddress.objects.filter(user=user)] == [(False, True)]
    assert password(Client(), user.email, FORM["password1"]).headers["Location"] == "/accounts/confirm-email/"
    assert client.get("/").status_code == 302
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", mail.outbox[0].body)[1]
    client.post(link)
    assert EmailAddress.objects.get(user=user).verified
    assert password(client, user.email, FORM["password1"]).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    verbs = [entry.verb for entry in AuditEntry.objects.order_by("pk")]
    assert verbs == ["user.signed-up", "user.address-confirmed", "user.signed-in"]


@pytest.mark.parametrize(
    "extra",
    [
        {"role": "admin"},
        {"is_superuser": "on", "is_staff": "on"},
        {"password_only": "on", "is_active": "on", "era": "9"},
    ],
)
def test_nobody_gives_themselves_more_than_a_students_role(is_open, client, extra):
    client.post(URL, FORM | extra)
    user = User.objects.get(email="nia@example.com")
    assert (user.role, user.password_only, user.era) == (Role.STUDENT, False, 0)


def test_a_name_is_one_line(is_open, client):
    client.post(URL, FORM | {"given_name": " Nia\r\nBcc: ", "family_name": "O\tkoro"})
    assert User.objects.get(email="nia@example.com").full_name == "Nia Bcc: O koro"


def test_an_address_that_has_an_account_looks_the_same_and_its_owner_is_told(is_open, cast, client):
    free, taken = Client(), Client()
    answers = [
        (who.post(URL, FORM | {"email": email}, follow=True), who)
        for who, email in ((free, "new@example.com"), (taken, cast.amina_user.email))
    ]
    pages = [re.sub(r'csrf\w+" value="\w+"', "", answer.content.decode()) for answer, _ in answers]
    assert pages[0] == pages[1]
    assert [letter.to for letter in mail.outbox] == [["new@example.com"], [cast.amina_user.email]]
    assert "There is one already" in mail.outbox[1].body
    assert User.objects.get(pk=cast.amina_user.pk).given_name == "Amina"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password1": "wild1"}, "too short"),
        ({"password1": "1234567890"}, "too common"),
        ({"password1": "nia@example.com"}, "too similar to the e-mail"),
        ({"family_name": "Okorowinska", "password1": "okorowinska"}, "too similar to the family name"),
        ({"email": "nobody"}, "has an @ in it"),
        ({"given_name": ""}, "required"),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_is_kept_but_the_password(is_open, client, wrong, said):
    page = client.post(URL, FORM | wrong).content.decode()
    assert said in page
    assert "At least 10 characters" in page
    kept = FORM | wrong
    assert f'value="{kept["family_name"]}"' in page
    assert kept["password1"] not in re.sub(r'value="[^"]*@[^"]*"', "", page)
    assert not User.objects.filter(email="nia@example.com").exists()


def test_the_rules_are_said_before_anybody_types(is_open, client):
    page = client.get(URL).content.decode()
    assert "At least 10 characters" in page
    assert 'autocomplete="new-password"' in page


def test_whoever_signed_up_with_anothers_address_has_no_password_once_its_owner_confirms(is_open, cast, client):
    attacker, owner = Client(), client
    attacker.post(URL, FORM)
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", mail.outbox[0].body)[1]
    answer = owner.post(link, follow=True)
    assert "choose your password" in answer.content.decode()
    user = User.objects.get(email="nia@example.com")
    assert not user.has_usable_password()
    assert "password is wrong" in password(Client(), user.email, FORM["password1"]).content.decode()
    assert attacker.get("/").status_code == 302
    owner.post("/accounts/password/reset/", {"email": user.email})
    assert "/accounts/password/reset/key/" in mail.outbox[-1].body
