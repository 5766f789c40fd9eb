"""The pages about people: who finds whom there, and what may be done."""

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import AuditEntry, Role, User
from apps.accounts.people_actions import deactivate
from tests.conftest import PASSWORD

ROW = re.compile(r'<tr[^>]*id="user-(\d+)-row"')


def rows(client, **query):
    """The ids in the table, in order."""
    return [int(pk) for pk in ROW.findall(client.get("/people/", query).content.decode())]


def log_in(user):
    """As a person does it, who then has a session that is known."""
    client = Client()
    assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).url == "/"
    return client


def people(number, role=Role.STUDENT, start=0):
    return User.objects.bulk_create(
        User(email=f"p{n}@many.test", given_name=f"Many{n:03}", family_name="More", role=role)
        for n in range(start, start + number)
    )


class TestWho:
    @pytest.mark.parametrize("who", ["teacher", "amina_user", "outsider"])
    def test_there_is_no_such_page_for_teachers_and_students(self, cast, client_for, who):
        client = client_for(getattr(cast, who))
        for path in ("/people/", f"/people/{cast.staff.pk}/", f"/people/{getattr(cast, who).pk}/"):
            assert client.get(path).status_code == 404
        for verb in ("deactivation", "role", "look"):
            assert client.post(f"/people/{cast.teacher2.pk}/{verb}/", {"role": "admin"}).status_code == 404
        assert User.objects.filter(is_active=False).count() == 0
        assert User.objects.get(pk=cast.teacher2.pk).role == Role.TEACHER

    def test_staff_see_admins_and_can_do_nothing_to_them_or_to_staff(self, cast, client_for):
        client = client_for(cast.staff)
        for other in (cast.admin, cast.staff2, cast.staff):
            page = client.get(f"/people/{other.pk}/").content.decode()
            assert other.email in page
            assert not {"/deactivation/", "/role/", "/look/"} & set(re.findall(r"/[a-z]+/(?=\")", page))
            assert client.post(f"/people/{other.pk}/deactivation/").status_code == 404
            assert client.post(f"/people/{other.pk}/role/", {"role": "student"}).status_code == 404
            assert client.post(f"/people/{other.pk}/look/").status_code == 404
        assert User.objects.filter(is_active=False).count() == 0

    def test_what_was_done_with_an_account_is_for_admins(self, cast, client_for):
        deactivate(cast.admin, cast.teacher2)
        page = f"/people/{cast.teacher2.pk}/"
        assert "deactivated a person" in client_for(cast.admin).get(page).content.decode()
        assert "deactivated a person" not in client_for(cast.staff).get(page).content.decode()


class TestList:
    def test_everybody_is_there_once(self, cast, client_for):
        found = rows(client_for(cast.staff))
        assert sorted(found) == sorted(User.objects.values_list("pk", flat=True))

    def test_it_is_searched_by_name_and_address_and_filtered_by_role_and_state(self, cast, client_for):
        client = client_for(cast.staff)
        deactivate(cast.admin, cast.teacher2)
        User.objects.filter(pk=cast.outsider.pk).update(is_active=False, closed=timezone.now())
        assert rows(client, q="ami dial") == [cast.amina_user.pk]
        assert rows(client, q="TARIQ@home") == [cast.teacher.pk]
        assert rows(client, q="%") == []
        assert set(rows(client, role="teacher")) == {cast.teacher.pk, cast.teacher2.pk}
        assert rows(client, state="deactivated") == [cast.teacher2.pk]
        assert rows(client, state="closed") == [cast.outsider.pk]
        assert rows(client, role="teacher", state="active") == [cast.teacher.pk]
        assert len(rows(client, role="king", state="1", sort="'", page="x")) == User.objects.count()

    def test_each_way_to_sort_has_its_opposite(self, cast, client_for):
        people(8)
        client = client_for(cast.staff)
        for sort in ("name", "email", "newest", "state", "role"):
            assert rows(client, sort=sort) == rows(client, sort=f"-{sort}")[::-1], sort
        assert rows(client, sort="role")[0] == cast.admin.pk

    def test_who_hides_when_they_are_here_is_not_found_out_by_sorting(self, cast, client_for):
        now = timezone.now()
        User.objects.filter(pk=cast.teacher.pk).update(last_seen=now)
        User.objects.filter(pk=cast.teacher2.pk).update(last_seen=now - timedelta(days=1))
        client = client_for(cast.staff)
        assert rows(client, sort="seen")[:2] == [cast.teacher.pk, cast.teacher2.pk]
        assert rows(client, sort="-seen")[:2] == [cast.teacher2.pk, cast.teacher.pk]
        User.objects.filter(pk=cast.teacher.pk).update(hides_presence=True)
        assert rows(client, sort="seen")[0] == cast.teacher2.pk
        html = client.get("/people/", {"q": "tariq"}).content.decode()
        assert f'datetime="{now:%Y-%m-%dT%H:%M}' not in re.sub(r'data-label="Added".*', "", html)
        detail = client.get(f"/people/{cast.teacher.pk}/").content.decode()
        assert re.search(r"<dt>Last here</dt><dd></dd>", detail)

    def test_pages_go_on_with_the_same_search_and_end(self, cast, client_for):
        people(120)
        client = client_for(cast.staff)
        html = client.get("/people/", {"q": "more", "sort": "-name", "page": "2"}).content.decode()
        assert "/people/?q=more&amp;sort=-name&amp;page=3" in html
        found = [pk for page in "123" for pk in rows(client, q="more", page=page)]
        assert len(found) == len(set(found)) == 120

    def test_a_page_of_fifty_asks_as_little_as_a_page_of_five(self, cast, client_for):
        client = client_for(cast.staff)
        counts = []
        for number in (5, 200):
            people(number, start=number)
            with CaptureQueriesContext(connection) as queries:
                assert client.get("/people/").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 15


class TestPerson:
    def test_it_says_how_they_sign_in_and_what_they_are_in_charge_of(self, cast, client_for):
        for _ in range(2):
            log_in(cast.teacher)
        client = client_for(cast.admin)
        page = client.get(f"/people/{cast.teacher.pk}/").content.decode()
        assert "In 2 browsers" in page
        assert f'href="/batches/{cast.batch.pk}/edit/"' in page
        assert f'href="/batches/{cast.batch2.pk}/edit/"' not in page
        assert "code by e-mail" in client.get(f"/people/{cast.staff.pk}/").content.decode()
        assert "code by e-mail" not in page

    def test_it_asks_at_most_fifteen_queries(self, cast, client_for):
        client = client_for(cast.admin)
        client.get(f"/people/{cast.teacher.pk}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/people/{cast.teacher.pk}/")
        assert len(queries) <= 15


class TestRole:
    def change(self, client, person, role):
        return client.post(f"/people/{person.pk}/role/", {"role": role}, follow=True).content.decode()

    def test_an_admin_gives_another_role_which_is_recorded_and_shown_at_once(self, cast, client_for, published):
        client = client_for(cast.admin)
        with published():
            assert "The role is changed" in self.change(client, cast.outsider, "teacher")
        assert User.objects.get(pk=cast.outsider.pk).role == Role.TEACHER
        assert published.rights == [cast.outsider.pk]
        entry = AuditEntry.objects.filter(verb="user.role-changed").get()
        assert (entry.actor, entry.thing_id, entry.detail) == (
            cast.admin,
            cast.outsider.pk,
            {"before": "student", "after": "teacher"},
        )

    def test_a_role_that_asks_for_a_second_factor_begins_with_signing_in(self, cast, client_for):
        theirs, client = client_for(cast.outsider), client_for(cast.admin)
        self.change(client, cast.outsider, "staff")
        assert theirs.get("/").status_code == 302
        again = client_for(User.objects.get(pk=cast.outsider.pk))
        self.change(client, cast.outsider, "teacher")
        assert again.get("/").status_code == 200

    @pytest.mark.parametrize(
        ("who", "role", "reason"),
        [
            ("teacher", "student", "teach 1 batch: give each another teacher first"),
            ("teacher", "admin", "teach 1 batch"),
            ("amina_user", "staff", "the account of student S001"),
            ("teacher", "king", "Choose one of the roles"),
            ("teacher", "", "Choose one of the roles"),
        ],
    )
    def test_what_would_leave_work_without_anybody_is_refused_with_the_reason(
        self, cast, client_for, who, role, reason
    ):
        person = getattr(cast, who)
        assert reason in self.change(client_for(cast.admin), person, role)
        assert User.objects.get(pk=person.pk).role == person.role
        assert not AuditEntry.objects.filter(verb="user.role-changed").exists()

    def test_nobody_changes_their_own(self, cast, client_for):
        assert client_for(cast.admin).post(f"/people/{cast.admin.pk}/role/", {"role": "staff"}).status_code == 404


class TestInTheAdmin:
    def test_a_password_that_an_admin_sets_ends_the_sessions_of_before(self, cast, client_for):
        theirs = log_in(cast.teacher)
        admin = client_for(cast.admin)
        new = {"usable_password": "true", "password1": "a bright new morning", "password2": "a bright new morning"}
        assert admin.post(f"/admin/accounts/user/{cast.teacher.pk}/password/", new).status_code == 302
        assert theirs.get("/").status_code == 302
        assert not UserSession.objects.filter(user=cast.teacher).exists()
        assert "Nowhere" in admin.get(f"/people/{cast.teacher.pk}/").content.decode()

    def test_an_admin_alone_lets_somebody_sign_in_with_the_password_alone(self, cast, client_for):
        cast.staff.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
        page = f"/admin/accounts/user/{cast.teacher.pk}/change/"
        fields = {"email": cast.teacher.email, "given_name": "T", "role": "teacher", "is_active": "on"}
        for actor, may in ((cast.staff, False), (cast.admin, True)):
            assert client_for(actor).post(page, fields | {"password_only": "on"}).status_code == 302
            assert User.objects.get(pk=cast.teacher.pk).password_only == may
        assert AuditEntry.objects.filter(verb="user.changed", actor=cast.admin).get().detail == {
            "fields": ["password_only"]
        }
