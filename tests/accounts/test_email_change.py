"""Changing one's e-mail address: the new one confirms, the old one is told and may stop it."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.accounts.models import AuditEntry, User
from tests.accounts.test_sign_in import password
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("commits")

URL = "/accounts/email/"
OLD, NEW = "tariq@homeroom.test", "tariq.new@homeroom.test"


@pytest.fixture
def client(cast, client_for) -> Client:
    """The teacher's browser, where the password was typed a moment ago."""
    return client_for(cast.teacher)


def link_in(letter, path: str) -> str:
    return re.search(rf"http://testserver({path}\S+)", letter.body)[1]


def asked(client: Client, email: str = NEW):
    """Ask for a change; the mails to the new and to the old address."""
    mail.outbox.clear()
    assert client.post(URL, {"email": email}).headers["Location"] == URL
    new, old = mail.outbox
    return new, old


def address_of(user: User) -> str:
    return User.objects.get(pk=user.pk).email


def test_the_new_address_confirms_and_the_old_one_is_told_twice(cast, client):
    new, old = asked(client)
    assert (new.to, old.to) == ([NEW], [OLD])
    assert NEW in old.body
    assert address_of(cast.teacher) == OLD
    assert NEW in client.get(URL).content.decode()
    confirm = link_in(new, "/accounts/confirm-email/")
    assert "Confirm your e-mail address" in Client().get(confirm).content.decode()
    assert address_of(cast.teacher) == OLD, "opening the link alone changes nothing: mail programs do that"
    Client().post(confirm)
    assert address_of(cast.teacher) == NEW
    assert [(row.email, row.verified, row.primary) for row in EmailAddress.objects.filter(user=cast.teacher)] == [
        (NEW, True, True)
    ]
    assert mail.outbox[-1].to == [OLD]
    assert "has been changed from tariq@homeroom.test to tariq.new@homeroom.test" in mail.outbox[-1].body
    assert password(Client(), NEW).status_code == 302
    assert password(Client(), OLD).status_code == 200
    verbs = AuditEntry.objects.filter(verb__startswith="user.address").order_by("pk")
    assert [(entry.verb, entry.thing) for entry in verbs] == [
        ("user.address-change-asked", cast.teacher),
        ("user.address-changed", cast.teacher),
    ]
    assert not any(NEW in str(entry.detail) or OLD in str(entry.detail) for entry in verbs)


def test_the_password_is_asked_first_and_what_was_typed_is_kept(cast, client_for):
    client = client_for(cast.teacher, fresh=False)
    answer = client.post(URL, {"email": NEW})
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert mail.outbox == []
    answer = client.post(answer.headers["Location"], {"password": PASSWORD})
    assert answer.headers["Location"] == URL
    assert [letter.to for letter in mail.outbox] == [[NEW], [OLD]]


def test_whoever_reads_the_old_address_stops_it(cast, client):
    new, old = asked(client)
    stop = link_in(old, "/accounts/email/stop/")
    assert NEW in Client().get(stop).content.decode()
    assert EmailAddress.objects.filter(email=NEW).exists(), "opening the link alone stops nothing"
    assert "The change is stopped" in Client().post(stop).content.decode()
    Client().post(link_in(new, "/accounts/confirm-email/"))
    assert address_of(cast.teacher) == OLD
    entry = AuditEntry.objects.get(verb="user.address-change-stopped")
    assert (entry.actor, entry.thing) == (None, cast.teacher)
    assert "There is nothing to stop" in Client().post(stop).content.decode()


def test_a_link_to_stop_that_was_made_up_or_is_too_old_stops_nothing(cast, client, monkeypatch):
    _, old = asked(client)
    stop = link_in(old, "/accounts/email/stop/")
    assert "There is nothing to stop" in Client().post(stop[:-5] + "xxxx/").content.decode()
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 3 * 86_400 + 10)
    assert "There is nothing to stop" in Client().post(stop).content.decode()
    assert EmailAddress.objects.filter(email=NEW).exists()


def test_a_link_after_the_change_does_not_take_the_address_away(cast, client):
    new, old = asked(client)
    Client().post(link_in(new, "/accounts/confirm-email/"))
    assert "There is nothing to stop" in Client().post(link_in(old, "/accounts/email/stop/")).content.decode()
    assert address_of(cast.teacher) == NEW


def test_another_wish_replaces_the_one_before_and_its_link(cast, client):
    first, _ = asked(client)
    asked(client, "second@homeroom.test")
    Client().post(link_in(first, "/accounts/confirm-email/"))
    assert address_of(cast.teacher) == OLD
    client.post("/accounts/email/keeping/")
    assert [row.email for row in EmailAddress.objects.filter(user=cast.teacher)] == [OLD]


def test_an_address_that_somebody_has_looks_the_same_and_only_its_owner_learns_of_it(cast, client):
    free, _ = asked(client)
    page = client.get(URL).content.decode().replace(NEW, "")
    cast.teacher.notifications.update(read_at=timezone.now())  # The bell counts each wish as one.
    taken, old = asked(client, cast.amina_user.email)
    assert client.get(URL).content.decode().replace(cast.amina_user.email, "").split("csrf")[0] == page.split("csrf")[0]
    assert taken.to == [cast.amina_user.email]
    assert "It belongs to another account already" in taken.body
    assert "confirm-email" in free.body
    assert "confirm-email" not in taken.body
    assert old.to == [OLD]


def test_an_address_that_somebody_took_meanwhile_changes_nothing(cast, client):
    new, _ = asked(client)
    User.objects.bulk_create([User(email=NEW, given_name="Quick", role="student")])
    answer = client.post(link_in(new, "/accounts/confirm-email/"), follow=True)
    assert "can&#x27;t be used any more" in answer.content.decode()
    assert address_of(cast.teacher) == OLD


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "required"), ("tariq at home", "has an @ in it"), ("Tariq@Homeroom.test", "That is your address already")],
)
def test_what_is_no_new_address_is_told_at_its_field_and_kept(client, typed, said):
    page = client.post(URL, {"email": typed}).content.decode()
    assert said in page.replace("&#x27;", "'")
    assert f'value="{typed}"' in page or not typed
    assert mail.outbox == []


def test_mail_to_addresses_of_others_is_limited(cast, client):
    for number in range(10):
        client.post(URL, {"email": f"n{number}@example.com"})
    page = client.post(URL, {"email": "n11@example.com"})
    assert "too often" in page.content.decode()
    assert len(mail.outbox) == 20
