"""Links in mails lead to where this academy is, whatever port a request claims to be for."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.accounts.models import OutgoingEmail, User
from apps.core.email_delivery import send_due
from apps.students.models import Student
from tests import factories
from tests.conftest import PASSWORD, Cast

FOREIGN = "testserver:6666"
SITE = "https://academy.test"
HEADERS = {"host": FOREIGN, "origin": f"http://{FOREIGN}"}


class Asker(Client):
    """A browser that another port of this name has led here."""

    def __init__(self, user: User | None = None) -> None:
        super().__init__(SERVER_NAME="testserver", SERVER_PORT="6666", headers=HEADERS)
        if user:
            self.force_login(user)
            self.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})


def student(cast: Cast) -> Student:
    return factories.student("S900", given_name="Dina", email="dina@home.test")


def forgotten(cast: Cast) -> None:
    Asker().post("/accounts/password/reset/", {"email": cast.staff.email})


def forgotten_by_nobody(cast: Cast) -> None:
    Asker().post("/accounts/password/reset/", {"email": "nobody@home.test"})


def code(cast: Cast) -> None:
    Asker().post("/accounts/login/", {"login": cast.staff.email, "password": PASSWORD})


def new_place(cast: Cast) -> None:
    User.objects.filter(pk=cast.teacher.pk).update(last_login=timezone.now())
    Asker().post("/accounts/login/", {"login": cast.teacher.email, "password": PASSWORD})


def signed_up(cast: Cast) -> None:
    typed = {"email": "new@home.test", "password1": "a very new password", "given_name": "Nia", "family_name": "New"}
    Asker().post("/accounts/signup/", typed)


def signed_up_again(cast: Cast) -> None:
    typed = {"email": cast.amina_user.email, "password1": "a very new password", "given_name": "A", "family_name": "B"}
    Asker().post("/accounts/signup/", typed)


def address_changed(cast: Cast) -> None:
    Asker(cast.teacher).post("/accounts/email/", {"email": "moved@home.test"})


def address_taken(cast: Cast) -> None:
    Asker(cast.teacher).post("/accounts/email/", {"email": cast.amina_user.email})


def password_changed(cast: Cast) -> None:
    new = "another long password"
    Asker(cast.teacher).post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )


def invited(cast: Cast) -> None:
    Asker(cast.staff).post("/accounts/invitations/new/", {"role": "teacher", "addresses": "new@home.test"})


def student_invited(cast: Cast) -> None:
    Asker(cast.staff).post(f"/students/{student(cast).pk}/invitation/")


def students_invited(cast: Cast) -> None:
    Asker(cast.staff).post("/students/invitations/", {"student": student(cast).pk, "send": "yes"})
    # It can be stopped for a minute.
    OutgoingEmail.objects.update(due=timezone.now())
    send_due()


# What has somebody written to; whether a mail of it has a link.
SENDERS: list[Callable[[Cast], None]] = [
    *(forgotten, forgotten_by_nobody, code, new_place, signed_up, signed_up_again, address_changed),
    *(address_taken, password_changed, invited, student_invited, students_invited),
]


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
