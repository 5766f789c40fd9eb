"""Who is in a batch: adding, removing, moving."""

import datetime
import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.conversations.models import Conversation
from apps.courses import actions
from apps.courses.models import Batch, Course, Enrollment
from apps.notifications.listing import panel_of
from apps.notifications.models import Notification
from apps.students.models import Student
from tests.courses.test_pages import HX, fill


@pytest.fixture
def dora(cast):
    return Student.objects.create(code="S004", given_name="Dora", family_name="Novak", grade="9")


@pytest.fixture
def evening(cast):
    return Batch.objects.create(course=cast.course, name="Evening", start=datetime.date(2026, 9, 1), capacity=1)


@pytest.fixture
def botany(cast):
    course = Course.objects.create(title="Botany")
    return Batch.objects.create(
        course=course, name="Botany A", teacher=cast.teacher2, start=datetime.date(2026, 9, 1), capacity=5
    )


def students_of(batch):
    return {enrollment.student.given_name for enrollment in batch.enrollments.filter(is_active=True)}


def told_of(cast):
    """What those hear who follow the course and the batch."""
    names = (f"course-{cast.course.pk}-staff", f"batch-{cast.batch.pk}")
    return [(name, f"event: {name}\ndata: \n\n") for name in names]


def add_url(batch):
    return f"/batches/{batch.pk}/students/"


def removal_url(batch, student):
    return f"/batches/{batch.pk}/students/{student.pk}/removal/"


def move_url(batch, student):
    return f"/batches/{batch.pk}/students/{student.pk}/move/"


class TestWhoMay:
    @pytest.mark.parametrize(
        ("who", "status"),
        [(None, 401), ("amina_user", 404), ("outsider", 404), ("teacher2", 404), ("teacher", 403), ("staff", 200)],
    )
    def test_changes_are_for_admins_and_staff(self, cast, client_for, dora, evening, who, status):
        client = client_for(who and getattr(cast, who))
        for path, form in [
            (add_url(cast.batch), {"student": dora.pk}),
            (move_url(cast.batch, cast.amina), {"batch": evening.pk}),
            (removal_url(cast.batch, cast.bruno), {}),
        ]:
            assert client.post(path, form, headers=HX).status_code == status
        assert (students_of(cast.batch) != {"Amina", "Bruno"}) == (who == "staff")

    @pytest.mark.parametrize(
        ("who", "status"), [("amina_user", 404), ("teacher2", 404), ("teacher", 200), ("staff", 200)]
    )
    def test_the_roster_is_read_by_those_who_see_the_batch(self, cast, client_for, who, status):
        assert client_for(getattr(cast, who)).get(add_url(cast.batch), headers=HX).status_code == status

    @pytest.mark.parametrize(("who", "status"), [("amina_user", 404), ("teacher2", 404), ("teacher", 403)])
    def test_choices_are_for_those_who_may_change(self, cast, client_for, who, status):
        client = client_for(getattr(cast, who))
        assert b"Chloe" not in client.get(add_url(cast.batch), {"q": "chloe"}, headers=HX).content
        assert client.get(move_url(cast.batch, cast.amina), headers=HX).status_code == status

    def test_other_methods_are_refused(self, cast, client_for):
        client = client_for(cast.staff)
        assert client.delete(add_url(cast.batch)).status_code == 405
        assert client.get(removal_url(cast.batch, cast.amina)).status_code == 405
        assert client.delete(move_url(cast.batch, cast.amina)).status_code == 405

    def test_the_actions_refuse_whoever_calls_them(self, cast, dora, evening):
        for act in (
            lambda: actions.add_student(cast.teacher, cast.batch, dora),
            lambda: actions.remove_student(cast.teacher, cast.batch, cast.amina),
            lambda: actions.move_student(cast.teacher, cast.batch, evening, cast.amina),
            lambda: actions.update_batch(cast.teacher, cast.batch, {"name": "Mine"}),
            lambda: actions.create_batch(cast.teacher, Batch(name="Mine")),
            lambda: actions.enroll(cast.teacher, cast.course, dora),
            lambda: actions.end_enrollment(cast.teacher, Enrollment.objects.get(student=cast.amina)),
        ):
            with pytest.raises(PermissionDenied):
                act()
        assert not AuditEntry.objects.exists()


class TestAdd:
    def test_htmx_answers_with_the_roster(self, cast, client_for, dora, published):
        with published():
            response = client_for(cast.staff).post(add_url(cast.batch), {"student": dora.pk, "q": "dor"}, headers=HX)
        text = response.content.decode()
        assert f'data-student="{dora.pk}"' in text
        assert "3 of 20" in text
        assert "Dora Novak was added." in text
        assert 'value="dor"' in text
        assert "<html" not in text
        assert [event for event in published if event[0].startswith(("batch", "course"))] == told_of(cast)
        assert AuditEntry.objects.get(verb="student.added").detail == {"student": dora.pk}

    def test_a_plain_form_works_too(self, cast, client_for, dora):
        response = client_for(cast.staff).post(add_url(cast.batch), {"student": dora.pk}, follow=True)
        assert response.redirect_chain == [(f"/batches/{cast.batch.pk}/edit/", 302)]
        assert b"Dora Novak was added." in response.content

    @pytest.mark.parametrize("headers", [{}, HX])
    def test_a_full_batch_says_so(self, cast, client_for, dora, published, headers):
        Batch.objects.filter(pk=cast.batch.pk).update(capacity=2)
        with published():
            response = client_for(cast.staff).post(add_url(cast.batch), {"student": dora.pk}, headers=headers)
        assert response.status_code == 422
        assert "Algebra A is full: 2 of 2 places are taken." in response.content.decode()
        assert students_of(cast.batch) == {"Amina", "Bruno"}
        assert published == []

    def test_who_is_in_is_not_added_again_and_that_is_no_error(self, cast, client_for, published):
        """By a double click, or since a colleague was quicker."""
        with published():
            response = client_for(cast.staff).post(add_url(cast.batch), {"student": cast.amina.pk}, headers=HX)
        assert response.status_code == 200
        assert "Amina Diallo is in Algebra A already." in response.content.decode()
        assert "field-error" not in response.content.decode()
        assert Enrollment.objects.filter(student=cast.amina).count() == 1
        assert published == []
        assert not AuditEntry.objects.exists()

    def test_who_is_in_another_batch_of_the_course_is_not_added(self, cast, client_for):
        response = client_for(cast.staff).post(add_url(cast.batch), {"student": cast.chloe.pk}, headers=HX)
        assert response.status_code == 422
        assert "already in Algebra B, another batch of Algebra: move them from there." in response.content.decode()

    @pytest.mark.parametrize("student", ["", "x", "999999", "9" * 30])
    def test_no_student_is_no_student(self, cast, client_for, student):
        response = client_for(cast.staff).post(add_url(cast.batch), {"student": student}, headers=HX)
        assert response.status_code == 422
        assert b"Choose a student." in response.content

    def test_a_nul_is_no_student(self, cast, client_for):
        assert client_for(cast.staff).post(add_url(cast.batch), {"student": "\0"}, headers=HX).status_code == 422

    def test_who_left_the_batch_can_come_back(self, cast):
        actions.remove_student(cast.staff, cast.batch, cast.amina)
        actions.add_student(cast.staff, cast.batch, cast.amina)
        assert Enrollment.objects.filter(student=cast.amina).count() == 2
        assert students_of(cast.batch) == {"Amina", "Bruno"}

    def test_who_takes_the_course_without_a_batch_is_put_in_one(self, cast, dora):
        enrollment = actions.enroll(cast.staff, cast.course, dora)
        assert actions.add_student(cast.staff, cast.batch, dora) == enrollment
        with pytest.raises(ValidationError, match="already takes Algebra"):
            actions.enroll(cast.staff, cast.course, dora)

    def test_the_batch_of_another_course_is_no_obstacle(self, cast, botany):
        actions.add_student(cast.staff, botany, cast.amina)
        assert students_of(botany) == {"Amina"}

    def test_what_is_rolled_back_is_not_told(self, cast, dora, published, monkeypatch):
        monkeypatch.setattr("apps.accounts.audit.record", lambda *args, **kwargs: 1 / 0)
        with published(), pytest.raises(ZeroDivisionError):
            actions.add_student(cast.staff, cast.batch, dora)
        assert published == []
        assert students_of(cast.batch) == {"Amina", "Bruno"}


class TestSearch:
    def find(self, client, batch, text):
        """What is offered; the search is asked of the roster, which answers with itself around it."""
        page = client.get(add_url(batch), {"q": text}, headers=HX).content.decode()
        return re.search(rf'<form id="batch-{batch.pk}-candidates".*?</form>', page, re.DOTALL)[0]

    def test_students_are_found_by_name_and_code(self, cast, client_for, dora):
        client = client_for(cast.staff)
        for text in ("dor", "Novak", "nov do", "S004", "s004"):
            assert "Dora Novak" in self.find(client, cast.batch, text)

    def test_who_is_in_the_batch_is_not_offered_and_who_is_in_another_is_marked(self, cast, client_for):
        client = client_for(cast.staff)
        assert "No other student matches" in self.find(client, cast.batch, "amina")
        assert "in Algebra B" in self.find(client, cast.batch, "chloe")

    def test_ten_are_offered_at_most(self, cast, client_for, django_assert_num_queries):
        client = client_for(cast.staff)
        for more in (10, 990):
            Student.objects.bulk_create(Student(code=f"X{more}-{n}", given_name="Xavier") for n in range(more))
            with django_assert_num_queries(7):
                assert self.find(client, cast.batch, "xavier").count("<li") == 10

    @pytest.mark.parametrize("text", ["", " ", "\0", "%", "_", "'", "a" * 5_000, "q " * 300, "<b>"])
    def test_any_text_can_be_searched_for(self, cast, client_for, text):
        found = self.find(client_for(cast.staff), cast.batch, text)
        assert "<li" not in found
        assert "<b>" not in found

    def test_without_script_the_page_finds_too(self, cast, client_for, dora):
        client = client_for(cast.staff)
        page = client.get(f"/batches/{cast.batch.pk}/edit/", {"q": "dora"}).content.decode()
        assert "Dora Novak" in page
        assert f'name="student" value="{dora.pk}"' in page


class TestRemove:
    def test_the_enrollment_ends_and_is_kept(self, cast, client_for, published):
        with published():
            response = client_for(cast.staff).post(removal_url(cast.batch, cast.amina), headers=HX)
        text = response.content.decode()
        assert f'data-student="{cast.amina.pk}"' not in text
        assert "1 of 20" in text
        enrollment = Enrollment.objects.get(student=cast.amina)
        assert not enrollment.is_active
        assert enrollment.expires_at
        assert AuditEntry.objects.get(verb="student.removed").actor == cast.staff
        assert [event for event in published if event[0].startswith(("batch", "course"))] == told_of(cast)
        assert set(published.rights) == {cast.teacher.pk, cast.amina_user.pk}

    def test_a_plain_form_works_too(self, cast, client_for):
        response = client_for(cast.staff).post(removal_url(cast.batch, cast.amina), follow=True)
        assert b"Amina Diallo was removed from Algebra A." in response.content

    def test_the_second_of_two_who_remove_is_told(self, cast, client_for):
        client = client_for(cast.staff)
        client.post(removal_url(cast.batch, cast.amina), headers=HX)
        again = client.post(removal_url(cast.batch, cast.amina), headers=HX)
        assert again.status_code == 422
        assert "Amina Diallo is not in Algebra A any more." in again.content.decode()
        assert AuditEntry.objects.filter(verb="student.removed").count() == 1

    def test_who_does_not_exist_is_not_found(self, cast, client_for):
        assert client_for(cast.staff).post(f"/batches/{cast.batch.pk}/students/99999/removal/").status_code == 404

    def test_ending_an_enrollment_empties_its_place(self, cast, dora):
        actions.end_enrollment(cast.staff, Enrollment.objects.get(student=cast.amina))
        assert students_of(cast.batch) == {"Bruno"}
        alone = actions.enroll(cast.staff, cast.course, dora)
        assert not actions.end_enrollment(cast.staff, alone).is_active
        ended = Enrollment.objects.get(pk=alone.pk)
        assert actions.end_enrollment(cast.staff, ended) == ended


class TestMove:
    def test_within_a_course_the_enrollment_goes_along(self, cast, client_for, published):
        before = Enrollment.objects.get(student=cast.amina)
        with published():
            response = client_for(cast.staff).post(
                move_url(cast.batch, cast.amina), {"batch": cast.batch2.pk}, headers=HX
            )
        assert "Amina Diallo is in Algebra B now." in response.content.decode()
        assert f'data-student="{cast.amina.pk}"' not in response.content.decode()
        after = Enrollment.objects.get(student=cast.amina)
        assert (after.pk, after.batch) == (before.pk, cast.batch2)
        told = {f"user-{user.pk}" for user in (cast.amina_user, cast.teacher, cast.teacher2)}
        batches = {f"batch-{cast.batch.pk}", f"batch-{cast.batch2.pk}"}
        assert {channel for channel, _ in published} == {*batches, *told, f"course-{cast.course.pk}-staff"}
        assert published.bells == {channel: [f"student-{cast.amina.pk}"] for channel in told}
        assert published.toasts == {}

    def told(self, published, *move):
        """The names of those who are told of a move, and what their bell says."""
        with published():
            actions.move_student(*move)
        rows = Notification.objects.filter(kind="moved").select_related("recipient").order_by("pk")
        people = [row.recipient for row in rows]
        return {person.given_name: panel_of(person).lines[0].html for person in people}

    def test_the_student_and_both_teachers_are_told_and_not_who_moves(self, cast, published):
        told = self.told(published, cast.staff, cast.batch, cast.batch2, cast.amina)
        assert told == {
            "Amina": "You were moved from <bdi>Algebra A</bdi> to <bdi>Algebra B</bdi>",
            **dict.fromkeys(
                ["Tariq", "Tessa"],
                "<bdi>Amina Diallo</bdi> was moved from <bdi>Algebra A</bdi> to <bdi>Algebra B</bdi>",
            ),
        }
        assert published.bells.keys() == {f"user-{user.pk}" for user in (cast.amina_user, cast.teacher, cast.teacher2)}

    def test_each_is_led_to_what_they_see_of_it(self, cast, published):
        self.told(published, cast.staff, cast.batch, cast.batch2, cast.amina)
        places = {user: panel_of(user).lines[0].found.url for user in (cast.amina_user, cast.teacher, cast.teacher2)}
        assert places == {
            cast.amina_user: cast.amina.get_absolute_url(),
            cast.teacher: cast.batch.get_absolute_url(),
            cast.teacher2: cast.batch2.get_absolute_url(),
        }

    def test_a_teacher_of_both_batches_is_told_once_and_each_move_is_another(self, cast, published):
        Batch.objects.filter(pk=cast.batch2.pk).update(teacher=cast.teacher)
        assert self.told(published, cast.staff, cast.batch, cast.batch2, cast.amina).keys() == {"Amina", "Tariq"}
        assert Notification.objects.filter(recipient=cast.teacher).count() == 1
        self.told(published, cast.staff, cast.batch2, cast.batch, cast.amina)
        assert Notification.objects.filter(recipient=cast.teacher).count() == 2

    def test_who_moves_a_student_out_of_a_batch_of_their_own_is_not_told(self, cast, published):
        Batch.objects.filter(pk=cast.batch.pk).update(teacher=cast.staff)
        source = Batch.objects.get(pk=cast.batch.pk)
        assert self.told(published, cast.staff, source, cast.batch2, cast.amina).keys() == {"Amina", "Tessa"}

    def test_who_has_no_account_and_a_batch_without_a_teacher_make_no_difference(self, cast, published):
        Student.objects.filter(pk=cast.amina.pk).update(user=None)
        Batch.objects.filter(pk=cast.batch2.pk).update(teacher=None)
        student, target = Student.objects.get(pk=cast.amina.pk), Batch.objects.get(pk=cast.batch2.pk)
        assert self.told(published, cast.staff, cast.batch, target, student).keys() == {"Tariq"}

    def test_a_refused_move_is_told_to_nobody(self, cast, published, evening):
        actions.move_student(cast.staff, cast.batch, evening, cast.bruno)
        with published(), pytest.raises(ValidationError):
            actions.move_student(cast.staff, cast.batch, evening, cast.amina)
        assert published == []
        assert not Notification.objects.exists()

    def test_to_another_course_one_ends_and_one_begins(self, cast, client_for, botany):
        client_for(cast.staff).post(move_url(cast.batch, cast.amina), {"batch": botany.pk})
        old, new = Enrollment.objects.filter(student=cast.amina).order_by("is_active")
        assert (old.batch, old.is_active) == (cast.batch, False)
        assert (new.batch, new.course, new.is_active) == (botany, botany.course, True)

    def test_the_new_teacher_sees_the_thread_and_the_old_one_no_more(self, cast):
        def reads(user):
            return Conversation.objects.visible_to(user).filter(pk=cast.amina.conversation_id).exists()

        assert (reads(cast.teacher), reads(cast.teacher2)) == (True, False)
        actions.move_student(cast.staff, cast.batch, cast.batch2, cast.amina)
        assert (reads(cast.teacher), reads(cast.teacher2)) == (False, True)
        actions.remove_student(cast.staff, cast.batch2, cast.amina)
        assert (reads(cast.teacher), reads(cast.teacher2)) == (False, False)

    def test_only_current_batches_with_a_free_place_are_offered(self, cast, client_for, evening, botany):
        actions.move_student(cast.staff, cast.batch, evening, cast.bruno)
        Batch.objects.create(
            course=cast.course, name="Over", start=datetime.date(2020, 1, 1), end=datetime.date(2020, 2, 1), capacity=5
        )
        client = client_for(cast.staff)
        for headers in ({}, HX):
            text = client.get(move_url(cast.batch, cast.amina), headers=headers).content.decode()
            assert "Algebra B (1 of 20)" in text
            assert "Botany A · Botany (0 of 5)" in text
            assert "Evening" not in text
            assert "Over" not in text
            assert ("<html" in text) == (not headers)

    def test_a_batch_that_filled_up_meanwhile_says_so_and_all_stays(self, cast, client_for, evening):
        actions.move_student(cast.staff, cast.batch, evening, cast.bruno)
        for headers in ({}, HX):
            response = client_for(cast.staff).post(
                move_url(cast.batch, cast.amina), {"batch": evening.pk}, headers=headers
            )
            assert response.status_code == 422
            assert "Evening is full: 1 of 1 places are taken." in response.content.decode()
        assert students_of(cast.batch) == {"Amina"}

    def test_to_a_course_that_the_student_takes_elsewhere_already_all_stays(self, cast, client_for, botany):
        other = Batch.objects.create(course=botany.course, name="Botany B", start=botany.start, capacity=5)
        actions.add_student(cast.staff, other, cast.amina)
        response = client_for(cast.staff).post(move_url(cast.batch, cast.amina), {"batch": botany.pk}, headers=HX)
        assert "already in Botany B" in response.content.decode()
        assert "Amina" in students_of(cast.batch)

    @pytest.mark.parametrize("batch", ["", "x", "999999", "own"])
    def test_no_batch_is_no_batch(self, cast, client_for, batch):
        form = {"batch": cast.batch.pk if batch == "own" else batch}
        response = client_for(cast.staff).post(move_url(cast.batch, cast.amina), form, headers=HX)
        assert response.status_code == 422
        assert b"Choose the batch to move to." in response.content

    def test_who_is_not_in_it_can_not_be_moved(self, cast, client_for):
        response = client_for(cast.staff).post(move_url(cast.batch, cast.chloe), {"batch": cast.batch2.pk}, headers=HX)
        assert "Chloe Martin is not in Algebra A any more." in response.content.decode()

    def test_queries_do_not_grow_with_batches(self, cast, client_for, django_assert_num_queries):
        client = client_for(cast.staff)
        for more in (10, 100):
            Batch.objects.bulk_create(
                Batch(course=cast.course, name=f"{more}-{n}", start=cast.batch.start, capacity=5) for n in range(more)
            )
            with django_assert_num_queries(5):
                client.get(move_url(cast.batch, cast.amina), headers=HX)


def test_a_full_course_has_no_place_in_any_batch(cast, client_for, dora):
    Course.objects.filter(pk=cast.course.pk).update(capacity=3)
    response = client_for(cast.staff).post(add_url(cast.batch), {"student": dora.pk}, headers=HX)
    assert response.status_code == 422
    assert "Algebra is full: 3 of 3 places are taken." in response.content.decode()
    assert not Enrollment.objects.filter(student=dora).exists()
    # Who is in the course has a place there: a batch more or less takes none.
    actions.move_student(cast.staff, cast.batch, cast.batch2, cast.amina)


def test_queries_of_a_change_do_not_grow_with_students(cast, client_for, django_assert_num_queries, dora):
    Batch.objects.filter(pk=cast.batch.pk).update(capacity=2_000)
    client = client_for(cast.staff)
    ContentType.objects.get_for_model(Batch)  # Asked for once in a process.
    for more in (8, 90):
        fill(cast.batch, more, first=more)
        with django_assert_num_queries(17):
            client.post(add_url(cast.batch), {"student": dora.pk}, headers=HX)
        actions.remove_student(cast.staff, cast.batch, dora)
        with django_assert_num_queries(6):
            client.get(add_url(cast.batch), headers=HX)


class TestUndo:
    """Each answer offers to undo what was done: what its button sends, posted, restores it."""

    def undo(self, client, answer):
        """Press the Undo of an answer."""
        text = answer.content.decode()
        form = re.search(r'<form method="post" action="([^"]*/undo/)".*?</form>', text, re.DOTALL)
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        return client.post(form[1], fields, headers=HX)

    def test_a_removal_is_undone_and_ends_when_it_would_have(self, cast, client_for):
        later = timezone.now() + datetime.timedelta(days=9)
        Enrollment.objects.filter(student=cast.amina).update(expires_at=later)
        client = client_for(cast.staff)
        answer = self.undo(client, client.post(removal_url(cast.batch, cast.amina), headers=HX))
        assert answer.status_code == 200
        again = Enrollment.objects.get(student=cast.amina)
        assert (again.is_active, again.batch, again.expires_at) == (True, cast.batch, later)

    def test_a_move_within_a_course_is_undone_and_nobody_is_told_of_it(self, cast, client_for, published):
        client = client_for(cast.staff)
        with published():
            moved = client.post(move_url(cast.batch, cast.amina), {"batch": cast.batch2.pk}, headers=HX)
        with published():
            answer = self.undo(client, moved)
        assert "Amina Diallo is in Algebra A again." in answer.content.decode()
        assert Enrollment.objects.get(student=cast.amina).batch == cast.batch
        assert not Notification.objects.filter(kind="moved").exists()
        assert {f"batch-{cast.batch.pk}", f"batch-{cast.batch2.pk}"} <= {channel for channel, _ in published}

    def test_a_move_to_another_course_leaves_no_trace(self, cast, client_for, botany):
        later = timezone.now() + datetime.timedelta(days=9)
        Enrollment.objects.filter(student=cast.amina).update(expires_at=later)
        before = Enrollment.objects.filter(student=cast.amina).values().get()
        client = client_for(cast.staff)
        self.undo(client, client.post(move_url(cast.batch, cast.amina), {"batch": botany.pk}, headers=HX))
        assert Enrollment.objects.filter(student=cast.amina).values().get() == before

    def test_who_took_the_other_course_before_takes_it_still(self, cast, client_for, botany):
        alone = actions.enroll(cast.staff, botany.course, cast.amina)
        client = client_for(cast.staff)
        self.undo(client, client.post(move_url(cast.batch, cast.amina), {"batch": botany.pk}, headers=HX))
        alone.refresh_from_db()
        assert (alone.is_active, alone.batch) == (True, None)
        assert "Amina" in students_of(cast.batch)

    def test_where_the_place_was_taken_the_move_stays_and_says_why(self, cast, client_for, dora):
        client = client_for(cast.staff)
        moved = client.post(move_url(cast.batch, cast.amina), {"batch": cast.batch2.pk}, headers=HX)
        Batch.objects.filter(pk=cast.batch.pk).update(capacity=1)
        answer = self.undo(client, moved)
        assert answer.status_code == 422
        assert "is full" in answer.content.decode()
        assert Enrollment.objects.get(student=cast.amina).batch == cast.batch2

    @pytest.mark.parametrize("fields", [{}, {"ended": "x"}, {"ended": "9" * 9}])
    def test_what_it_did_not_end_it_does_not_begin_again(self, cast, client_for, botany, fields):
        client = client_for(cast.staff)
        client.post(move_url(cast.batch, cast.amina), {"batch": botany.pk}, headers=HX)
        url = f"{move_url(cast.batch, cast.amina)}undo/"
        answer = client.post(url, {"batch": botany.pk, **fields}, headers=HX)
        assert answer.status_code == 422
        assert students_of(botany) == {"Amina"}
