"""Whatever ends a session or an account has the open streams of its person asked about again."""

import pytest
from django.urls import reverse

from apps.accounts.closing import close_account
from tests.conftest import PASSWORD

NEW = "another horse, another battery"


@pytest.mark.parametrize("way_out", ["account_logout", "admin:logout"])
def test_signing_out_is_told_to_every_process(cast, client_for, published, way_out):
    client = client_for(cast.staff)
    with published():
        client.post(reverse(way_out))
    assert published.rights == [cast.staff.pk]
    assert "_auth_user_id" not in client.session


def test_a_new_password_is_told_to_every_process(cast, client_for, published):
    with published():
        form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
        answer = client_for(cast.staff).post(reverse("account_change_password"), form)
    assert answer.status_code == 302
    assert published.rights == [cast.staff.pk]


def test_a_password_that_an_admin_sets_is_told_to_every_process(cast, client_for, published):
    with published():
        address = reverse("admin:auth_user_password_change", args=[cast.teacher.pk])
        form = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
        answer = client_for(cast.admin).post(address, form)
    assert answer.status_code == 302, answer.context["errors"]
    assert set(published.rights) == {cast.teacher.pk}


def test_a_closed_account_is_told_to_every_process(cast, published):
    with published():
        close_account(cast.admin, cast.outsider)
    assert set(published.rights) == {cast.outsider.pk}
