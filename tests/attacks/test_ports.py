"""Links in mails lead to where this academy is, whatever port a request claims to be for."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from tests.conftest import PASSWORD, Cast

FOREIGN = "testserver:6666"
SITE = "https://academy.test"
HEADERS = {"host": FOREIGN, "origin": f"http://{FOREIGN}"}


class Asker(Client):
    """A browser that another port of this name has led here."""

    def __init__(self) -> None:
        super().__init__(SERVER_NAME="testserver", SERVER_PORT="6666", headers=HEADERS)


def forgotten(cast: Cast) -> None:
    Asker().post("/accounts/password/reset/", {"email": cast.staff.email})


def code(cast: Cast) -> None:
    Asker().post("/accounts/login/", {"login": cast.staff.email, "password": PASSWORD})


SENDERS: list[Callable[[Cast], None]] = [forgotten, code]


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.__name__)
def test_no_link_in_a_mail_takes_a_port_from_the_request(
    cast, settings, monkeypatch, django_capture_on_commit_callbacks, sender
):
    monkeypatch.setattr("apps.core.limits._counts", None)
    settings.SITE_URL, settings.SIGNUP = SITE, True
    settings.ALLOWED_HOSTS = ["testserver"]
    with django_capture_on_commit_callbacks(execute=True):
        sender(cast)
    assert mail.outbox, "nothing was sent"
    for letter in mail.outbox:
        whole = letter.body + "".join(part.content for part in letter.alternatives)
        assert "6666" not in whole
        assert "testserver" not in whole
        links = re.findall(r"https?://\S+", whole)
        assert all(link.startswith(f"{SITE}/") or "www.w3.org" in link for link in links), links
