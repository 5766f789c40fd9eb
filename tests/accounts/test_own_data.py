"""Everybody gets all that is kept about them, as one file, and nothing of anybody else."""

import datetime
import gc
import io
import json
import tracemalloc
import zipfile
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile

from apps.accounts import own_data
from apps.accounts.models import AuditEntry, User
from apps.billing.actions import issue_invoice, record_payment
from apps.conversations.actions import add_reaction, delete_message, open_direct, send_message
from apps.conversations.history import Line, add_history
from apps.core import limits
from tests.factories import attachment, stored_file

URL = "/accounts/settings/data/"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _counts(monkeypatch):
    monkeypatch.setattr(limits, "_counts", limits.Counts(""))


@pytest.fixture
def thread(cast):
    return cast.amina.conversation


def unpack(pieces) -> tuple[dict, dict[str, bytes]]:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    files = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(files.pop("data.json")), files


def data_of(person: User) -> dict:
    return unpack(own_data.export(person))[0]


class TestWhatIsInIt:
    def test_a_student_gets_record_courses_bills_and_own_words(self, cast, thread):
        send_message(cast.amina_user, thread, "my question")
        issue_invoice(cast.staff, cast.amina, Decimal("120"), datetime.date(2026, 1, 1), "Fees")
        record_payment(cast.staff, cast.amina, Decimal("20"))
        data = data_of(cast.amina_user)
        assert data["format"] == "homeroom-person"
        assert data["account"]["profile"]["email"] == "amina@homeroom.test"
        assert [message["text"] for message in data["conversations"]["messages"]] == ["my question"]
        assert data["student"]["record"]["code"] == "S001"
        assert [row["batch"] for row in data["courses"]["enrollments"]] == ["Algebra A"]
        assert [row["amount"] for row in data["billing"]["invoices"]] == ["120.00"]
        assert [row["amount"] for row in data["billing"]["payments"]] == ["20.00"]

    def test_nothing_that_others_wrote_is_in_it(self, cast, thread):
        send_message(cast.amina_user, thread, "mine")
        note = send_message(cast.staff, thread, "between staff about Amina")
        send_message(cast.staff, thread, "for Amina", "everyone", reply_to=None)
        send_message(cast.teacher, thread, "@Amina Diallo, well done", "everyone")
        cast.amina.note = "what teachers know of her"
        cast.amina.save()
        for person in (cast.amina_user, cast.bruno_user, cast.outsider):
            text = json.dumps(data_of(person))
            for words in (note.body, "for Amina", "well done", "what teachers know", "Sam", "Tariq"):
                assert words not in text, (person, words)
        assert "mine" not in json.dumps(data_of(cast.bruno_user))

    def test_own_words_are_there_as_far_as_their_author_may_still_read_them(self, cast, thread):
        send_message(cast.teacher, thread, "among us")
        send_message(cast.teacher, open_direct(cast.teacher, cast.staff), "between two")
        gone = send_message(cast.teacher, thread, "regretted")
        delete_message(cast.teacher, gone)
        add_reaction(cast.teacher, send_message(cast.staff, thread, "fine?"), "👍")
        data = data_of(cast.teacher)["conversations"]
        assert [(row["text"], row["audience"]) for row in data["messages"]] == [
            ("among us", "staff"),
            ("between two", "everyone"),
            (None, "staff"),
        ]
        assert [row["emoji"] for row in data["reactions"]] == ["👍"]
        cast.batch.teacher = None
        cast.batch.save()
        data = data_of(cast.teacher)["conversations"]
        assert [row["text"] for row in data["messages"]] == ["between two"]
        assert data["reactions"] == []

    def test_what_staff_wrote_for_staff_is_not_given_to_who_is_a_student_now(self, cast, thread):
        send_message(cast.staff, thread, "for staff alone")
        User.objects.filter(pk=cast.staff.pk).update(role="student")
        cast.amina.user = None
        cast.amina.save()
        type(cast.amina).objects.filter(pk=cast.amina.pk).update(user=cast.staff)
        assert "for staff alone" not in json.dumps(data_of(User.objects.get(pk=cast.staff.pk)))

    def test_files_are_there_under_the_number_that_the_message_names(self, cast, thread, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        message = send_message(cast.amina_user, thread, "see here")
        mine, lost = (
            attachment(message=message, file=stored_file(name=name, file=ContentFile(b"words", "x")))
            for name in ("../odd: name.txt", "lost.txt")
        )
        lost.file.file.storage.delete(lost.file.file.name)
        theirs = send_message(cast.staff, thread, "theirs", "everyone")
        attachment(message=theirs, file=stored_file(name="theirs.txt", file=ContentFile(b"staff", "x")))
        data, files = unpack(own_data.export(cast.amina_user))
        assert data["conversations"]["messages"][0]["files"] == [mine.pk, lost.pk]
        assert {name: content for name, content in files.items() if name != "README.txt"} == {
            f"files/conversations/{mine.pk}/_/odd_ name.txt": b"words"
        }

    def test_the_history_says_what_one_did_and_what_was_done_with_the_account(self, cast):
        client_address = "192.0.2.7"
        AuditEntry.objects.create(
            actor=cast.admin, verb="user.role-changed", thing=cast.amina_user, address=client_address
        )
        AuditEntry.objects.create(actor=None, verb="user.sign-in-failed", thing=cast.amina_user, address="192.0.2.8")
        AuditEntry.objects.create(actor=cast.admin, verb="batch.created", thing=cast.batch)
        rows = data_of(cast.amina_user)["account"]["history"]
        assert [(row["what"], row["by"], row["address"]) for row in rows] == [
            ("user.role-changed", "the academy", None),
            ("user.sign-in-failed", "nobody known", "192.0.2.8"),
            ("user.exported", "you", None),
        ]

    def test_no_secret_is_in_it(self, cast):
        from allauth.mfa.models import Authenticator

        Authenticator.objects.create(user=cast.amina_user, type="totp", data={"secret": "JBSWY3DP"})
        text = json.dumps(data_of(cast.amina_user))
        assert "totp" in text
        assert "JBSWY3DP" not in text
        assert cast.amina_user.password not in text


class TestThePage:
    def test_it_asks_once_more_who_it_is_and_then_gives_the_file(self, cast, client_for):
        client = client_for(cast.amina_user, fresh=False)
        for answer in (client.get(URL), client.post(URL)):
            assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
        assert not AuditEntry.objects.filter(verb="user.exported").exists()
        client = client_for(cast.amina_user)
        assert client.get(URL).status_code == 200
        answer = client.post(URL, REMOTE_ADDR="192.0.2.1")
        assert answer.headers["Content-Type"] == "application/zip"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Amina Diallo" in answer.headers["Content-Disposition"]
        data, _ = unpack(answer.streaming_content)
        assert data["account"]["profile"]["given_name"] == "Amina"
        entry = AuditEntry.objects.get(verb="user.exported")
        assert (entry.actor, entry.thing, entry.address) == (cast.amina_user, cast.amina_user, "192.0.2.1")

    def test_looking_at_the_page_exports_nothing(self, cast, client_for):
        client = client_for(cast.amina_user)
        client.get(URL)
        client.head(URL)
        assert not AuditEntry.objects.filter(verb="user.exported").exists()

    def test_it_can_not_be_had_over_and_over(self, cast, client_for, one_window):
        client = client_for(cast.amina_user)
        answers = [client.post(URL).status_code for _ in range(21)]
        assert answers == [200] * 20 + [429]
        assert client_for(cast.bruno_user).post(URL).status_code == 200

    def test_everybody_has_it_and_strangers_do_not(self, cast, client, client_for):
        for who in ("admin", "staff", "teacher", "amina_user", "outsider"):
            assert client_for(getattr(cast, who)).post(URL).status_code == 200
        assert client.get(URL).headers["Location"].startswith("/accounts/login/")
        assert client.post(URL).status_code == 401


def test_many_messages_need_little_memory(cast, thread):
    at = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    lines = [Line(cast.staff, f"{n} " + "word " * 40, at) for n in range(12_000)]
    add_history(thread, lines)
    del lines
    # What other tests left behind would make Python wait longer before it collects what this one has thrown away.
    gc.collect()
    gc.freeze()
    gc.collect()
    tracemalloc.start()
    size = sum(len(piece) for piece in own_data.export(cast.staff))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.unfreeze()
    assert size > 60_000
    # All of them at once would take 17 million bytes more, as rows alone.
    assert most < 25_000_000
