"""Who did what: all of it is written, none of it is changed, and it is found again."""

import ast
import csv
import datetime
import io
import json
import uuid
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import audit
from apps.accounts.audit_labels import registered, sentence
from apps.accounts.closing import close_account
from apps.accounts.models import AuditEntry, User
from apps.billing.models import Invoice, Payment
from apps.conversations.actions import send_message
from apps.core.academy_calendar import academy_today
from apps.students.models import Student

LIST = "/admin/accounts/auditentry/"
ADDRESS = "192.0.2.44"
DAY = datetime.date(2026, 10, 1)


def invoice(cast) -> Invoice:
    return Invoice.objects.create(student=cast.amina, number="N1", amount=100, due_on=DAY, description="Fee")


def payment(cast) -> Payment:
    invoice(cast)
    return Payment.objects.create(student=cast.amina, amount=Decimal(5), reference="from Mrs Diallo")


def message(cast, who="staff"):
    return send_message(getattr(cast, who), cast.amina.conversation, "Amina's words", "everyone")


# Who does what on which page | what the audit has then: the verb, and the thing that it was done to.
DEEDS = {
    "a student is added": (
        "staff",
        lambda c: ("/students/new/", {"code": "N1", "given_name": "Nia", "status": "active"}),
        ("student.created", lambda c: Student.objects.get(code="N1")),
    ),
    "a student's record is changed": (
        "teacher",
        lambda c: (f"/students/{c.amina.pk}/edit/", {"code": "S001", "given_name": "Amina", "status": "paused"}),
        ("student.updated", lambda c: c.amina),
    ),
    "a student is put in a batch": (
        "staff",
        lambda c: (
            f"/batches/{c.batch.pk}/students/",
            {"student": Student.objects.create(code="S9", given_name="N").pk},
        ),
        ("student.added", lambda c: c.batch),
    ),
    "a student is moved": (
        "staff",
        lambda c: (f"/batches/{c.batch.pk}/students/{c.amina.pk}/move/", {"batch": c.batch2.pk}),
        ("student.moved", lambda c: c.batch),
    ),
    "a student is taken out": (
        "staff",
        lambda c: (f"/batches/{c.batch.pk}/students/{c.amina.pk}/removal/", {}),
        ("student.removed", lambda c: c.batch),
    ),
    "a payment is recorded": (
        "staff",
        lambda c: (
            f"/payments/students/{invoice(c).student_id}/",
            {
                "amount": "5",
                "currency": "EUR",
                "method": "cash",
                "received_on": str(academy_today()),
                "client_key": str(uuid.uuid4()),
            },
        ),
        ("payment.recorded", lambda c: Payment.objects.get()),
    ),
    "a payment is taken back": (
        "admin",
        lambda c: (f"/payments/{payment(c).pk}/reversal/", {"reason": "Recorded twice"}),
        ("payment.taken_back", lambda c: Payment.objects.get()),
    ),
    "an invoice is removed": (
        "admin",
        lambda c: (f"/admin/billing/invoice/{invoice(c).pk}/delete/", {"post": "yes"}),
        ("invoice.removed", None),
    ),
    "a student is deleted": (
        "admin",
        lambda c: (f"/admin/students/student/{c.chloe.pk}/delete/", {"post": "yes"}),
        ("student.deleted", None),
    ),
    "several enrollments are deleted": (
        "admin",
        lambda c: (
            "/admin/courses/enrollment/",
            {
                "action": "delete_selected",
                "post": "yes",
                "_selected_action": list(c.amina.enrollments.values_list("pk", flat=True)),
            },
        ),
        ("enrollment.deleted", None),
    ),
    "another's message is deleted": (
        "staff2",
        lambda c: (f"/admin/conversations/message/{message(c).pk}/delete/", {"post": "yes"}),
        ("message.deleted", lambda c: c.amina.conversation.messages.get()),
    ),
    "a conversation is closed": (
        "staff",
        lambda c: (f"/conversations/{c.amina.conversation_id}/lock/", {}),
        ("conversation.locked", lambda c: c.amina.conversation),
    ),
    "a conversation is exported": (
        "staff",
        lambda c: (f"/conversations/{c.amina.conversation_id}/export/", {}),
        ("conversation.exported", lambda c: c.amina.conversation),
    ),
    "a group gets permissions": (
        "admin",
        lambda c: ("/admin/auth/group/add/", {"name": "Office", "permissions": [1, 2]}),
        ("group.created", lambda c: Group.objects.get()),
    ),
    "somebody is deactivated": (
        "staff",
        lambda c: (f"/people/{c.teacher.pk}/deactivation/", {}),
        ("user.deactivated", lambda c: c.teacher),
    ),
    "a role is changed": (
        "admin",
        lambda c: (f"/people/{c.staff2.pk}/role/", {"role": "admin"}),
        ("user.role-changed", lambda c: c.staff2),
    ),
    "an admin looks as another": (
        "admin",
        lambda c: (f"/people/{c.teacher.pk}/look/", {}),
        ("look.started", lambda c: c.teacher),
    ),
    "somebody is invited": (
        "staff",
        lambda c: ("/accounts/invitations/new/", {"role": "teacher", "addresses": "new@x.test"}),
        ("invitation.sent", lambda c: c.staff.sent_invitations.get()),
    ),
    "the audit is exported": ("admin", lambda c: (f"{LIST}export/", {}), ("audit.exported", None)),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_done_is_written_with_who_did_it_to_what_and_from_where(cast, client_for, deed):
    who, ask, (verb, thing) = DEEDS[deed]
    if who == "staff2":
        cast.staff2.user_permissions.add(*Permission.objects.filter(codename__in=["delete_message", "view_message"]))
    client = client_for(getattr(cast, who))
    url, data = ask(cast)
    started = AuditEntry.objects.count()
    answer = client.post(url, data, REMOTE_ADDR=ADDRESS)
    assert answer.status_code in {200, 201, 302}
    entries = list(AuditEntry.objects.order_by("pk")[started:])
    assert [(entry.verb, entry.actor, entry.address) for entry in entries] == [(verb, getattr(cast, who), ADDRESS)]
    if thing:
        assert entries[0].thing == thing(cast)
    text = json.dumps(entries[0].detail)
    for personal in ("Amina", "Diallo", "Chloe", "Tariq", "words", "@", "S001", "Mrs"):
        assert personal not in text, text


def test_an_admin_who_is_made_by_a_command_is_written_down_too(db):
    call_command("createsuperuser", interactive=False, email="new@x.test", given_name="New", verbosity=0)
    entry = AuditEntry.objects.get(verb="user.created")
    assert (entry.actor, entry.address) == (None, None)
    assert entry.thing.role == "admin"


def test_what_is_refused_or_fails_leaves_no_entry(cast, client_for):
    client_for(cast.amina_user).post(f"/people/{cast.bruno_user.pk}/deactivation/")
    client_for(cast.staff).post("/students/new/", {"code": "S001", "given_name": "Twice", "status": "active"})
    client_for(cast.staff).post(f"/students/{cast.amina.pk}/edit/", {"code": ""})
    assert not AuditEntry.objects.exists()


def test_every_verb_that_is_written_has_words():
    """In all of the code: what is recorded as a literal is in the table, and the table has nothing else."""
    known, written = registered(), set()
    for path in Path("apps").rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in known and path.name != "audit_labels.py":
                written.add(node.value)
            recorded = isinstance(node, ast.Call) and ast.unparse(node.func) in {"audit.record", "audit.record_many"}
            if recorded and isinstance(node.args[1], ast.Constant):
                assert node.args[1].value in known, f"{path}: {node.args[1].value}"
    # What a migration wrote, and what earlier releases did.
    assert set(known) - written == {"user.address-duplicate", "user.address-unusable", "address.locked"}


def test_a_verb_nobody_knows_says_itself():
    assert sentence("course.created") == "created a course"
    assert sentence("usersession.deleted") == "deleted a session"
    assert sentence("nobody.knows") == "nobody.knows"


def test_the_database_refuses_to_change_or_delete_what_was_written(unmigrated):
    assert unmigrated("tests.accounts.append_only") == ["kept"]


class TestFinding:
    @pytest.fixture
    def found(self, cast, client_for):
        client = client_for(cast.admin)

        def find(text: str = "", **more) -> set[str]:
            page = client.get(LIST, {"q": text, **more})
            assert page.status_code == 200
            return {entry.verb for entry in page.context["cl"].result_list}

        return find

    @pytest.fixture(autouse=True)
    def _entries(self, cast):
        def at(moment, actor, verb, thing=None, address=None):
            moment = datetime.datetime.fromisoformat(moment)
            AuditEntry.objects.create(actor=actor, verb=verb, thing=thing, address=address, at=moment)

        at("2026-11-01T10:00Z", cast.staff, "batch.changed", cast.batch, "192.0.2.7")
        at("2026-11-02T10:00Z", cast.teacher, "student.updated", cast.amina, "2001:db8::7")
        at("2026-12-03T23:30Z", None, "user.sign-in-failed", cast.bruno_user, "192.0.2.70")
        at("2026-12-04T10:00Z", User(pk=999_999), "message.deleted", None)

    @pytest.mark.parametrize(
        ("text", "verbs"),
        [
            ("sam", {"batch.changed"}),
            ("tariq@homeroom", {"student.updated"}),
            ("bruno", {"user.sign-in-failed"}),
            ("failed to", {"user.sign-in-failed"}),
            ("changed", {"batch.changed", "student.updated"}),
            ("student.updated", {"student.updated"}),
            ("batch", {"batch.changed"}),
            ("192.0.2.7", {"batch.changed"}),
            ("192.0.2.0/24", {"batch.changed", "user.sign-in-failed"}),
            ("2001:db8:0::7", {"student.updated"}),
            ("2026-11-02", {"student.updated"}),
            ("2026-11", {"batch.changed", "student.updated"}),
            ("2026-12", {"user.sign-in-failed", "message.deleted"}),
            ("2026-13", set()),
            ("2026-02-30", set()),
            ("9999-12", set()),
            ("999999", {"message.deleted"}),
            ("sam 2026-11-02", set()),
            ("tariq student 2026-11", {"student.updated"}),
            ("zzz", set()),
            ("%", set()),
            ("1.2.3.4/0", set()),
            ("٣", set()),
            ("9" * 30, set()),
        ],
    )
    def test_by_who_what_which_thing_where_and_when(self, found, text, verbs):
        assert found(text) == verbs

    def test_by_the_number_of_a_thing(self, cast, found):
        assert "batch.changed" in found(str(cast.batch.pk))
        assert found(f"{cast.batch.pk} batch") >= {"batch.changed"}
        assert found(f"Batch {cast.batch.pk}") == {"batch.changed"}
        assert found(f"batch {cast.batch.pk} sam") == {"batch.changed"}
        assert found(f"batch {cast.batch.pk + 1}") == set()

    def test_a_day_is_one_of_the_reader_s_clock(self, cast, found):
        User.objects.filter(pk=cast.admin.pk).update(time_zone="Asia/Tokyo")
        assert found("2026-12-04") == {"user.sign-in-failed", "message.deleted"}

    def test_filters(self, cast, found):
        from django.contrib.contenttypes.models import ContentType

        assert found(verb="batch.changed") == {"batch.changed"}
        assert found(thing=ContentType.objects.get_for_model(Student).pk) == {"student.updated"}
        assert found(thing="x") == {"batch.changed", "student.updated", "user.sign-in-failed", "message.deleted"}

    def test_who_and_what_are_gone_is_said(self, cast, client_for):
        page = client_for(cast.admin).get(LIST).content.decode()
        assert "somebody who was deleted, #999999" in page
        assert "nobody signed in" in page
        assert "failed to sign in" in page
        assert f"/admin/students/student/{cast.amina.pk}/change/" in page
        close_account(cast.teacher, cast.teacher)
        assert "Former member" in client_for(cast.admin).get(LIST).content.decode()

    def test_an_entry_of_somebody_and_something_deleted_opens(self, cast, client_for):
        entry = AuditEntry.objects.get(verb="message.deleted")
        page = client_for(cast.admin).get(f"{LIST}{entry.pk}/change/")
        assert page.status_code == 200
        assert "#999999" in page.content.decode()


class TestTheFile:
    def rows(self, client, **query) -> list[dict[str, str]]:
        assert client.get(f"{LIST}export/", query).status_code == 405
        answer = client.post(f"{LIST}export/?{urlencode(query)}")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        text = b"".join(answer.streaming_content).decode()
        return list(csv.DictReader(io.StringIO(text)))

    def test_what_the_list_shows_is_taken_away_and_that_is_written_too(self, cast, client_for):
        audit.record(cast.staff, "payment.recorded", cast.amina, amount="5.00")
        audit.record(cast.teacher, "student.updated", cast.bruno)
        client = client_for(cast.admin)
        (row,) = self.rows(client, q="sam")
        assert (row["name"], row["verb"], row["thing"], row["thing_id"]) == (
            "Sam Staff",
            "payment.recorded",
            "student",
            str(cast.amina.pk),
        )
        assert json.loads(row["detail"]) == {"amount": "5.00"}
        entry = AuditEntry.objects.get(verb="audit.exported")
        assert (entry.actor, entry.detail) == (cast.admin, {"filters": ["q"]})
        assert [row["verb"] for row in self.rows(client)][-2:] == ["student.updated", "payment.recorded"]

    def test_no_name_is_a_formula(self, cast, client_for):
        User.objects.filter(pk=cast.staff.pk).update(given_name='=HYPERLINK("x")')
        audit.record(User.objects.get(pk=cast.staff.pk), "payment.recorded", cast.amina)
        (row,) = self.rows(client_for(cast.admin), verb="payment.recorded")
        assert row["name"].startswith("'=")

    @pytest.mark.parametrize(("who", "status"), [("staff", 403), ("teacher", 403), ("amina_user", 403)])
    def test_it_is_for_who_may_see_the_audit(self, cast, client_for, who, status):
        assert client_for(getattr(cast, who)).post(f"{LIST}export/", follow=True).status_code == status
        assert not AuditEntry.objects.exists()

    def test_staff_who_may_see_it_may_take_it(self, cast, client_for):
        cast.staff.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
        assert self.rows(client_for(cast.staff))

    def test_it_asks_as_little_for_many_as_for_few(self, cast, client_for):
        counts = []
        for number in (5, 900):
            for n in range(number):
                audit.record([cast.staff, cast.teacher][n % 2], "student.updated", cast.amina)
            with CaptureQueriesContext(connection) as queries:
                self.rows(client_for(cast.admin))
            counts.append(len(queries))
        assert counts[0] == counts[1]


def test_what_allauth_and_django_bring_is_looked_at_in_the_admin_and_not_changed_past_the_audit(cast, client_for):
    client = client_for(cast.admin)
    for name in ("account/emailaddress", "usersessions/usersession", "mfa/authenticator"):
        assert client.get(f"/admin/{name}/", {"q": "sam"}).status_code == 200
        assert client.get(f"/admin/{name}/add/").status_code == 403
