"""Links in mails lead to us, whatever host a request claims to be for."""

import pytest
from django.core import mail
from django.test import Client

from apps.accounts.models import Invitation

LIES = [
    "evil.test",
    "testserver.evil.test",
    "testserver:80@evil.test",
    "evil.test:80",
    "testserver/evil",
    "test_server",
    "",
]
FORWARDED = {
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Server": "evil.test",
    "X-Host": "evil.test",
    "X-Original-Host": "evil.test",
    "Forwarded": "host=evil.test",
    "X-Forwarded-Port": "666",
    "X-Original-URL": "/evil.test/",
    "X-Rewrite-URL": "/evil.test/",
}


@pytest.mark.parametrize("host", LIES)
@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/login/", "/healthz"])
def test_a_host_that_is_not_ours_is_refused(db, host, path):
    answer = Client().post(path, {"email": "sam@homeroom.test"}, headers={"host": host})
    if path == "/healthz":
        assert answer.status_code in {400, 405}
    else:
        assert answer.status_code == 400
    assert b"evil" not in answer.content
    assert mail.outbox == []


def test_a_link_to_a_new_password_leads_to_us(cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = Client().post("/accounts/password/reset/", {"email": cast.staff.email}, headers=FORWARDED)
    assert answer.status_code == 302
    [letter] = mail.outbox
    whole = letter.body + "".join(part.content for part in letter.alternatives)
    assert "http://testserver/accounts/password/reset/key/" in whole
    assert "evil" not in whole
    assert "666" not in whole.replace(whole[whole.index("/key/") : whole.index("/key/") + 80], "")


def test_a_link_of_an_invitation_leads_to_us(cast, client_for, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client_for(cast.staff).post(
            "/accounts/invitations/new/", {"role": "teacher", "addresses": "new@home.test"}, headers=FORWARDED
        )
    assert Invitation.objects.filter(email="new@home.test").exists()
    [letter] = mail.outbox
    assert "http://testserver/accounts/join/" in letter.body
    assert "evil" not in letter.body
