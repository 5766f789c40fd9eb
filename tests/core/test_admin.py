"""The admin: every model, for those who may, without a query per row, and through the same actions as the pages."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import audit
from apps.accounts.models import AuditEntry, Role, Tries, Upload, User
from apps.billing.models import Invoice, InvoiceSeries, Payment
from apps.conversations.actions import send_message
from apps.conversations.models import (
    Attachment,
    Audience,
    Conversation,
    Mention,
    Message,
    Pair,
    Reaction,
    Revision,
)
from apps.courses import actions as courses
from apps.courses.models import Batch, Course, Enrollment
from apps.courses.models.clock import ClockMark
from apps.students.models import Student, StudentImport
from tests.doors.house import untouched
from tests.factories import ROWS

# Seen with the message or the conversation that they are a part of; wrong tries are counted by hashes that say nothing,
# and what somebody sent up by its size alone; until when ends by the clock were told is one moment.
PARTS = {Attachment, ClockMark, Mention, Pair, Reaction, Revision, Tries, Upload}
OURS = [model for model in apps.get_models() if model.__module__.startswith("apps.") and model not in PARTS]
DAY = datetime.date(2026, 10, 1)


def names(models):
    return [f"{model._meta.app_label}/{model._meta.model_name}" for model in models]


def list_url(model):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def url(thing, verb="change"):
    return f"{list_url(thing)}{thing.pk}/{verb}/"


def fields_of(client, path):
    """What a form sends when nothing was touched, read from the page."""
    form = client.get(path).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None and name != "password"}


def more_rows(model, number):
    """That many rows more, each related to others than the last one was."""
    for _ in range(number):
        ROWS[model]()


@pytest.fixture
def client(cast, client_for):
    return client_for(cast.admin)


class TestWho:
    def test_it_bears_homerooms_name(self, client):
        page = client.get("/admin/").content.decode()
        assert "Homeroom" in page
        assert "Django" not in page

    def test_every_model_is_there(self, client):
        assert set(OURS) <= set(admin.site._registry)
        page = client.get("/admin/").content.decode()
        assert all(list_url(model) in page for model in OURS)

    @pytest.mark.parametrize("who", ["teacher", "amina_user", "outsider"])
    def test_teachers_and_students_get_no_admin(self, cast, client_for, who):
        client = client_for(getattr(cast, who))
        assert client.get("/admin/", follow=True).status_code == 403
        assert client.get("/admin/students/student/", follow=True).status_code == 403

    def test_nobody_else_gets_further_than_the_one_login_page(self, db, client_for):
        chain = client_for(None).get("/admin/", follow=True).redirect_chain
        assert chain[-1][0].startswith("/accounts/login/")

    def test_staff_without_permissions_find_it_empty(self, cast, client_for):
        client = client_for(cast.staff)
        assert "have permission to view or edit anything" in client.get("/admin/").content.decode()
        assert all(client.get(list_url(model)).status_code == 403 for model in OURS)

    def test_staff_with_a_permission_do_that(self, cast, client_for):
        cast.staff.user_permissions.add(Permission.objects.get(codename="view_student"))
        client = client_for(cast.staff)
        assert client.get(list_url(Student)).status_code == 200
        assert client.get(list_url(Payment)).status_code == 403
        assert client.post(url(cast.amina), {}).status_code == 403


class TestPages:
    def test_rows_of_every_model_can_be_made(self):
        assert [name for model, name in zip(OURS, names(OURS), strict=True) if model not in ROWS] == []

    def test_no_list_asks_a_query_per_row(self, client):
        found = {}
        for model in OURS:
            with untouched():
                client.get(list_url(model))  # A process asks once which kinds of things there are.
                found[model] = [self._queries(client, model, more) for more in (3, 27)]
        assert {model: (few, many) for model, (few, many) in found.items() if few != many or few > 25} == {}

    def _queries(self, client, model, more):
        more_rows(model, more)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(list_url(model), {"all": ""})
        assert page.status_code == 200, model
        return len(queries)

    def test_every_list_is_searched_and_filtered_and_every_form_opens(self, client):
        broken = []
        for model in OURS:
            with untouched():
                more_rows(model, 2)
                row = model.objects.order_by("pk").last()
                listed = client.get(list_url(model)).context["cl"]
                asked = [f"{list_url(model)}?q={text}" for text in ("a", "12", "%25'")]
                asked += [list_url(model) + query for query in self._filters(listed)]
                answers = {path: client.get(path).status_code for path in (*asked, url(row))}
                add = f"{list_url(model)}add/"
                may_add = admin.site._registry[model].has_add_permission(client.get("/admin/").wsgi_request)
                broken += [(path, status) for path, status in answers.items() if status != 200]
                if (status := client.get(add).status_code) != (200 if may_add else 403):
                    broken.append((add, status))
        assert broken == []

    def _filters(self, listed):
        """The first three choices of each filter."""
        for spec in listed.filter_specs:
            for choice in list(spec.choices(listed))[:3]:
                if "query_string" in choice:
                    yield choice["query_string"]

    @pytest.mark.parametrize(
        ("model", "field", "text", "found"),
        [
            ("enrollment", "student", "ami", "Amina Diallo (S001)"),
            ("enrollment", "batch", "Algebra A", "Algebra A"),
            ("batch", "teacher", "tar", "Tariq Teacher"),
        ],
    )
    def test_related_rows_are_found_while_typing(self, client, model, field, text, found):
        asked = {"app_label": "courses", "model_name": model, "field_name": field, "term": text}
        assert found in [row["text"] for row in client.get("/admin/autocomplete/", asked).json()["results"]]


class TestUsers:
    NEW = {
        "email": "Nina@Homeroom.TEST",
        "given_name": "Nina",
        "family_name": "New",
        "role": Role.TEACHER,
        "usable_password": "true",
        "password1": "quiet river stone",
        "password2": "quiet river stone",
    }

    def test_an_account_is_made_and_can_sign_in(self, client, client_for):
        client.post("/admin/accounts/user/add/", self.NEW)
        nina = User.objects.get(given_name="Nina")
        assert (nina.email, nina.role) == ("nina@homeroom.test", Role.TEACHER)
        signed_in = client_for(None).post(
            "/accounts/login/", {"login": "NINA@homeroom.test", "password": "quiet river stone"}
        )
        assert signed_in.headers["Location"] == "/"
        assert AuditEntry.objects.get(verb="user.created").thing == nina

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"email": "SAM@homeroom.test"}, "Somebody has this address already."),
            ({"email": "nobody"}, "An e-mail address has an @ in it."),
            ({"role": "king"}, "Choose one of the options."),
            ({"password1": "123", "password2": "123"}, "too short"),
            ({"password2": "another"}, "match"),
        ],
    )
    def test_bad_input_is_refused(self, client, changes, said):
        response = client.post("/admin/accounts/user/add/", self.NEW | changes)
        assert response.status_code == 200
        assert said in response.content.decode()

    def test_an_account_can_be_changed_and_its_password_set(self, cast, client):
        form = fields_of(client, url(cast.teacher)) | {"family_name": "Renamed", "time_zone": "Asia/Tokyo"}
        assert client.post(url(cast.teacher), form).status_code == 302
        cast.teacher.refresh_from_db()
        assert (cast.teacher.family_name, cast.teacher.time_zone) == ("Renamed", "Asia/Tokyo")
        fields = AuditEntry.objects.get(verb="user.changed").detail["fields"]
        assert set(fields) == {"family_name", "time_zone"}
        new = {"password1": "quiet river stone", "password2": "quiet river stone", "usable_password": "true"}
        assert client.post(url(cast.teacher, "password"), new | {"set-password": ""}).status_code == 302
        cast.teacher.refresh_from_db()
        assert cast.teacher.check_password("quiet river stone")

    def test_nobody_locks_themselves_out(self, cast, client):
        form = fields_of(client, url(cast.admin)) | {"role": Role.STUDENT, "is_active": ""}
        client.post(url(cast.admin), form)
        cast.admin.refresh_from_db()
        assert (cast.admin.role, cast.admin.is_active) == (Role.ADMIN, True)
        assert client.post(url(cast.admin, "delete"), {"post": "yes"}).status_code == 403

    def test_staff_can_not_make_themselves_admins(self, cast, client_for):
        for codename in ("add_user", "change_user", "delete_user", "view_user"):
            cast.staff.user_permissions.add(Permission.objects.get(codename=codename))
        client = client_for(cast.staff)
        assert (
            b"Choose one of the options."
            in client.post("/admin/accounts/user/add/", self.NEW | {"role": Role.ADMIN}).content
        )
        for other in (cast.admin, cast.staff2, cast.staff):
            assert client.get(url(other)).status_code == 200
            assert client.post(url(other), {"role": Role.ADMIN}).status_code == 403
            assert client.get(url(other, "password")).status_code == 403
            assert client.get(url(other, "delete")).status_code == 403
        form = fields_of(client, url(cast.teacher)) | {"user_permissions": [1], "role": Role.STAFF}
        assert client.post(url(cast.teacher), form).status_code == 302  # Neither field is one of the form.
        cast.teacher.refresh_from_db()
        assert cast.teacher.role == Role.TEACHER
        assert not cast.teacher.user_permissions.exists()

    def test_an_account_is_closed_and_not_deleted(self, cast, client):
        assert client.post(url(cast.teacher, "delete"), {"post": "yes"}).status_code == 403
        assert f"/people/{cast.teacher.pk}/#access" in client.get(url(cast.teacher)).content.decode()

    def test_a_password_that_is_set_is_recorded(self, cast, client):
        new = {"password1": "quiet river stone", "password2": "quiet river stone", "usable_password": "true"}
        client.post(url(cast.teacher, "password"), new | {"password2": "another", "set-password": ""})
        assert not AuditEntry.objects.filter(verb="user.password-set").exists()
        client.post(url(cast.teacher, "password"), new | {"set-password": ""})
        assert AuditEntry.objects.get(verb="user.password-set").thing == cast.teacher


class TestConversations:
    def test_a_message_is_edited_live(self, cast, client, published):
        message = send_message(cast.staff, cast.amina.conversation, "helo", Audience.EVERYONE)
        with published():
            assert client.post(url(message), {"body": " hello "}).status_code == 302
        message.refresh_from_db()
        assert (message.body, message.version) == ("hello", 2)
        assert message.edited
        assert [channel for channel, _ in published] == [f"student-{cast.amina.pk}"]
        assert AuditEntry.objects.get(verb="message.edited").actor == cast.admin

    def test_a_body_that_can_not_be_stored_is_refused(self, cast, client):
        message = send_message(cast.staff, cast.amina.conversation, "hello")
        assert b"Write something first." in client.post(url(message), {"body": " "}).content
        assert b"room for 5,000" in client.post(url(message), {"body": "x" * 5_001}).content

    def test_delete_leaves_a_tombstone_one_by_one_and_in_bulk(self, cast, client, published):
        first, second, third = (send_message(cast.staff, cast.amina.conversation, f"m{n}") for n in range(3))
        with published():
            assert client.post(url(first, "delete"), {"post": "yes"}).status_code == 302
            chosen = {"action": "delete_selected", "_selected_action": [second.pk, third.pk]}
            assert b"m2" in client.post(list_url(Message), chosen).content
            client.post(list_url(Message), chosen | {"post": "yes"})
        assert Message.objects.filter(deleted__isnull=False).count() == 3
        assert sorted(Message.objects.values_list("version", flat=True)) == [4, 5, 6]
        assert [channel for channel, _ in published].count(f"student-{cast.amina.pk}-staff") == 3

    def test_a_tombstone_stays_as_it_is(self, cast, client):
        message = send_message(cast.staff, cast.amina.conversation, "hello")
        client.post(url(message, "delete"), {"post": "yes"})
        assert client.post(url(message), {"body": "back"}).status_code == 403

    def test_staff_edit_what_they_wrote_and_nothing_else(self, cast, client_for):
        cast.staff.user_permissions.add(Permission.objects.get(codename="change_message"))
        own = send_message(cast.staff, cast.amina.conversation, "mine")
        other = send_message(cast.staff2, cast.amina.conversation, "theirs")
        client = client_for(cast.staff)
        assert client.post(url(own), {"body": "still mine"}).status_code == 302
        assert client.post(url(other), {"body": "mine now"}).status_code == 403

    def test_a_conversation_is_closed_and_nothing_else_of_it_moves(self, cast, client):
        thread = cast.amina.conversation
        form = {"locked": "on", "kind": "direct", "clock": 99, "staff_clock": 99}
        assert client.post(url(thread), form).status_code == 302
        thread.refresh_from_db()
        assert (thread.locked, thread.kind, thread.clock, thread.staff_clock) == (True, "student", 0, 0)
        assert client.get(f"{list_url(Conversation)}add/").status_code == 403
        assert client.post(url(thread, "delete"), {"post": "yes"}).status_code == 403

    def test_it_is_found_by_the_student_and_named_after_them(self, cast, client):
        page = client.get(list_url(Conversation), {"q": "diallo"}).content.decode()
        assert "Amina Diallo" in page
        assert "Bruno" not in page


class TestStudents:
    NEW = {"code": "S100", "given_name": "Dora", "status": "active"}

    def test_a_student_made_here_has_a_thread_that_is_linked(self, cast, client):
        assert client.post("/admin/students/student/add/", self.NEW).status_code == 302
        dora = Student.objects.get(code="S100")
        assert f"/conversations/{dora.conversation_id}/" in client.get(url(dora)).content.decode()
        assert AuditEntry.objects.get(verb="student.created").thing == dora

    def test_a_taken_code_is_refused_at_its_field(self, client):
        page = client.post("/admin/students/student/add/", self.NEW | {"code": "S001"}).content
        assert b"already exists" in page

    def test_a_student_is_changed_and_gets_an_account(self, cast, client):
        form = fields_of(client, url(cast.amina)) | {"grade": "10", "user": cast.outsider.pk}
        assert client.post(url(cast.amina), form).status_code == 302
        cast.amina.refresh_from_db()
        assert (cast.amina.grade, cast.amina.user) == ("10", cast.outsider)
        assert {"student.updated", "student.account-changed"} <= set(AuditEntry.objects.values_list("verb", flat=True))

    def test_only_a_students_account_can_be_given(self, cast, client):
        form = fields_of(client, url(cast.amina)) | {"user": cast.teacher.pk}
        assert b"any more. Choose another." in client.post(url(cast.amina), form).content

    def test_the_thread_goes_with_its_student(self, cast, client):
        thread = cast.amina.conversation_id
        chosen = {"action": "delete_selected", "_selected_action": [cast.amina.pk], "post": "yes"}
        client.post(list_url(Student), chosen)
        assert not Student.objects.filter(pk=cast.amina.pk).exists()
        assert not Conversation.objects.filter(pk=thread).exists()

    def test_a_file_can_be_forgotten_and_not_changed(self, cast, client):
        file = StudentImport.objects.create(owner=cast.staff, name="s.csv", content=b"secret content")
        assert b"secret content" not in client.get(url(file)).content
        assert client.post(url(file), {"name": "x"}).status_code == 403
        assert client.post(url(file, "delete"), {"post": "yes"}).status_code == 302
        assert not StudentImport.objects.exists()


class TestCourses:
    def test_a_batch_is_made_and_changed(self, cast, client):
        new = {"name": "Evening", "course": cast.course.pk, "start": "2027-01-04", "capacity": 5, "fee": 10}
        assert client.post("/admin/courses/batch/add/", new | {"currency": "EUR"}).status_code == 302
        batch = Batch.objects.get(name="Evening")
        form = fields_of(client, url(batch)) | {"capacity": 6}
        assert client.post(url(batch), form).status_code == 302
        assert AuditEntry.objects.get(verb="batch.changed").detail == {"capacity": ["5", "6"]}

    def test_fewer_places_than_students_are_refused(self, cast, client):
        form = fields_of(client, url(cast.batch)) | {"capacity": 1}
        assert b"It has 2 students" in client.post(url(cast.batch), form).content

    def test_a_student_is_enrolled_moved_and_taken_out(self, cast, client, published):
        dora = Student.objects.create(code="S100", given_name="Dora")
        with published():
            client.post("/admin/courses/enrollment/add/", {"student": dora.pk, "batch": cast.batch.pk})
            enrollment = Enrollment.objects.get(student=dora)
            assert enrollment.course == cast.course
            assert client.post(url(enrollment), {"batch": cast.batch2.pk}).status_code == 302
            enrollment.refresh_from_db()
            assert enrollment.batch == cast.batch2
            client.post(list_url(Enrollment), {"action": "end", "_selected_action": [enrollment.pk]})
        enrollment.refresh_from_db()
        assert not enrollment.is_active
        assert len([channel for channel, _ in published if channel.startswith("batch-")]) == 4
        verbs = {"student.added", "student.moved", "student.removed"}
        assert verbs <= set(AuditEntry.objects.values_list("verb", flat=True))

    def test_what_the_action_refuses_is_said_on_the_page(self, cast, client):
        Batch.objects.filter(pk=cast.batch.pk).update(capacity=2)
        dora = Student.objects.create(code="S100", given_name="Dora")
        form = {"student": dora.pk, "batch": cast.batch.pk}
        page = client.post("/admin/courses/enrollment/add/", form, follow=True).content
        assert b"Algebra A is full: 2 of 2 places are taken." in page
        form = {"student": cast.chloe.pk, "batch": cast.batch.pk}
        page = client.post("/admin/courses/enrollment/add/", form, follow=True).content
        assert b"already in Algebra B" in page
        assert Enrollment.objects.count() == 3

    def test_a_course_without_a_batch_will_do_and_neither_will_not(self, cast, client):
        dora = Student.objects.create(code="S100", given_name="Dora")
        add = "/admin/courses/enrollment/add/"
        botany = Course.objects.create(title="Botany")
        assert b"Choose a batch." in client.post(add, {"student": dora.pk}).content
        contradiction = {"student": dora.pk, "batch": cast.batch.pk, "course": botany.pk}
        assert b"Algebra A takes Algebra." in client.post(add, contradiction).content
        assert client.post(add, {"student": dora.pk, "course": botany.pk}).status_code == 302
        enrollment = Enrollment.objects.get(student=dora)
        assert enrollment.batch is None
        assert client.post(url(enrollment), {"batch": ""}).status_code == 302
        lab = Batch.objects.create(course=botany, name="Lab", start=DAY, capacity=1)
        assert client.post(url(enrollment), {"batch": lab.pk}).status_code == 302
        enrollment.refresh_from_db()
        assert enrollment.batch == lab
        assert b"Choose a batch." in client.post(url(enrollment), {"batch": ""}).content

    def test_an_ended_enrollment_is_history(self, cast, client):
        courses.remove_student(cast.staff, cast.batch, cast.amina)
        ended = Enrollment.objects.get(student=cast.amina)
        client.post(url(ended), {"batch": cast.batch2.pk, "is_active": "on"})
        ended.refresh_from_db()
        assert (ended.batch, ended.is_active) == (cast.batch, False)

    def test_the_list_of_batches_filters_by_status(self, cast, client):
        page = client.get(list_url(Batch), {"status": "ended"}).content
        assert b"Algebra A" not in page.split(b"result_list")[-1].split(b"changelist-filter")[0] or b"0 batches" in page
        assert b"2 batches" in client.get(list_url(Batch), {"status": "running"}).content


class TestBilling:
    def invoice(self, client, cast, **changes):
        form = {"student": cast.amina.pk, "description": "October", "amount": "100.00", "currency": "EUR"}
        form |= {"issued_on": "2026-10-01", "due_on": "2026-10-15"}
        return client.post("/admin/billing/invoice/add/", form | changes)

    def pay(self, client, cast, **changes):
        form = {"student": cast.amina.pk, "amount": "40.00", "currency": "EUR", "method": "cash"}
        return client.post(
            "/admin/billing/payment/add/", form | {"received_on": "2026-10-20"} | changes, follow=True
        ).content.decode()

    def test_an_invoice_gets_the_next_number_and_keeps_it(self, cast, client, published):
        with published():
            assert self.invoice(client, cast).status_code == 302
            first = Invoice.objects.get()
            form = fields_of(client, url(first)) | {"amount": "120.00", "number": "mine"}
            assert client.post(url(first), form).status_code == 302
        first.refresh_from_db()
        assert (first.number, first.amount) == ("2026-00001", Decimal(120))
        own = (f"user-{cast.amina_user.pk}", "event: dues\ndata: \n\n")
        assert published == [("payments", "event: payments\ndata: \n\n"), own] * 2
        assert self.invoice(client, cast, amount="-1").status_code == 200

    def test_a_payment_is_recorded_by_whoever_records_it_and_never_deleted(self, cast, client):
        self.invoice(client, cast)
        self.pay(client, cast)
        payment = Payment.objects.get()
        assert (payment.amount, payment.recorded_by) == (40, cast.admin)
        form = {"method": "card", "received_on": "2026-10-21", "reference": "r", "amount": "1"}
        assert client.post(url(payment), form).status_code == 302
        payment.refresh_from_db()
        assert (payment.amount, payment.method, payment.reference) == (40, "card", "r")
        assert client.post(url(payment, "delete"), {"post": "yes"}).status_code == 403
        assert Payment.objects.exists()

    def test_more_than_is_owed_is_refused(self, cast, client):
        self.invoice(client, cast)
        assert "is more than that" in self.pay(client, cast, amount="100.01")
        assert not Payment.objects.exists()

    def test_numbers_are_not_moved_by_hand(self, cast, client):
        series = InvoiceSeries.objects.create(year=2026, last=7)
        assert client.post(url(series), {"last": 1}).status_code == 403
        assert client.post(url(series, "delete"), {"post": "yes"}).status_code == 403


class TestAudit:
    def test_entries_are_read_and_never_written(self, cast, client):
        entry = audit.record(cast.staff, "student.moved", cast.batch, student=1)
        page = client.get(list_url(AuditEntry)).content.decode()
        assert "moved a student to another batch" in page
        assert f"/admin/courses/batch/{cast.batch.pk}/change/" in page
        assert client.get(url(entry)).status_code == 200
        assert client.get(f"{list_url(AuditEntry)}add/").status_code == 403
        assert client.post(url(entry), {"verb": "x"}).status_code == 403
        assert client.post(url(entry, "delete"), {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
        client.post(list_url(AuditEntry), chosen)
        assert AuditEntry.objects.filter(pk=entry.pk).exists()

    def test_it_tells_of_things_that_are_gone(self, cast, client):
        audit.record(None, "nothing.happened")
        audit.record(cast.staff, "student.deleted", cast.amina)
        Student.objects.filter(pk=cast.amina.pk).delete()
        assert client.get(list_url(AuditEntry)).status_code == 200


def test_a_key_that_was_never_seen_is_not_found(client):
    assert client.get(f"/admin/students/student/{uuid.uuid4()}/change/").status_code == 302
