"""A closed account: what is personal goes, what others need stays without a name."""

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.closing import close_account
from apps.accounts.invitations import Newcomer, accept
from apps.accounts.models import AuditEntry, Invitation, Role, User
from apps.conversations import mentions
from apps.conversations.actions import add_reaction, edit_message, open_direct, pin_message, send_message
from apps.conversations.actions.former import forget_stragglers
from apps.conversations.cursor import Cursor
from apps.conversations.direct import contacts
from apps.conversations.models import Conversation, Message, Participant
from apps.conversations.threads import catch_up
from apps.students.invitations import invite_one
from apps.students.models import Student

NAMES = ("Tariq", "tariq@homeroom.test")


@pytest.fixture
def thread(cast):
    return cast.amina.conversation


class TestWhatGoes:
    def test_nothing_personal_is_left_in_the_account(self, cast):
        EmailAddress.objects.update_or_create(
            user=cast.teacher, email=cast.teacher.email, defaults={"primary": True, "verified": True}
        )
        EmailAddress.objects.create(user=cast.teacher, email="second@example.com")
        Authenticator.objects.create(user=cast.teacher, type="totp", data={"secret": "x"})
        Invitation.objects.create(
            email=cast.teacher.email,
            role=Role.TEACHER,
            given_name="Tariq",
            token_hash="1",
            expires=timezone.now(),
            accepted=timezone.now(),
            user=cast.teacher,
        )
        User.objects.filter(pk=cast.teacher.pk).update(
            phone="+49 30 1", time_zone="Europe/Berlin", locale="de", theme="dark", last_seen=timezone.now()
        )
        close_account(cast.admin, cast.teacher)
        left = User.objects.filter(pk=cast.teacher.pk).values().get()
        kept = {"id", "role", "is_active", "closed", "era", "date_joined", "password"}
        assert {name: value for name, value in left.items() if name not in kept} == {
            "given_name": "Former",
            "family_name": "member",
            "email": f"closed-{cast.teacher.pk}@account.invalid",
            "phone": "",
            "photo": "",
            "locale": "",
            "theme": "",
            "time_zone": "",
            "last_seen": None,
            "last_login": None,
            "hides_presence": True,
            "hides_reading": True,
            "password_only": False,
        }
        assert left["closed"]
        assert not left["is_active"]
        assert not User.objects.get(pk=cast.teacher.pk).has_usable_password()
        assert not EmailAddress.objects.filter(user=cast.teacher).exists()
        assert not Authenticator.objects.filter(user=cast.teacher).exists()
        invitation = Invitation.objects.get(user=cast.teacher)
        assert (invitation.email, invitation.given_name) == (left["email"], "")

    def test_no_table_says_the_name_or_the_address_any_more(self, cast, client_for, thread):
        """Whatever the tables are: all of the database is searched for what the person was called."""
        client = client_for(cast.teacher)
        client.get("/")
        message = send_message(cast.teacher, thread, "I was here")
        send_message(cast.staff, thread, "@Tariq Teacher, thank you", reply_to=message)
        add_reaction(cast.teacher, send_message(cast.staff, thread, "?"), "👍")
        kind = ContentType.objects.get_for_model(User)
        LogEntry.objects.create(
            user=cast.admin, content_type=kind, object_id=str(cast.teacher.pk), object_repr="Tariq", action_flag=CHANGE
        )
        assert said_in_the_database()
        close_account(cast.teacher, cast.teacher)
        # What runs in the background has the old address once more: the mail that confirms it.
        assert said_in_the_database() == set()

    def test_their_sessions_and_streams_end_at_once(self, cast, client_for, published):
        client = client_for(cast.teacher)
        assert client.get("/").status_code == 200
        with published():
            close_account(cast.admin, cast.teacher)
        assert cast.teacher.pk in published.rights
        assert client.get("/").status_code == 302
        assert not UserSession.objects.filter(user=cast.teacher).exists()

    def test_the_old_password_and_address_let_nobody_in_and_the_address_is_free(self, cast, client):
        close_account(cast.admin, cast.teacher)
        for login in ("tariq@homeroom.test", f"closed-{cast.teacher.pk}@account.invalid"):
            answer = client.post("/accounts/login/", {"login": login, "password": "correct horse battery"})
            assert answer.status_code == 200
        assert client.get("/").status_code == 302
        User.objects.create_user("tariq@homeroom.test", given_name="Tariq", role=Role.TEACHER)

    def test_a_photo_is_deleted_with_the_account_and_not_before(self, cast, settings, tmp_path, published):
        settings.MEDIA_ROOT = tmp_path
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos/tariq.webp").write_bytes(b"picture")
        User.objects.filter(pk=cast.teacher.pk).update(photo="photos/tariq.webp")
        with published():
            close_account(cast.admin, cast.teacher)
            assert (tmp_path / "photos/tariq.webp").exists()
        assert not (tmp_path / "photos/tariq.webp").exists()

    def test_it_is_confirmed_to_the_address_that_they_had(self, cast, mailoutbox, published):
        with published():
            close_account(cast.teacher, cast.teacher)
        (mail,) = mailoutbox
        assert mail.to == ["tariq@homeroom.test"]
        assert "as you asked" in mail.body
        with published():
            close_account(cast.admin, cast.staff)
        assert "was closed by the academy" in mailoutbox[1].body

    def test_files_that_were_never_sent_and_what_was_read_go(self, cast, thread):
        send_message(cast.teacher, thread, "read until here")
        close_account(cast.admin, cast.teacher)
        assert not Participant.objects.filter(user=cast.teacher).exists()


class TestWhatStays:
    def test_texts_stay_under_another_name_wherever_a_name_stands(self, cast, client_for, thread):
        first = send_message(cast.teacher, thread, "my own words", "everyone")
        pin_message(cast.staff, first)
        send_message(cast.staff, thread, "a reply to it", "everyone", reply_to=first)
        send_message(cast.staff, thread, "ask @Tariq Teacher or @Sofia Second", "everyone")
        add_reaction(cast.teacher, send_message(cast.staff, thread, "agreed?", "everyone"), "👍")
        close_account(cast.teacher, cast.teacher)
        page = client_for(cast.amina_user).get("/").content.decode()
        assert "my own words" in page
        assert "a reply to it" in page
        assert page.count("Former member") >= 5
        assert "Sofia Second" in page
        assert "Tariq" not in page

    def test_in_a_text_of_before_a_longer_name_is_somebody_elses(self, cast, thread):
        name = cast.teacher.full_name
        message = send_message(cast.staff, thread, f"@{name} and @{name}son", "staff")
        edit_message(cast.staff, message, f"@{name}, please")
        close_account(cast.teacher, cast.teacher)
        (before,) = message.revisions.all()
        assert before.body == f"@Former member and @{name}son"

    def test_the_mention_is_still_one_and_another_of_the_same_name_keeps_theirs(self, cast, thread):
        namesake = User.objects.create(email="t2@x.test", given_name="Tariq", family_name="Teacher", role=Role.STAFF)
        both = send_message(cast.staff, thread, "@Tariq Teacher, hello")
        assert len(both.mentions.all()) == 2
        alone = send_message(cast.staff, thread, "well, @Sofia Second and @Tessa Other")
        close_account(cast.admin, cast.teacher)
        both.refresh_from_db()
        assert both.body == "@Tariq Teacher, hello"
        assert [meant for _, _, meant in mentions.spans(both.body, both.mentions.all())] == [[namesake.pk]]
        assert forget_stragglers() == 0
        close_account(cast.admin, cast.staff2)
        alone.refresh_from_db()
        assert alone.body == "well, @Former member and @Tessa Other"
        assert [meant for _, _, meant in mentions.spans(alone.body, alone.mentions.all())] == [[cast.staff2.pk]]

    def test_open_pages_learn_of_it_as_of_any_change(self, cast, thread, published):
        first = send_message(cast.teacher, thread, "one", "everyone")
        reply = send_message(cast.staff, thread, "two", "everyone", reply_to=first)
        other = send_message(cast.staff, thread, "three", "everyone")
        hidden = send_message(cast.teacher, thread, "four")
        thread.refresh_from_db()
        student, staff = Cursor(thread.clock, None), Cursor(thread.clock, thread.staff_clock)
        with published():
            close_account(cast.admin, cast.teacher)
        heard = {(channel, text.split("\n")[0]) for channel, text in published if "catch-up" in text}
        assert heard == {(f"student-{cast.amina.pk}{end}", f"event: catch-up-{thread.pk}") for end in ("", "-staff")}
        thread.refresh_from_db()
        assert [row.pk for row in catch_up(cast.amina_user, thread, student).messages] == [first.pk, reply.pk]
        news = catch_up(cast.staff, thread, staff)
        assert [row.pk for row in news.messages] == [first.pk, reply.pk, hidden.pk]
        assert news.cursor == Cursor(thread.clock, thread.staff_clock)
        other.refresh_from_db()
        assert other.version == 3
        # The clock goes on from there, without a hole.
        assert send_message(cast.staff, thread, "five", "everyone").version == thread.clock + 1
        for audience in ("everyone", "staff"):
            versions = list(thread.messages.filter(audience=audience).values_list("version", flat=True))
            assert len(set(versions)) == len(versions)

    def test_the_student_s_record_stays_the_academy_s(self, cast, client_for):
        close_account(cast.amina_user, cast.amina_user)
        amina = Student.objects.get(pk=cast.amina.pk)
        assert (amina.given_name, amina.email, amina.user) == ("Amina", "amina@homeroom.test", None)
        page = client_for(cast.staff).get(f"/students/{amina.pk}/")
        assert page.status_code == 200
        assert "Amina Diallo" in page.content.decode()

    def test_a_direct_conversation_can_be_read_and_not_written_in(self, cast, client_for):
        talk = open_direct(cast.teacher, cast.staff)
        send_message(cast.teacher, talk, "between us")
        close_account(cast.teacher, cast.teacher)
        client = client_for(cast.staff)
        page = client.get(f"/conversations/{talk.pk}/").content.decode()
        assert "between us" in page
        assert "Former member" in page
        assert "no longer write in it" in page
        assert client.post(f"/conversations/{talk.pk}/messages/", {"body": "hello?"}).status_code == 403
        assert "Former member" in client.get("/messages/").content.decode()

    def test_nobody_is_offered_a_former_member(self, cast, thread):
        close_account(cast.admin, cast.staff2)
        assert not contacts(cast.staff).filter(pk=cast.staff2.pk).exists()
        assert not mentions.complete(thread, "staff", "For", cast.staff).exists()
        assert not list(send_message(cast.staff, thread, "@Former member?").mentions.all())

    def test_exports_and_the_search_call_them_so(self, cast, client_for, thread):
        send_message(cast.teacher, thread, "remarkable words", "everyone")
        close_account(cast.admin, cast.teacher)
        client = client_for(cast.staff)
        for form in ("text", "json"):
            export = client.post(f"/conversations/{thread.pk}/export/", {"format": form})
            text = b"".join(export.streaming_content).decode()
            assert "remarkable words" in text
            assert "Former member" in text
            assert "Tariq" not in text
        found = client.get("/conversations/search/", {"q": "remarkable"}).content.decode()
        assert "Former member" in found
        assert "Tariq" not in found

    def test_what_they_were_in_charge_of_is_told_to_who_closes_it(self, cast):
        (work,) = close_account(cast.admin, cast.teacher)
        assert (work.kind, work.title) == ("Batch", "Algebra: Algebra A")
        cast.batch.refresh_from_db()
        assert cast.batch.teacher.full_name == "Former member"


class TestWho:
    @pytest.mark.parametrize(
        ("actor", "person", "may"),
        [
            ("amina_user", "amina_user", True),
            ("teacher", "teacher", True),
            ("staff", "staff", True),
            ("admin", "amina_user", True),
            ("admin", "staff", True),
            ("staff", "teacher", False),
            ("staff", "amina_user", False),
            ("teacher", "amina_user", False),
            ("amina_user", "bruno_user", False),
            ("amina_user", "admin", False),
        ],
    )
    def test_everybody_closes_their_own_account_and_admins_any(self, cast, actor, person, may):
        actor, person = getattr(cast, actor), getattr(cast, person)
        if may:
            close_account(actor, person)
        else:
            with pytest.raises(PermissionDenied):
                close_account(actor, person)
        person.refresh_from_db()
        assert bool(person.closed) == may

    def test_the_only_admin_stays(self, cast):
        with pytest.raises(ValidationError, match="only admin"):
            close_account(cast.admin, cast.admin)
        User.objects.create(email="a2@x.test", given_name="A", role=Role.ADMIN, is_active=False)
        with pytest.raises(ValidationError, match="only admin"):
            close_account(cast.admin, cast.admin)
        User.objects.filter(given_name="A").update(is_active=True)
        close_account(cast.admin, cast.admin)

    def test_closing_twice_closes_once_and_it_is_recorded_without_a_name(self, cast):
        close_account(cast.admin, cast.teacher)
        close_account(cast.admin, cast.teacher)
        entry = AuditEntry.objects.get(verb="user.closed")
        assert (entry.actor, entry.thing_id) == (cast.admin, cast.teacher.pk)
        assert not any(name in json.dumps(entry.detail) for name in NAMES)

    def test_two_admins_who_close_each_other_and_posts_meanwhile_end_in_order(self, elsewhere):
        assert elsewhere("tests.accounts.race_closing") == ["settled"]

    def test_what_it_costs_does_not_grow_with_what_was_written(self, cast, thread):
        counts = []
        for person, number in ((cast.teacher, 3), (cast.teacher2, 60)):
            talk = cast.chloe.conversation if person == cast.teacher2 else thread
            for n in range(number):
                send_message(person, talk, f"{n}")
            with CaptureQueriesContext(connection) as queries:
                close_account(cast.admin, person)
            counts.append(len(queries))
        assert counts[0] == counts[1]


def said_in_the_database() -> set[str]:
    """The tables and columns in which some text has the teacher's name or address."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if "fts" in table or table.startswith("sqlite"):
                continue
            for column in connection.introspection.get_table_description(cursor, table):
                like = f'SELECT COUNT(*) FROM "{table}" WHERE CAST("{column.name}" AS TEXT) LIKE %s'
                for name in NAMES:
                    cursor.execute(like, [f"%{name}%"])
                    if cursor.fetchone()[0]:
                        found.add(f"{table}.{column.name}")
    return found


def test_every_conversation_and_message_of_theirs_is_still_there(cast, thread):
    send_message(cast.teacher, thread, "one")
    before = (Conversation.objects.count(), Message.objects.count())
    close_account(cast.admin, cast.teacher)
    assert (Conversation.objects.count(), Message.objects.count()) == before
    assert Message.objects.get().author == cast.teacher


class TestThePage:
    URL = "/accounts/settings/closing/"

    def test_it_says_what_goes_and_what_stays(self, cast, client_for):
        page = client_for(cast.amina_user).get(self.URL).content.decode()
        for words in ("What goes", "Your name, e-mail address", "What stays", "Former member", "Your student record"):
            assert words in page
        page = client_for(cast.teacher).get(self.URL).content.decode()
        assert "Algebra: Algebra A" in page
        assert "Your student record" not in page

    def test_the_wrong_address_is_said_at_its_field_and_kept(self, cast, client_for):
        answer = client_for(cast.amina_user).post(self.URL, {"address": "bruno@homeroom.test"})
        assert answer.status_code == 422
        assert "the address of the account" in answer.content.decode()
        assert 'value="bruno@homeroom.test"' in answer.content.decode()
        assert client_for(cast.amina_user).post(self.URL, {}).status_code == 422
        cast.amina_user.refresh_from_db()
        assert cast.amina_user.is_active

    def test_it_is_closed_once_the_password_was_typed_too(self, cast, client_for, published):
        client = client_for(cast.amina_user, fresh=False)
        asked = client.post(self.URL, {"address": "Amina@Homeroom.test"})
        assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
        wrong = client.post(asked.headers["Location"], {"password": "wrong", "next": self.URL})
        assert wrong.status_code == 200
        cast.amina_user.refresh_from_db()
        assert not cast.amina_user.closed
        with published():
            done = client.post(asked.headers["Location"], {"password": "correct horse battery", "next": self.URL})
        assert done.headers["Location"] == "/accounts/login/"
        cast.amina_user.refresh_from_db()
        assert cast.amina_user.closed
        assert "Your account is closed" in client.get("/accounts/login/").content.decode()
        assert client.get("/").status_code == 302

    def test_the_only_admin_is_told_what_to_do_first(self, cast, client_for):
        client = client_for(cast.admin)
        answer = client.post(self.URL, {"address": cast.admin.email})
        assert answer.status_code == 422
        assert "Make somebody else an admin first" in answer.content.decode()

    def test_nobody_closes_another_person_s(self, cast, client_for, client):
        user = client_for(cast.amina_user)
        user.post(self.URL, {"address": cast.amina_user.email, "user": cast.bruno_user.pk, "pk": cast.bruno_user.pk})
        assert list(User.objects.exclude(closed=None)) == [cast.amina_user]
        assert client.post(self.URL, {"address": cast.bruno_user.email}).status_code == 401


def test_who_comes_back_is_invited_to_the_same_record(cast, published):
    close_account(cast.amina_user, cast.amina_user)
    amina = Student.objects.get(pk=cast.amina.pk)
    invite_one(cast.staff, amina, "http://testserver")
    invitation = Student.objects.get(pk=cast.amina.pk).invitation
    token = invitation.new_token()
    invitation.save()
    again = accept(token, Newcomer("Amina", "Diallo", "quiet river stone"))
    assert Student.objects.get(pk=cast.amina.pk).user == again
    assert again.pk != cast.amina_user.pk


def test_no_invitation_keeps_their_address_and_one_that_is_open_ends(cast, published):
    email, names = cast.amina_user.email, {"given_name": "Amina", "family_name": "Diallo"}
    made = {"email": email, "role": "student", "expires": timezone.now(), **names}
    old = Invitation.objects.create(token_hash="old", revoked=timezone.now(), **made)
    unfinished = Invitation.objects.create(token_hash="open", **made)
    other = Invitation.objects.create(token_hash="other", **made | {"email": "other@home.test"})
    close_account(cast.amina_user, cast.amina_user)
    for invitation in (old, unfinished):
        invitation.refresh_from_db()
        assert (invitation.email, invitation.given_name, invitation.state) == (
            f"closed-{cast.amina_user.pk}@account.invalid",
            "",
            "revoked",
        )
    other.refresh_from_db()
    assert (other.email, other.given_name, other.state) == ("other@home.test", "Amina", "expired")
