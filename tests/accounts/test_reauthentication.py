"""Before what can't be undone or shows much, whoever has the session says once more that it's them; then it goes on.

Which addresses ask is in the tables of tests/doors. Here: that nothing happens before, and nothing is lost.
"""

import html
import re
import time
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from apps.accounts.models import AuditEntry, Invitation, Role, User
from tests.conftest import PASSWORD

AGAIN = "/accounts/reauthenticate/"
PEOPLE = "http://testserver/people/?q=a"


@pytest.fixture
def stale(cast, client_for) -> Client:
    """Ada's browser, which somebody may have found open."""
    return client_for(cast.admin, fresh=False)


def asks(answer) -> str:
    """Where it has to be confirmed, and whence."""
    where = answer.headers.get("HX-Redirect") or answer.headers["Location"]
    assert where.startswith(AGAIN)
    return where


def confirm(client: Client, asked: str):
    """Type the password on the page that asks for it."""
    page = client.get(asked).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="(next|again)" value="([^"]*)"', page))
    return client.post(AGAIN, {name: html.unescape(value) for name, value in fields.items()} | {"password": PASSWORD})


def send_on(client: Client, page):
    """Send the form that waits on a page, as its script does."""
    text = page.content.decode()
    form = re.search(r'<form method="(\w+)" action="([^"]*)" data-resume>(.*?)</form>', text, re.DOTALL)
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[3]):
        fields.setdefault(html.unescape(name), []).append(html.unescape(value))
    return getattr(client, form[1])(html.unescape(form[2]), fields)


ACTS = {
    "a role is changed": lambda c: (f"/people/{c.staff2.pk}/role/", {"role": "admin"}),
    "somebody is deactivated": lambda c: (f"/people/{c.outsider.pk}/deactivation/", {}),
    "somebody is let in again": lambda c: (f"/people/{c.outsider.pk}/deactivation/", {"end": "1"}),
    "factors are removed": lambda c: (f"/people/{c.staff2.pk}/factors/removal/", {}),
    "somebody is looked as": lambda c: (f"/people/{c.outsider.pk}/look/", {}),
}


def state(cast) -> list[object]:
    people = User.objects.order_by("pk").values_list("pk", "role", "is_active")
    return [*people, AuditEntry.objects.count()]


@pytest.mark.parametrize("act", ACTS)
def test_nothing_happens_until_it_is_confirmed_and_then_it_has(cast, stale, client_for, act):
    if "again" in act:
        client_for(cast.admin).post(*ACTS["somebody is deactivated"](cast))
    path, data = ACTS[act](cast)
    before = state(cast)
    asked = asks(stale.post(path, data))
    assert state(cast) == before
    assert stale.post(asked, {"password": "wrong"}).status_code == 200
    assert state(cast)[:-1] == before[:-1]
    done = confirm(stale, asked)
    # Typing the password may have stored it with a stronger hash.
    admin = User.objects.get(pk=cast.admin.pk)
    assert done.headers["Location"] == client_for(admin).post(path, data).headers["Location"]
    assert state(cast) != before


def test_what_was_done_a_moment_ago_is_not_asked_for_again(cast, stale):
    confirm(stale, asks(stale.post(f"/people/{cast.staff2.pk}/role/", {"role": "teacher"})))
    assert stale.post(f"/people/{cast.staff2.pk}/role/", {"role": "staff"}).headers["Location"].startswith("/people/")


def test_a_confirmation_lasts_five_minutes(cast, stale, monkeypatch):
    confirm(stale, asks(stale.post(f"/people/{cast.staff2.pk}/role/", {"role": "teacher"})))
    later = time.time() + 301
    reauthentication = "allauth.account.internal.flows.reauthentication.time"
    monkeypatch.setattr(reauthentication, SimpleNamespace(time=lambda: later))
    answer = stale.post(f"/people/{cast.staff2.pk}/role/", {"role": "staff"})
    assert answer.headers["Location"].startswith(AGAIN)
    assert User.objects.get(pk=cast.staff2.pk).role == "teacher"


@pytest.mark.parametrize(("role", "status"), [("admin", 302), ("staff", 302), ("teacher", 200), ("student", 200)])
def test_inviting_to_the_office_is_asked_for_and_to_a_class_is_not(cast, stale, role, status):
    sent = {"role": role, "addresses": "one@new.test\ntwo@new.test"}
    answer = stale.post("/accounts/invitations/new/", sent)
    assert answer.status_code == status
    if status == 302:
        assert not Invitation.objects.exists()
        page = send_on(stale, confirm(stale, asks(answer)))
        assert "two@new.test" in page.content.decode() or "2 " in page.content.decode()
        assert set(Invitation.objects.values_list("email", "role")) == {("one@new.test", role), ("two@new.test", role)}


def test_an_invitation_to_the_office_is_sent_again_after_a_confirmation_alone(cast, stale, client_for):
    client_for(cast.admin).post("/accounts/invitations/new/", {"role": "staff", "addresses": "one@new.test"})
    invitation = Invitation.objects.get()
    Invitation.objects.update(sent="2026-01-01T00:00:00Z")
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/invitations/"}
    asked = asks(stale.post(f"/accounts/invitations/{invitation.pk}/sending/", headers=headers))
    assert Invitation.objects.get().times_sent == 1
    assert confirm(stale, asked).headers["Location"] == "/accounts/invitations/"
    assert Invitation.objects.get().times_sent == 2


def test_a_part_of_a_page_is_not_replaced_by_the_page_that_asks(cast, stale):
    """htmx follows a redirect by itself, and would put the password's page into the list."""
    headers = {"HX-Request": "true", "HX-Current-URL": PEOPLE}
    sent = {"role": "staff", "addresses": "one@new.test"}
    answer = stale.post("/accounts/invitations/new/", sent, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    page = send_on(stale, confirm(stale, asks(answer)))
    assert b"<html" in page.content
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("form", ["text", "json", "pdf"])
def test_a_conversation_is_exported_after_it_with_all_that_was_chosen(cast, stale, form):
    path = f"/conversations/{cast.amina.conversation_id}/export/"
    answer = stale.post(path, {"format": form, "staff": "1"})
    assert not AuditEntry.objects.filter(verb="conversation.exported").exists()
    exported = send_on(stale, confirm(stale, asks(answer)))
    assert exported.headers.get("Content-Disposition") or exported.headers["Location"].startswith("/jobs/")
    assert AuditEntry.objects.get(verb="conversation.exported").detail == {"format": form, "staff": True}


def test_a_list_is_exported_after_it_as_it_was_filtered(cast, stale):
    answer = stale.get("/payments/export/?q=Amina&sort=-received")
    page = confirm(stale, asks(answer))
    kept = re.findall(r'name="(q|sort)" value="([^"]*)"', page.content.decode())
    assert kept == [("q", "Amina"), ("sort", "-received")]
    exported = send_on(stale, page)
    assert "attachment" in exported.headers["Content-Disposition"]


def test_who_may_not_is_told_so_without_being_asked(cast, client_for):
    for who in ("teacher", "amina_user"):
        client = client_for(getattr(cast, who), fresh=False)
        assert client.post(f"/people/{cast.staff2.pk}/role/", {"role": "admin"}).status_code == 404
        assert client.post(f"/conversations/{cast.chloe.conversation_id}/export/", {}).status_code == 404


class TestInTheAdmin:
    def test_a_group_is_changed_after_it_with_all_that_was_typed(self, cast, stale):
        path = "/admin/auth/group/add/?_popup=0"
        answer = stale.post(path, {"name": "Über & co", "permissions": [1, 2], "_continue": "1"})
        assert not Group.objects.exists()
        page = confirm(stale, asks(answer))
        assert "no-store" in page.headers["Cache-Control"]
        assert send_on(stale, page).status_code == 302
        group = Group.objects.get()
        assert (group.name, set(group.permissions.values_list("pk", flat=True))) == ("Über & co", {1, 2})

    def test_several_groups_are_deleted_after_it_alone(self, cast, stale):
        groups = [Group.objects.create(name=name) for name in "ab"]
        sent = {"action": "delete_selected", "post": "yes", "_selected_action": [group.pk for group in groups]}
        answer = stale.post("/admin/auth/group/", sent)
        assert Group.objects.count() == 2
        send_on(stale, confirm(stale, asks(answer)))
        assert not Group.objects.exists()

    def test_no_password_waits_in_the_session_and_the_rest_of_the_form_does(self, cast, stale, client_for):
        """The form is asked for before it is typed; whoever takes long over it types the passwords twice."""
        asks(stale.get("/admin/accounts/user/add/"))
        new = {"email": "new@new.test", "given_name": "Nadia", "role": Role.STAFF, "usable_password": "true"}
        typed = dict.fromkeys(("password1", "password2"), "a wild horse!")
        answer = stale.post("/admin/accounts/user/add/", new | typed)
        assert "a wild horse!" not in str(dict(stale.session))
        page = send_on(stale, confirm(stale, asks(answer)))
        assert not User.objects.filter(email="new@new.test").exists()
        assert 'value="Nadia"' in page.content.decode()


class TestGoingBack:
    def test_cancel_leads_to_where_the_person_was(self, cast, stale):
        for headers in ({"Referer": PEOPLE}, {"HX-Request": "true", "HX-Current-URL": PEOPLE}):
            asked = asks(stale.post(f"/people/{cast.staff2.pk}/role/", {"role": "admin"}, headers=headers))
            assert 'href="/people/?q=a">Cancel<' in stale.get(asked).content.decode()

    @pytest.mark.parametrize("referer", ["https://evil.test/people/", "", "javascript:alert(1)", "//evil.test/"])
    def test_never_to_another_site(self, cast, stale, referer):
        answer = stale.post(f"/people/{cast.staff2.pk}/role/", {"role": "admin"}, headers={"Referer": referer})
        assert 'href="/">Cancel<' in stale.get(asks(answer)).content.decode()

    def test_a_form_sent_twice_leads_there_too_and_does_nothing_twice(self, cast, stale):
        headers = {"Referer": PEOPLE}
        asked = asks(stale.post(f"/people/{cast.staff2.pk}/role/", {"role": "teacher"}, headers=headers))
        confirm(stale, asked)
        again = stale.post(asked, {"password": PASSWORD})
        assert again.headers["Location"] == "/people/?q=a"
        assert AuditEntry.objects.filter(verb="user.role-changed").count() == 1

    def test_two_tabs_that_wait_go_on_with_their_own(self, cast, stale):
        first = asks(stale.post(f"/people/{cast.staff2.pk}/role/", {"role": "teacher"}))
        second = asks(stale.post(f"/people/{cast.outsider.pk}/deactivation/"))
        confirm(stale, first)
        cast.outsider.refresh_from_db()
        assert cast.outsider.is_active
        confirm(stale, second)
        assert not User.objects.get(pk=cast.outsider.pk).is_active
        assert User.objects.get(pk=cast.staff2.pk).role == Role.TEACHER

    def test_what_waited_too_long_is_not_done(self, cast, stale, monkeypatch):
        """The password may be typed by somebody who no longer knows what was left open, or never did."""
        asked = asks(stale.post(f"/people/{cast.staff2.pk}/role/", {"role": "admin"}, headers={"Referer": PEOPLE}))
        monkeypatch.setattr("apps.accounts.reauthentication.KEPT_SECONDS", -1)
        answer = confirm(stale, asked)
        assert answer.headers["Location"] == "/people/?q=a"
        assert User.objects.get(pk=cast.staff2.pk).role == Role.STAFF
        assert "do it once more" in stale.get("/people/").content.decode()

    def test_what_is_larger_than_a_session_holds_is_not_kept(self, cast, stale):
        sent = {"role": "staff", "addresses": "one@new.test\n" * 20_000}
        asked = stale.post("/accounts/invitations/new/", sent)
        assert len(str(dict(stale.session))) < 5_000
        assert asked.status_code in {302, 422}
