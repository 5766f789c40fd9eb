"""Every way in takes every spelling of an address for the same one, or says in one sentence why it can't be one."""

import csv
import html
import io
from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts import email_change
from apps.accounts.forms_data import ClosingForm
from apps.accounts.models import Invitation, Role, User
from apps.students.imports import parse
from apps.students.models import Student
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("commits")

NORMAL = "name@xn--bcher-kva.example"
SAME = [
    NORMAL,
    "name@bücher.example",
    "Name@BÜCHER.example",
    "name@bu\u0308cher.example",
    "name@XN--BCHER-KVA.EXAMPLE",
    "name\u200b@bücher.example",
    "\ufeffname@bücher.example",
    "na\u00adme@bücher.example",
    "\uff4e\uff41\uff4d\uff45\uff20bücher\uff0eexample",
    "name@bücher.example.",
    " <name@bücher.example> ",
    "\u202bname@bücher.example\u202c",
]
REFUSED = {
    "jürgen@bücher.example": "can't stand before the @",
    "İsa@example.com": "can't stand before the @",
    "name@-bücher.example": "There can't be a domain",
    "name@xn--a.example": "There can't be a domain",
    "name@bücher": "isn't an e-mail address",
    "name": "has an @ in it",
}


class Said(NamedTuple):
    """What a door made of an address: the address that is stored or used now, or what it said."""

    email: str
    text: str = ""


class Doors:
    """Each takes what is typed."""

    def __init__(self, cast, client_for) -> None:
        self.cast, self.client_for = cast, client_for

    def _page(self, answer) -> Said:
        return Said("", html.unescape(answer.content.decode()))

    def sign_in(self, typed: str) -> Said:
        User.objects.create_user(NORMAL, PASSWORD, given_name="N", role=Role.TEACHER)
        client = Client()
        answer = client.post("/accounts/login/", {"login": typed, "password": PASSWORD})
        if answer.status_code != 302:
            return self._page(answer)
        return Said(User.objects.get(pk=client.session["_auth_user_id"]).email)

    def password_reset(self, typed: str) -> Said:
        answer = Client().post("/accounts/password/reset/", {"email": typed})
        return Said(*mail.outbox[0].to) if answer.status_code == 302 else self._page(answer)

    def sign_up(self, typed: str) -> Said:
        form = {"given_name": "N", "email": typed, "password1": "seven wild horses"}
        answer = Client().post("/accounts/signup/", form)
        return Said(User.objects.get(given_name="N").email) if answer.status_code == 302 else self._page(answer)

    def change_of_address(self, typed: str) -> Said:
        client = self.client_for(self.cast.teacher)
        answer = client.post("/accounts/email/", {"email": typed})
        pending = email_change.pending(self.cast.teacher)
        assert pending is None or mail.outbox[0].to == [pending.email]
        return Said(pending.email) if pending else self._page(answer)

    def invitation(self, typed: str) -> Said:
        form = {"addresses": typed, "role": "teacher"}
        answer = self.client_for(self.cast.staff).post("/accounts/invitations/new/", form)
        sent = Invitation.objects.first()
        return Said(sent.email) if sent else self._page(answer)

    def student(self, typed: str) -> Said:
        form = {"code": "N1", "given_name": "N", "email": typed}
        answer = self.client_for(self.cast.staff).post("/students/new/", form)
        made = Student.objects.filter(code="N1").first()
        return Said(made.email) if made else self._page(answer)

    def invitation_of_a_student(self, typed: str) -> Said:
        Student.objects.create(code="N1", given_name="N", email=NORMAL)
        form = {"addresses": typed, "role": "student"}
        answer = self.client_for(self.cast.staff).post("/accounts/invitations/new/", form)
        sent = Student.objects.get(code="N1").invitation
        return Said(sent.email) if sent else self._page(answer)

    def import_of_students(self, typed: str) -> Said:
        file = io.StringIO()
        csv.writer(file).writerows([["student_code", "given_name", "email"], ["N1", "N", typed]])
        read = parse(file.getvalue().encode())
        return Said("", read.rejected[0].reason) if read.rejected else Said(read.rows[0].values["email"])

    def admin(self, typed: str) -> Said:
        form = {"email": typed, "given_name": "N", "role": "teacher", "usable_password": "false"}
        answer = self.client_for(self.cast.admin).post("/admin/accounts/user/add/", form)
        made = User.objects.filter(given_name="N").first()
        return Said(made.email) if made else self._page(answer)

    def createsuperuser(self, typed: str) -> Said:
        try:
            call_command("createsuperuser", email=typed, given_name="N", interactive=False, verbosity=0)
        except CommandError as error:
            return Said("", str(error))
        return Said(User.objects.get(given_name="N").email)

    def closing(self, typed: str) -> Said:
        """Typed once more, where one is about to lose the account."""
        person = User.objects.create_user(NORMAL, PASSWORD, given_name="N", role=Role.TEACHER)
        form = ClosingForm({"address": typed}, user=person)
        return Said(person.email) if form.is_valid() else Said("", form.errors["address"][0])

    def changepassword(self, typed: str) -> Said:
        """And whatever else names an account on the command line."""
        User.objects.create_user(NORMAL, PASSWORD, given_name="N", role=Role.TEACHER)
        try:
            return Said(User.objects.get_by_natural_key(typed).email)
        except User.DoesNotExist:
            return Said("")

    def model(self, typed: str) -> Said:
        user = User(email=typed, given_name="N", role=Role.TEACHER, password="!")
        try:
            user.full_clean()
        except ValidationError as error:
            return Said("", " ".join(error.messages))
        user.save()
        return Said(User.objects.get(given_name="N").email)


NAMES = [name for name in vars(Doors) if not name.startswith("_")]


@pytest.fixture
def doors(cast, client_for, settings) -> Doors:
    settings.SIGNUP = True
    return Doors(cast, client_for)


@pytest.mark.parametrize("typed", SAME, ids=ascii)
@pytest.mark.parametrize("name", NAMES)
def test_every_door_knows_an_address_in_every_spelling(doors, name, typed):
    door: Callable[[str], Said] = getattr(doors, name)
    assert door(typed) == Said(NORMAL)


@pytest.mark.parametrize("typed", REFUSED, ids=ascii)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"closing", "changepassword"}])
def test_every_door_says_why_something_is_no_address(doors, name, typed):
    door: Callable[[str], Said] = getattr(doors, name)
    email, text = door(typed)
    assert email == ""
    assert text.count(REFUSED[typed]) == 1


def test_contacts_of_guardians_hold_addresses_in_one_spelling(cast, client_for):
    typed = "Nora, mother, nora\u200b@BÜCHER.example\nJürgen, jürgen@bücher.example, 030 1\nask @ the office"
    client_for(cast.staff).post("/students/new/", {"code": "N1", "given_name": "N", "guardians": typed})
    assert Student.objects.get(code="N1").guardians == (
        "Nora, mother, nora@xn--bcher-kva.example\nJürgen, jürgen@bücher.example, 030 1\nask @ the office"
    )


def test_the_admin_takes_addresses_of_students_and_of_their_guardians_as_the_pages_do(cast, client_for):
    form = {"code": "N1", "given_name": "N", "status": "active", "email": SAME[1], "guardians": f"Nora, {SAME[2]}"}
    client_for(cast.admin).post("/admin/students/student/add/", form)
    made = Student.objects.get(code="N1")
    assert (made.email, made.guardians) == (NORMAL, f"Nora, {NORMAL}")


def test_people_read_and_search_an_address_in_its_own_script(cast, client_for):
    User.objects.create_user(NORMAL, PASSWORD, given_name="Nora", role=Role.TEACHER)
    page = client_for(cast.staff).get("/people/", {"q": "bücher.example"}).content.decode()
    assert "name@bücher.example" in page
    assert cast.teacher.email not in page
