"""An admin looks as another person: sees what they see, writes nothing, and it is all recorded."""

import re
import time

import pytest
from django.db import connection, transaction
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from apps.accounts import looking
from apps.accounts.models import AuditEntry, Role, User
from apps.conversations.actions import open_direct, send_message
from apps.conversations.attachments import readable
from apps.conversations.models import Message, Participant
from apps.students.models import StudentImport
from tests.doors.urls import addresses as every_address
from tests.factories import attachment

BANNER = "You are looking as"


@pytest.fixture
def look(cast, client_for):
    """A client of the admin's that looks as somebody."""

    def begin(who, actor=None):
        client = client_for(actor or cast.admin)
        assert client.post(f"/people/{who.pk}/look/").status_code == 302
        return client

    return begin


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


class TestSeeing:
    def test_each_page_is_theirs_and_says_so(self, cast, look):
        send_message(cast.staff, cast.amina.conversation, "Only staff", "staff")
        send_message(cast.staff, cast.amina.conversation, "Hello Amina", "everyone")
        page = look(cast.amina_user).get("/").content.decode()
        assert f"{BANNER} <strong><bdi>Amina Diallo</bdi></strong> · Student" in page
        assert "Nothing can be written" in page
        assert "Hello Amina" in page
        assert "Only staff" not in page
        assert f'data-viewer="{cast.amina_user.pk}"' in page

    @pytest.mark.parametrize("path", ["/nowhere", "/students/", "/accounts/login/"])
    def test_a_page_that_refuses_says_so_too(self, cast, look, path):
        assert BANNER in look(cast.amina_user).get(path).content.decode()

    def test_nobody_else_is_told_anything_and_no_page_says_so(self, cast, look, client_for):
        look(cast.amina_user)
        for who in (cast.amina_user, cast.admin, cast.staff):
            assert BANNER not in client_for(who).get("/").content.decode()

    def test_a_page_opens_no_stream_and_says_that_it_is_not_live(self, cast, look):
        page = look(cast.amina_user).get("/").content.decode()
        assert 'id="stream"' not in page
        assert 'data-state="looking"' in page
        assert "data-position=" not in page
        assert "data-typing=" not in page
        assert "composer-text" not in page

    def test_what_two_people_write_to_each_other_stays_between_them(self, cast, look, client_for):
        talk = open_direct(cast.amina_user, cast.teacher)
        send_message(cast.teacher, talk, "Between you and me", "everyone")
        client = look(cast.amina_user)
        for path in (f"/conversations/{talk.pk}/", f"/conversations/{talk.pk}/messages/?after=0"):
            assert client.get(path).status_code == 404
            assert client_for(cast.amina_user).get(path).status_code == 200
        for path in (
            "/messages/",
            "/conversations/search/?q=between",
            f"/conversations/unread/?conversation={talk.pk}",
        ):
            assert "Between you" not in client.get(path).content.decode()
        assert "Between you" in client_for(cast.amina_user).get("/messages/").content.decode()

    @pytest.mark.parametrize(
        "path",
        [
            "/people/",
            "/accounts/settings/",
            "/accounts/sessions/",
            "/accounts/password/change/",
            "/accounts/2fa/",
            "/notifications/",
            "/notifications/unread/",
            "/notifications/preferences/",
            "/admin/",
        ],
    )
    def test_what_is_a_persons_own_is_closed(self, cast, look, path):
        client = look(cast.staff)
        assert client.get(path).status_code == 403
        assert client.post(f"/conversations/{cast.amina.conversation_id}/export/").status_code == 403

    def test_a_file_that_they_have_not_sent_is_theirs_alone(self, cast, look):
        thread = cast.amina.conversation
        file = attachment(conversation=thread, uploader=cast.amina_user)
        assert list(readable(cast.amina_user, thread)) == [file]
        cast.amina_user.looked_as = True
        assert list(readable(cast.amina_user, thread)) == []
        assert look(cast.amina_user).get(f"/conversations/{thread.pk}/attachments/{file.pk}/").status_code == 404

    def test_the_session_stays_the_admins(self, cast, look):
        client = look(cast.amina_user)
        client.get("/")
        assert client.session["_auth_user_id"] == str(cast.admin.pk)
        client.post("/people/look/end/")
        assert f'data-viewer="{cast.admin.pk}"' in client.get("/").content.decode()


class TestWriting:
    def test_no_message_is_sent_and_no_record_changed(self, cast, look):
        client = look(cast.staff)
        thread = f"/conversations/{cast.amina.conversation_id}/"
        for method, path, data in (
            ("post", f"{thread}messages/", {"body": "x", "audience": "everyone"}),
            ("post", f"{thread}position/", {"page": "abc"}),
            ("post", f"/students/{cast.amina.pk}/edit/", {"given_name": "X"}),
            ("post", "/messages/", {"user": cast.teacher.pk}),
            ("post", f"/people/{cast.teacher.pk}/deactivation/", {}),
            ("post", f"/people/{cast.teacher.pk}/look/", {}),
            ("delete", f"/people/{cast.teacher.pk}/deactivation/", {}),
            ("put", "/", {}),
        ):
            for headers in ({}, {"HX-Request": "true"}):
                answer = getattr(client, method)(path, data, headers=headers)
                assert answer.status_code == 403, path
                assert "Nothing can be written" in answer.content.decode()
        assert not Message.objects.exists()
        assert not Participant.objects.exists()
        assert User.objects.get(pk=cast.teacher.pk).is_active

    def test_the_database_refuses_what_a_view_would_write_on_reading(self, cast, look, monkeypatch):
        client = look(cast.amina_user)

        def greedy(request):
            for write in (
                lambda: User.objects.filter(pk=cast.admin.pk).update(given_name="X"),
                lambda: User.objects.create(email="x@x.test", given_name="X", role=Role.STUDENT),
                lambda: User.objects.filter(pk=cast.outsider.pk).delete(),
                lambda: User.objects.bulk_create([User(email="x@x.test", given_name="X", role=Role.STUDENT)]),
                lambda: connection.cursor().execute("WITH x AS (SELECT 1) DELETE FROM accounts_user"),
                lambda: connection.cursor().execute("/* SELECT */ DELETE FROM accounts_user"),
            ):
                with pytest.raises(looking.WriteRefusedError), transaction.atomic():
                    write()
            assert User.objects.count() == 9
            raise looking.WriteRefusedError

        monkeypatch.setattr("apps.dashboard.views._student_home", lambda request, user: greedy(request))
        answer = client.get("/")
        assert answer.status_code == 403
        assert "Nothing can be written" in answer.content.decode()
        assert User.objects.get(pk=cast.admin.pk).given_name == "Ada"

    @pytest.mark.parametrize("who", ["amina_user", "staff"])
    def test_no_page_that_is_read_wants_to_write(self, cast, look, monkeypatch, who):
        """Every address of the project, with numbers that exist: none meets the database's refusal."""
        send_message(cast.amina_user, cast.amina.conversation, "Hello", "everyone")
        file = StudentImport.objects.create(
            owner=cast.staff, name="x.csv", content=b"student_code,given_name\nS9,Zoe\n"
        )
        tried = []
        monkeypatch.setattr(looking, "_refuse_writes", watch(tried, looking._refuse_writes))
        client, asked = look(getattr(cast, who)), 0
        for path in addresses(cast, file):
            for headers in ({}, {"HX-Request": "true"}):
                answer = client.get(path, headers=headers)
                assert answer.status_code < 500 or path.startswith("/readyz"), path
                asked += answer.status_code == 200
        assert tried == []
        assert asked >= (20 if who == "amina_user" else 10)

    def test_they_are_not_shown_as_being_here(self, cast, look):
        look(cast.amina_user).get("/")
        assert User.objects.get(pk=cast.amina_user.pk).last_seen is None


def watch(tried, refuse):
    def watched(execute, sql, params, many, context):
        try:
            return refuse(execute, sql, params, many, context)
        except looking.WriteRefusedError:
            tried.append(sql)
            raise

    return watched


def addresses(cast, file):
    numbers = {
        "students": cast.amina.pk,
        "batches": cast.batch.pk,
        "conversations": cast.amina.conversation_id,
        "import": file.pk,
        "message_pk": Message.objects.get().pk,
        "student_pk": cast.amina.pk,
    }

    def walk(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern) and not route.startswith("admin/"):
                yield route

    for route in walk(get_resolver().url_patterns, ""):
        words = route.split("/")
        for place, word in enumerate(words):
            if found := re.fullmatch(r"<(?:\w+:)?(\w+)>", word):
                words[place] = str(numbers.get(found[1]) or numbers.get(words[place - 1]) or 1)
        path = "/" + "/".join(words)
        yield re.sub(r"<[^>]*>|\(\?P.*?\)|[\^$]", "1", path)


class TestOpen:
    """What is open to who looks is named, view by view; a room that names none is closed."""

    def test_what_is_named_is_there(self):
        assert looking._open - {address.name for address in every_address()} == set()

    @pytest.mark.parametrize("space", ["admin", "accounts", "people", "notifications", "jobs", "core"])
    def test_nothing_of_ones_own_or_of_an_admins_work_is_named(self, space):
        shown = {"accounts:invitation_list", "accounts:invitation_create"}
        assert {name for name in looking._open if name.split(":")[0] == space} - shown == set()

    def test_nothing_that_leaves_as_a_file_is_named(self):
        assert {name for name in looking._open if "export" in name} == set()

    def test_every_other_address_is_closed(self, cast, look):
        send_message(cast.staff, cast.amina.conversation, "Hello", "everyone")
        file = StudentImport.objects.create(owner=cast.staff, name="s.csv", content=b"x")
        client, wrong, closed = look(cast.staff), {}, 0
        for path in addresses(cast, file):
            try:
                name = resolve(path).view_name
            except Resolver404:
                continue
            if name not in looking._open:
                closed += 1
                if (status := client.get(path).status_code) not in {403, 405}:
                    wrong[path] = name, status
        assert wrong == {}
        assert closed > 40


class TestWho:
    @pytest.mark.parametrize("who", ["staff", "teacher", "amina_user"])
    def test_only_admins_look(self, cast, client_for, who):
        assert client_for(getattr(cast, who)).post(f"/people/{cast.outsider.pk}/look/").status_code == 404
        assert verbs() == []

    def test_nobody_looks_as_an_admin_or_as_somebody_without_access(self, cast, client_for):
        other = User.objects.create(email="b@x.test", given_name="B", role=Role.ADMIN)
        User.objects.filter(pk=cast.outsider.pk).update(is_active=False)
        client = client_for(cast.admin)
        for person in (cast.admin, other, cast.outsider):
            assert client.post(f"/people/{person.pk}/look/").status_code == 404
        assert verbs() == []

    def test_whoever_puts_the_note_into_a_session_of_their_own_gets_nothing(self, cast, client_for):
        client = client_for(cast.teacher)
        session = client.session
        session[looking.KEY] = {"user": cast.staff.pk, "since": int(time.time())}
        session.save()
        client.get("/")
        assert f'data-viewer="{cast.teacher.pk}"' in client.get("/").content.decode()

    def test_looking_does_not_begin_with_a_get(self, cast, client_for):
        client = client_for(cast.admin)
        assert client.get(f"/people/{cast.staff.pk}/look/").status_code == 405
        assert client.get("/people/look/end/").status_code == 405


class TestEnding:
    def test_it_is_recorded_from_its_beginning_to_its_end(self, cast, look):
        client = look(cast.amina_user)
        answer = client.post("/people/look/end/", follow=True)
        assert answer.redirect_chain[-1][0] == f"/people/{cast.amina_user.pk}/"
        assert verbs() == ["look.started", "look.ended"]
        for entry in AuditEntry.objects.all():
            assert (entry.actor, entry.thing) == (cast.admin, cast.amina_user)
        assert AuditEntry.objects.latest("pk").detail["why"] == "asked"

    def test_what_was_opened_in_it_is_recorded_once_each_and_no_more_than_so_many(self, cast, look, monkeypatch):
        monkeypatch.setattr(looking, "MAX_PAGES", 3)
        client, thread = look(cast.teacher), cast.amina.conversation_id
        for path in (
            "/students/",
            f"/students/{cast.amina.pk}/",
            "/people/",
            "/students/?q=a",
            f"/conversations/{thread}/",
        ):
            client.get(path)
        client.get("/batches/")
        client.post("/people/look/end/")
        pages = AuditEntry.objects.get(verb="look.ended").detail["pages"]
        assert pages[:2] == ["/students/", f"/students/{cast.amina.pk}/"]
        assert len(pages) == 3
        assert "/people/" not in pages

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (lambda cast: User.objects.filter(pk=cast.amina_user.pk).update(is_active=False), "rights"),
            (lambda cast: User.objects.filter(pk=cast.amina_user.pk).update(role=Role.ADMIN), "rights"),
            (lambda cast: User.objects.filter(pk=cast.admin.pk).update(role=Role.STAFF), "rights"),
            (lambda cast: User.objects.filter(pk=cast.amina_user.pk).delete(), "gone"),
        ],
        ids=["they lose access", "they become an admin", "the admin is one no more", "they are gone"],
    )
    def test_it_ends_at_once_when_the_right_to_it_does(self, cast, look, change, why):
        client = look(cast.amina_user)
        change(cast)
        # What the open page asks for is not done as the admin instead.
        data = {"body": "As whom?", "audience": "everyone"}
        assert client.post(f"/conversations/{cast.bruno.conversation_id}/messages/", data).status_code == 403
        assert not Message.objects.exists()
        assert f'data-viewer="{cast.admin.pk}"' in client.get("/").content.decode()
        assert AuditEntry.objects.get(verb="look.ended").detail["why"] == why

    def test_it_ends_by_itself(self, cast, look, monkeypatch):
        client = look(cast.amina_user)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + looking.MINUTES * 60 - 5)
        assert BANNER in client.get("/").content.decode()
        monkeypatch.setattr(time, "time", lambda: now + looking.MINUTES * 60 + 5)
        answer = client.get("/", follow=True)
        assert BANNER not in answer.content.decode()
        assert "The look has ended" in answer.content.decode()
        assert AuditEntry.objects.get(verb="look.ended").detail["why"] == "time"

    @pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/logout/"])
    def test_signing_out_signs_the_admin_out(self, cast, look, client_for, path):
        theirs, client = client_for(cast.amina_user), look(cast.amina_user)
        assert client.post(path).status_code == 302
        assert client.get("/").status_code == 302
        assert theirs.get("/").status_code == 200
        assert AuditEntry.objects.get(verb="look.ended").detail["why"] == "signed out"

    def test_what_ends_the_admins_access_ends_the_look(self, cast, look):
        client = look(cast.amina_user)
        User.objects.filter(pk=cast.admin.pk).update(is_active=False)
        client.get("/")
        assert client.get("/").status_code == 302
