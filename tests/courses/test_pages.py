"""Batches: the list, a new one, and the page where one is seen and changed."""

import datetime
from decimal import Decimal

import pytest

from apps.accounts.models import AuditEntry, User
from apps.core.academy_calendar import academy_today
from apps.courses import actions
from apps.courses.models import Batch, BatchStatus, Course, Enrollment
from apps.students.models import Student

HX = {"HX-Request": "true"}


def details(batch, **changes):
    form = {
        "name": batch.name,
        "course": batch.course_id,
        "teacher": batch.teacher_id or "",
        "start": batch.start.isoformat(),
        "end": batch.end.isoformat() if batch.end else "",
        "capacity": batch.capacity,
        "fee": batch.fee,
    }
    return form | changes


def as_shown(batch, **changes):
    """What the page sends: the fields, and what they showed."""
    return {f"initial-{name}": value for name, value in details(batch).items()} | details(batch, **changes)


def url(batch):
    return f"/batches/{batch.pk}/edit/"


def fill(batch, number, first=0):
    students = Student.objects.bulk_create(
        [Student(code=f"{batch.pk}-{n:05}", given_name=f"Given {n}") for n in range(first, first + number)]
    )
    Enrollment.objects.bulk_create([Enrollment(student=s, course=batch.course, batch=batch) for s in students])
    return students


class TestList:
    def test_staff_see_all_and_a_teacher_own_batches(self, cast, client_for):
        assert b"Algebra B" in client_for(cast.staff).get("/batches/").content
        page = client_for(cast.teacher).get("/batches/").content
        assert b"Algebra A" in page
        assert b"Algebra B" not in page
        assert b"/batches/new/" not in page

    def test_the_filter_is_in_the_url(self, cast, client_for):
        today = academy_today()
        Batch.objects.create(
            course=cast.course, name="Over", start=datetime.date(2020, 1, 1), end=datetime.date(2020, 2, 1), capacity=5
        )
        Batch.objects.create(course=cast.course, name="Soon", start=today + datetime.timedelta(30), capacity=5)
        client = client_for(cast.staff)
        shown = {
            status: client.get("/batches/", {"status": status}).content
            for status in ["", "running", "upcoming", "ended"]
        }
        assert all(name in shown[""] for name in [b"Over", b"Soon", b"Algebra A"])
        assert b"Over" in shown["ended"]
        assert b"Algebra A" not in shown["ended"]
        assert b"Soon" in shown["upcoming"]
        assert b"Over" not in shown["upcoming"]
        assert b"Algebra A" in shown["running"]
        assert b"Soon" not in shown["running"]

    def test_a_batch_says_what_its_dates_say(self, cast):
        day = datetime.timedelta(1)
        today = academy_today()
        for start, end, status in [
            (today, today, BatchStatus.RUNNING),
            (today - day, None, BatchStatus.RUNNING),
            (today + day, None, BatchStatus.UPCOMING),
            (today - day, today - day, BatchStatus.ENDED),
        ]:
            cast.batch.start, cast.batch.end = start, end
            cast.batch.save()
            assert cast.batch.status == status
            assert Batch.objects.in_status(status).filter(pk=cast.batch.pk).exists()

    @pytest.mark.parametrize("query", ["status=x", "page=abc", "page=999", "page=-1", "status=%00"])
    def test_values_without_meaning_fall_back(self, cast, client_for, query):
        assert client_for(cast.staff).get(f"/batches/?{query}").status_code == 200

    def test_htmx_gets_the_table_alone(self, cast, client_for):
        page = client_for(cast.staff).get("/batches/", headers=HX)
        assert b"<html" not in page.content
        assert b'id="batches"' in page.content
        assert "HX-Request" in page.headers["Vary"]

    def test_the_size_is_of_active_students(self, cast, client_for):
        Enrollment.objects.filter(student=cast.bruno).update(is_active=False)
        assert "1 of 20" in client_for(cast.teacher).get("/batches/").content.decode()

    def test_an_academy_without_batches_is_told_so(self, cast, client_for):
        Enrollment.objects.all().delete()
        Batch.objects.all().delete()
        assert b"No batches yet" in client_for(cast.staff).get("/batches/").content
        assert b"You don" in client_for(cast.teacher).get("/batches/").content

    def test_queries_do_not_grow_with_batches(self, cast, client_for, django_assert_num_queries):
        client = client_for(cast.staff)
        for wanted in (10, 100):
            have = Batch.objects.count()
            Batch.objects.bulk_create(
                [
                    Batch(course=cast.course, teacher=cast.teacher, name=f"B{n}", start=cast.batch.start, capacity=5)
                    for n in range(have, wanted)
                ]
            )
            with django_assert_num_queries(6):
                client.get("/batches/")


class TestCreate:
    def post(self, client, cast, **changes):
        new = Batch(name="Evening", course=cast.course, start=datetime.date(2027, 1, 4), capacity=8, fee=Decimal(120))
        return client.post("/batches/new/", details(new, **changes))

    def test_staff_make_a_batch_and_land_on_its_page(self, cast, client_for):
        response = self.post(client_for(cast.staff), cast, teacher=cast.teacher.pk)
        batch = Batch.objects.get(name="Evening")
        assert response.headers["Location"] == url(batch)
        assert (batch.teacher, batch.capacity, batch.fee) == (cast.teacher, 8, 120)
        assert AuditEntry.objects.get(verb="batch.created").actor == cast.staff

    def test_a_teacher_finds_no_such_page(self, cast, client_for):
        client = client_for(cast.teacher)
        assert client.get("/batches/new/").status_code == 404
        assert self.post(client, cast).status_code == 404
        assert not Batch.objects.filter(name="Evening").exists()

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"name": "Algebra A"}, "This course already has a batch of this name."),
            ({"name": " "}, "This field is required."),
            ({"name": "x" * 121}, "at most 120"),
            ({"name": "a\0b"}, "Null characters are not allowed"),
            ({"end": "2026-01-01"}, "It ends before it starts."),
            ({"capacity": 0}, "greater than or equal to 1"),
            ({"capacity": "9" * 30}, "less than or equal to"),
            ({"fee": "-1"}, "greater than or equal to 0"),
            ({"fee": "NaN"}, "Enter a number"),
            ({"start": "soon"}, "Enter a valid date"),
            ({"course": 999_999}, "be chosen any more. Choose another."),
            ({"teacher": "x"}, "be chosen any more. Choose another."),
        ],
    )
    def test_bad_input_is_refused_at_its_field_and_the_rest_kept(self, cast, client_for, changes, said):
        response = self.post(client_for(cast.staff), cast, **changes)
        assert response.status_code == 422
        assert said in response.content.decode()
        if "name" not in changes:
            assert b'value="Evening"' in response.content
        assert Batch.objects.count() == 2

    def test_only_teachers_can_be_chosen(self, cast, client_for):
        assert self.post(client_for(cast.staff), cast, teacher=cast.staff2.pk).status_code == 422

    def test_without_a_course_the_page_says_what_is_missing(self, cast, client_for):
        Enrollment.objects.all().delete()
        Batch.objects.all().delete()
        Course.objects.all().delete()
        assert b"/admin/courses/course/add/" in client_for(cast.admin).get("/batches/new/").content
        assert b"An admin can add one" in client_for(cast.staff).get("/batches/new/").content


class TestEdit:
    @pytest.mark.parametrize("who", ["admin", "staff"])
    def test_htmx_saves_in_place(self, cast, client_for, who, published):
        client = client_for(getattr(cast, who))
        with published():
            response = client.post(url(cast.batch), as_shown(cast.batch, name="Algebra Z", capacity=12), headers=HX)
        text = response.content.decode()
        assert "Saved" in text
        assert "<html" not in text
        assert "2 of 12" in text
        cast.batch.refresh_from_db()
        assert (cast.batch.name, cast.batch.capacity) == ("Algebra Z", 12)
        entry = AuditEntry.objects.get(verb="batch.changed")
        assert entry.detail == {"name": ["Algebra A", "Algebra Z"], "capacity": ["20", "12"]}
        assert published == [(f"batch-{cast.batch.pk}", f"event: batch-{cast.batch.pk}\ndata: \n\n")]

    def test_a_plain_form_works_too(self, cast, client_for):
        response = client_for(cast.staff).post(url(cast.batch), details(cast.batch, end="2027-06-30"), follow=True)
        assert response.redirect_chain
        assert b"Saved." in response.content
        cast.batch.refresh_from_db()
        assert cast.batch.end == datetime.date(2027, 6, 30)

    def test_what_was_not_changed_is_not_written(self, cast, client_for, published):
        before = cast.batch.updated
        with published():
            response = client_for(cast.staff).post(url(cast.batch), as_shown(cast.batch), headers=HX)
        assert b"Saved" in response.content
        cast.batch.refresh_from_db()
        assert cast.batch.updated == before
        assert published == []

    def test_an_end_can_be_taken_back_with_and_without_what_was_shown(self, cast, client_for):
        for send in (details, as_shown):
            cast.batch.end = datetime.date(2027, 1, 1)
            cast.batch.save()
            client_for(cast.staff).post(url(cast.batch), send(cast.batch, end=""))
            cast.batch.refresh_from_db()
            assert cast.batch.end is None

    @pytest.mark.parametrize("headers", [{}, HX])
    def test_fewer_places_than_students_is_refused_with_the_numbers(self, cast, client_for, headers):
        response = client_for(cast.staff).post(url(cast.batch), as_shown(cast.batch, capacity=1), headers=headers)
        assert response.status_code == 422
        text = response.content.decode()
        assert "It has 2 students: 1 can&#x27;t be enough places." in text
        assert 'name="capacity" value="1"' in text
        cast.batch.refresh_from_db()
        assert cast.batch.capacity == 20

    def test_an_end_before_the_start_is_refused_at_the_field(self, cast, client_for):
        response = client_for(cast.staff).post(url(cast.batch), as_shown(cast.batch, end="2026-08-31"), headers=HX)
        assert response.status_code == 422
        assert b"It ends before it starts." in response.content
        assert b'value="2026-08-31"' in response.content

    def test_a_course_that_students_took_here_stays(self, cast, client_for):
        other = Course.objects.create(title="Botany")
        response = client_for(cast.staff).post(url(cast.batch), as_shown(cast.batch, course=other.pk), headers=HX)
        assert b"make another batch for another course" in response.content

    def test_two_people_can_change_different_fields(self, cast, client_for):
        first, second = as_shown(cast.batch, name="Algebra Z"), as_shown(cast.batch, capacity=30)
        for who, form in ((cast.staff, first), (cast.staff2, second)):
            assert client_for(who).post(url(cast.batch), form, headers=HX).status_code == 200
        cast.batch.refresh_from_db()
        assert (cast.batch.name, cast.batch.capacity) == ("Algebra Z", 30)

    def test_nobody_overwrites_unseen_what_somebody_else_just_changed(self, cast, client_for):
        client = client_for(cast.staff)
        mine = as_shown(cast.batch, name="Mine", teacher="", fee="1", start="2026-10-01")
        theirs = as_shown(cast.batch, name="Theirs", teacher=cast.teacher2.pk, fee="2", start="2026-10-02")
        client_for(cast.staff2).post(url(cast.batch), theirs)
        response = client.post(url(cast.batch), mine, headers=HX)
        text = response.content.decode()
        assert response.status_code == 409
        for newer in ("Theirs", "Tessa Other", "2.00", "2 Oct 2026"):
            assert f"Somebody else changed this to “{newer}” while you were editing." in text
        assert 'name="name" value="Mine"' in text
        assert 'name="initial-name" value="Theirs"' in text
        assert 'name="initial-start" value="2026-10-02"' in text
        cast.batch.refresh_from_db()
        assert cast.batch.name == "Theirs"
        again = mine | {f"initial-{name}": theirs[name] for name in ("name", "teacher", "fee", "start")}
        assert client.post(url(cast.batch), again, headers=HX).status_code == 200
        cast.batch.refresh_from_db()
        assert (cast.batch.name, cast.batch.teacher) == ("Mine", None)

    def test_the_same_change_made_by_two_is_no_conflict(self, cast, client_for):
        form = as_shown(cast.batch, teacher=cast.teacher2.pk, end="2027-01-01")
        for who in (cast.staff, cast.staff2):
            assert client_for(who).post(url(cast.batch), form, headers=HX).status_code == 200
        assert AuditEntry.objects.filter(verb="batch.changed").count() == 1

    def test_what_a_form_claims_to_have_shown_and_can_not_have_is_a_conflict(self, cast, client_for):
        form = as_shown(cast.batch, capacity=5) | {"initial-capacity": "many"}
        assert client_for(cast.staff).post(url(cast.batch), form, headers=HX).status_code == 409

    def test_a_teacher_who_has_left_stays_until_somebody_else_is_chosen(self, cast, client_for):
        User.objects.filter(pk=cast.teacher.pk).update(is_active=False)
        assert b"Tariq Teacher" in client_for(cast.staff).get(url(cast.batch)).content
        assert b"Tariq Teacher" not in client_for(cast.staff).get(url(cast.batch2)).content

    def test_its_teacher_reads_it_without_the_fee_and_changes_nothing(self, cast, client_for):
        client = client_for(cast.teacher)
        text = client.get(url(cast.batch)).content.decode()
        assert "Amina Diallo" in text
        assert f'data-student="{cast.amina.pk}"' in text
        assert "data-open-thread" in text
        assert "300" not in text
        assert "<select" not in text
        assert "/removal/" not in text
        assert client.post(url(cast.batch), details(cast.batch, name="Mine")).status_code == 403

    def test_another_teacher_does_not_find_it(self, cast, client_for):
        client = client_for(cast.teacher2)
        assert client.get(url(cast.batch)).status_code == 404
        assert client.post(url(cast.batch), details(cast.batch)).status_code == 404
        assert client_for(cast.staff).get("/batches/999999999999999999999/edit/").status_code == 404

    def test_markup_in_a_name_is_text(self, cast, client_for):
        client_for(cast.staff).post(url(cast.batch), details(cast.batch, name="<script>x</script>"))
        assert b"<script>x" not in client_for(cast.staff).get(url(cast.batch)).content

    def test_queries_do_not_grow_with_students(self, cast, client_for, django_assert_num_queries):
        Batch.objects.filter(pk=cast.batch.pk).update(capacity=1_000)
        client = client_for(cast.staff)
        for more in (8, 990):
            fill(cast.batch, more, first=more)
            with django_assert_num_queries(10):
                text = client.get(url(cast.batch)).content.decode()
            assert text.count("data-student=") == Enrollment.objects.filter(batch=cast.batch).count()

    def test_a_roster_of_more_than_a_thousand_has_pages(self, cast, client_for):
        Batch.objects.filter(pk=cast.batch.pk).update(capacity=2_000)
        fill(cast.batch, 1_000)
        text = client_for(cast.staff).get(url(cast.batch), {"page": 2}).content.decode()
        assert text.count("data-student=") == 2
        assert "1002 of 2000" in text
        assert 'students/?page=2"' in text


def test_the_database_too_refuses_an_end_before_the_start(cast):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        Batch.objects.filter(pk=cast.batch.pk).update(end=datetime.date(2020, 1, 1))


def test_a_name_taken_meanwhile_is_said_at_the_field(cast, monkeypatch):
    from django.core.exceptions import ValidationError

    monkeypatch.setattr(Batch, "full_clean", lambda self, **options: None)
    with pytest.raises(ValidationError, match="already has a batch"):
        actions.update_batch(cast.staff, cast.batch, {"name": "Algebra B"})
    again = Batch(course=cast.course, name="Algebra B", start=cast.batch.start, capacity=1)
    with pytest.raises(ValidationError, match="already has a batch"):
        actions.create_batch(cast.staff, again)


def test_only_those_who_may_see_a_batch_hear_of_it(cast):
    from apps.realtime.channels import can_read

    name = f"batch-{cast.batch.pk}"
    may = {who for who in ("admin", "staff", "teacher", "teacher2", "amina_user") if can_read(getattr(cast, who), name)}
    assert may == {"admin", "staff", "teacher"}
