"""Addresses, roles, and what follows from them."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.accounts.models import Role, User


def test_an_address_is_kept_in_small_letters_and_is_one_whatever_its_case(cast, client):
    user = User.objects.create_user("New.Person@Example.COM", "a pass phrase of mine", given_name="N", role=Role.STAFF)
    assert user.email == User.objects.get(pk=user.pk).email == "new.person@example.com"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("NEW.person@example.com", given_name="M", role=Role.STAFF)
    answer = client.post("/accounts/login/", {"login": "NEW.PERSON@example.com", "password": "a pass phrase of mine"})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("role", "all_powers", "opens_admin"),
    [(Role.ADMIN, True, True), (Role.STAFF, False, True), (Role.TEACHER, False, False), (Role.STUDENT, False, False)],
)
def test_powers_follow_from_the_role(role, all_powers, opens_admin):
    user = User(role=role)
    assert (user.is_superuser, user.is_staff) == (all_powers, opens_admin)


def test_a_role_nobody_knows_is_refused_by_the_database(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="x@example.com", given_name="X", role="owner")


def test_a_time_zone_nobody_knows_is_refused():
    with pytest.raises(ValidationError):
        User(email="x@example.com", given_name="X", role=Role.STAFF, password="x", time_zone="Mars/Base").clean_fields()


def test_dates_are_in_the_readers_zone(cast, client_for):
    from apps.conversations.actions import send_message

    User.objects.filter(pk=cast.staff.pk).update(time_zone="Pacific/Kiritimati")
    send_message(cast.teacher, cast.amina.conversation, "Hi", "everyone")
    page = client_for(cast.staff).get("/").content.decode()
    assert 'data-time-zone="Pacific/Kiritimati"' in page


def test_whoever_is_switched_off_is_out_at_once(cast, client_for):
    client = client_for(cast.staff)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=cast.staff.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_what_was_typed_in_any_form_is_shown_when_the_session_has_ended(client, db):
    page = client.post("/students/new/", {"given_name": "Zoë", "code": "S9", "csrfmiddlewaretoken": "secret"})
    assert page.status_code == 401
    assert "given name: Zoë" in page.content.decode()
    assert "secret" not in page.content.decode()
