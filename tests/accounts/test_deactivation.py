"""Access is taken away at once, everywhere, and given back; an admin is always left."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.accounts import invitations
from apps.accounts.closing import close_account
from apps.accounts.models import AuditEntry, Invitation, Role, User
from apps.accounts.outcomes import Guest
from apps.accounts.people_actions import change_role, deactivate, reactivate
from apps.conversations.actions import send_message
from apps.conversations.models import Message
from apps.courses.actions import update_batch
from apps.realtime.stream import reader_of
from tests.accounts.test_people import log_in
from tests.accounts.test_second_factors import STEP, clock, owner  # noqa: F401 - fixtures
from tests.accounts.test_sign_in import CODE, code, password


def refused(action, *arguments):
    try:
        action(*arguments)
    except (PermissionDenied, ValidationError):
        return True
    return False


class TestWho:
    @pytest.mark.parametrize(
        ("actor", "person", "may"),
        [
            ("admin", "staff", True),
            ("admin", "teacher", True),
            ("admin", "amina_user", True),
            ("admin", "admin", False),
            ("staff", "teacher", True),
            ("staff", "amina_user", True),
            ("staff", "staff", False),
            ("staff", "staff2", False),
            ("staff", "admin", False),
            ("teacher", "amina_user", False),
            ("teacher", "teacher", False),
            ("amina_user", "bruno_user", False),
            ("outsider", "outsider", False),
        ],
    )
    def test_admins_anyone_else_staff_teachers_and_students(self, cast, actor, person, may):
        actor, person = getattr(cast, actor), getattr(cast, person)
        assert refused(deactivate, actor, person) is not may
        assert User.objects.get(pk=person.pk).is_active is not may
        User.objects.filter(pk=person.pk).update(is_active=False)
        if actor != person:
            assert refused(reactivate, actor, person) is not may
        User.objects.filter(pk=person.pk).update(is_active=True)

    def test_whose_own_access_has_ended_ends_nobody_elses(self, cast):
        User.objects.filter(pk=cast.staff.pk).update(is_active=False)
        with pytest.raises(PermissionDenied):
            deactivate(cast.staff, cast.teacher)  # The object in hand still says active.

    def test_a_closed_account_stays_closed(self, cast):
        User.objects.filter(pk=cast.teacher.pk).update(is_active=False, closed=timezone.now())
        with pytest.raises(ValidationError, match="closed for good"):
            reactivate(cast.admin, cast.teacher)


class TestWhatEnds:
    def test_every_session_ends_also_one_that_no_row_tells_of_and_stays_over(self, cast, client_for, published):
        known, unknown = log_in(cast.teacher), client_for(User.objects.get(pk=cast.teacher.pk))
        assert UserSession.objects.get().session_key == known.session.session_key
        cookie = unknown.session.session_key
        assert reader_of(cookie, [f"user-{cast.teacher.pk}"]) == cast.teacher.pk
        with published():
            deactivate(cast.admin, cast.teacher)
        assert cast.teacher.pk in published.rights
        assert not Session.objects.filter(session_key=known.session.session_key).exists()
        for client in (known, unknown):
            assert client.get("/").status_code == 302
        assert reader_of(cookie, [f"user-{cast.teacher.pk}"]) is None
        reactivate(cast.admin, cast.teacher)
        for client in (known, unknown):
            assert client.get("/").status_code == 302
        assert reader_of(cookie, [f"user-{cast.teacher.pk}"]) is None
        assert client_for(User.objects.get(pk=cast.teacher.pk)).get("/").status_code == 200

    def test_a_form_sent_afterwards_is_answered_with_what_was_typed(self, cast, client_for):
        client = client_for(cast.amina_user)
        deactivate(cast.staff, cast.amina_user)
        url = f"/conversations/{cast.amina.conversation_id}/messages/"
        answer = client.post(url, {"body": "Half a page of homework"})
        assert answer.status_code == 401
        assert "Half a page of homework" in answer.content.decode()
        assert client.post(url, {"body": "x"}, headers={"HX-Request": "true"}).status_code == 401

    def test_what_they_wrote_and_whom_they_invited_stays(self, cast):
        send_message(cast.teacher, cast.amina.conversation, "Well done", "everyone")
        invitation = Invitation.objects.create(
            email="new@x.test", role="student", token_hash="x", expires=timezone.now(), invited_by=cast.teacher
        )
        deactivate(cast.admin, cast.teacher)
        assert Message.objects.get(body="Well done").author == cast.teacher
        invitation.refresh_from_db()
        assert (invitation.revoked, invitation.invited_by) == (None, cast.teacher)

    @pytest.mark.parametrize("what", ["deactivated", "made a teacher", "closed"])
    def test_no_admin_who_lost_access_has_invited_themselves_back_in(self, cast, what):
        other = User.objects.create(email="other@home.test", given_name="O", role=Role.ADMIN)
        for role in Role.values:
            invitations.send(other, role, [Guest(f"{role}@home.test")], "https://homeroom.test")
            invitations.send(cast.admin, role, [Guest(f"{role}2@home.test")], "https://homeroom.test")
        match what:
            case "deactivated":
                deactivate(cast.admin, other)
            case "closed":
                close_account(cast.admin, other)
            case _:
                change_role(cast.admin, other, Role.TEACHER)
        open_now = Invitation.objects.pending()
        assert {each.role for each in open_now.filter(invited_by=other)} == {Role.TEACHER, Role.STUDENT}
        assert open_now.filter(invited_by=cast.admin).count() == len(Role.values)
        assert AuditEntry.objects.filter(verb="invitation.revoked", actor=cast.admin).count() == 2

    def test_their_work_is_listed_for_handover(self, cast, client_for):
        assert [work.url for work in deactivate(cast.admin, cast.teacher)] == [cast.batch.get_absolute_url()]
        client = client_for(cast.staff)
        page = client.get(f"/people/{cast.teacher.pk}/").content.decode()
        assert "To hand over" in page
        assert f'href="{cast.batch.get_absolute_url()}"' in page
        assert client.get(cast.batch.get_absolute_url()).status_code == 200

    def test_their_batches_stand_on_the_home_page_of_the_office_until_somebody_has_taken_over(self, cast, client_for):
        office, nobody = client_for(cast.staff), "Nobody teaches"
        assert nobody not in office.get("/").content.decode()
        deactivate(cast.admin, cast.teacher)
        page = office.get("/").content.decode()
        assert nobody in page
        assert page.index(nobody) < page.index(f'href="{cast.batch.get_absolute_url()}"')
        assert nobody not in client_for(cast.teacher2).get("/").content.decode()
        update_batch(cast.staff, cast.batch, {"teacher": cast.teacher2})
        assert nobody not in office.get("/").content.decode()

    def test_twice_is_once(self, cast):
        deactivate(cast.admin, cast.teacher)
        deactivate(cast.admin, cast.teacher)
        assert AuditEntry.objects.filter(verb="user.deactivated").count() == 1
        reactivate(cast.admin, cast.teacher)
        reactivate(cast.admin, cast.teacher)
        assert AuditEntry.objects.filter(verb="user.reactivated").count() == 1

    def test_the_page_does_and_undoes_it(self, cast, client_for):
        client, url = client_for(cast.staff), f"/people/{cast.teacher.pk}/deactivation/"
        assert "signed out everywhere" in client.post(url, follow=True).content.decode()
        assert not User.objects.get(pk=cast.teacher.pk).is_active
        assert "can sign in again" in client.post(url, {"end": "1"}, follow=True).content.decode()
        assert User.objects.get(pk=cast.teacher.pk).is_active
        client.post(url)
        client.delete(url)
        assert User.objects.get(pk=cast.teacher.pk).is_active


class TestTrust:
    """A browser that was trusted before is a stranger after."""

    def test_the_code_by_mail_is_asked_for_again(self, cast, client):
        password(client, cast.staff.email)
        client.post(CODE, {"code": code()})
        client.post("/accounts/2fa/trust/", {"action": "trust"})
        client.post("/accounts/logout/")
        deactivate(cast.admin, cast.staff)
        reactivate(cast.admin, cast.staff)
        assert password(client, cast.staff.email).headers["Location"] == CODE

    def test_the_second_factor_is_asked_for_again(self, cast, owner):  # noqa: F811
        browser = owner.at_the_step()
        browser.post("/accounts/2fa/authenticate/", {"code": owner.code()})
        browser.post("/accounts/2fa/trust/", {"action": "trust"})
        browser.post("/accounts/logout/")
        deactivate(cast.admin, owner.user)
        reactivate(cast.admin, owner.user)
        assert password(browser, owner.user.email).headers["Location"] == STEP


class TestTheDjangoAdmin:
    """The same actions: no second way to do it."""

    def form(self, client, person, **changes):
        form = client.get(f"/admin/accounts/user/{person.pk}/change/").context["adminform"].form
        values = {name: form[name].value() for name in form.fields}
        values = {
            name: value for name, value in values.items() if value is not None and name not in {"password", "photo"}
        }
        return {**values, **changes}

    def save(self, client, person, **changes):
        url = f"/admin/accounts/user/{person.pk}/change/"
        return client.post(url, self.form(client, person, **changes), follow=True)

    def test_switching_somebody_off_and_on_there_is_the_same(self, cast, client_for):
        client, theirs = client_for(cast.admin), client_for(cast.teacher)
        self.save(client, cast.teacher, is_active="", phone="+1")
        assert theirs.get("/").status_code == 302
        person = User.objects.get(pk=cast.teacher.pk)
        assert (person.is_active, person.phone) == (False, "+1")
        assert AuditEntry.objects.filter(verb="user.deactivated", thing_id=person.pk, actor=cast.admin).count() == 1
        self.save(client, cast.teacher, is_active="on")
        assert User.objects.get(pk=person.pk).is_active
        assert AuditEntry.objects.filter(verb="user.reactivated").count() == 1

    def test_a_role_is_refused_there_for_the_same_reasons_and_nothing_is_saved(self, cast, client_for):
        answer = self.save(client_for(cast.admin), cast.teacher, role="student", phone="+2")
        assert "give each another teacher first" in answer.content.decode()
        person = User.objects.get(pk=cast.teacher.pk)
        assert (person.role, person.phone) == (Role.TEACHER, "")

    def test_staff_who_may_change_accounts_switch_off_teachers_and_change_no_role(self, cast, client_for):
        cast.staff.user_permissions.add(*Permission.objects.filter(codename__in=["change_user", "view_user"]))
        client = client_for(cast.staff)
        self.save(client, cast.outsider, is_active="", role="teacher")
        person = User.objects.get(pk=cast.outsider.pk)
        assert (person.is_active, person.role) == (False, Role.STUDENT)

    def test_nobody_is_deleted_there_since_an_account_is_closed(self, cast, client_for):
        client = client_for(cast.admin)
        assert client.post(f"/admin/accounts/user/{cast.outsider.pk}/delete/", {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": [cast.outsider.pk], "post": "yes"}
        client.post("/admin/accounts/user/", data)
        assert User.objects.filter(pk=cast.outsider.pk, closed=None).exists()
        page = client.get(f"/admin/accounts/user/{cast.outsider.pk}/change/").content.decode()
        assert f"/people/{cast.outsider.pk}/#access" in page

    def test_the_last_admin_stays_whoever_asks(self, cast):
        ghost = User.objects.create(email="b@x.test", given_name="B", role=Role.ADMIN)
        for action in (deactivate, close_account, lambda actor, person: change_role(actor, person, "staff")):
            User.objects.filter(pk=ghost.pk).update(is_active=False)
            with pytest.raises(PermissionDenied):
                action(ghost, cast.admin)
            assert User.objects.get(pk=cast.admin.pk).role == Role.ADMIN


def test_admins_who_do_it_to_each_other_at_once_are_never_all_gone(elsewhere):
    assert elsewhere("tests.accounts.race_people") == ["settled"]
