"""What happens between two moments: more time under a hand-in, an enrollment that ends, a reply that was lost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.assessments import actions
from apps.assessments.actions import Sent
from apps.assessments.forms import initial_of
from apps.assessments.models import Answer, Attempt, KeyMending, Question, Quiz
from apps.assessments.policies import shown
from apps.courses.actions import end_enrollment, undo_withdrawal
from apps.courses.models import Batch, Enrollment, LessonProgress
from tests import factories
from tests.assessments.sitting import every_kind, sat, words

NOON = datetime(2030, 11, 5, 12, tzinfo=UTC)
HIGHEST = 2**63 - 1


@pytest.fixture
def quiz(cast):
    return every_kind(cast.course)


def test_handing_in_a_page_that_knows_nothing_of_more_time_hands_in(cast, quiz):
    with time_machine.travel(NOON, tick=False) as clock:
        old = actions.start_attempt(cast.amina_user, quiz)
        actions.extend_attempt(cast.admin, Attempt.objects.get(), 30)
        clock.shift(timedelta(minutes=40))
        assert (actions.hand_in(cast.amina_user, old).ending, old.ended_at) == (
            "handed_in",
            NOON + timedelta(minutes=40),
        )


def test_an_attempt_that_ran_out_gets_no_more_time_though_nobody_has_looked(cast, quiz):
    with time_machine.travel(NOON, tick=False) as clock:
        attempt = actions.start_attempt(cast.amina_user, quiz)
        clock.move_to(attempt.over_at)
        with pytest.raises(ValidationError, match="has ended"):
            actions.extend_attempt(cast.admin, attempt, 10)
        assert actions.extend_all(cast.admin, quiz, 10) == 0
        actions.set_accommodation(cast.admin, cast.amina, Decimal(2), 0)
        assert actions.end_overdue() == 1
        assert actions.settle_if_over(attempt).ended_at == NOON + timedelta(minutes=30)


def test_an_answer_whose_reply_was_lost_is_not_late_when_it_is_sent_again(cast, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)
    sent = [Sent(4, text="PS", counter=7)]
    actions.save_answers(cast.amina_user, attempt, sent)
    actions.hand_in(cast.amina_user, attempt)
    saved = actions.save_answers(cast.amina_user, attempt, sent)
    assert (saved.late, saved.older) == ([], [4])
    assert actions.save_answers(cast.amina_user, attempt, [Sent(4, text="P", counter=8)]).late == [4]
    assert Answer.objects.count() == 2


def test_the_highest_counter_leaves_a_form_without_script_its_word(cast, client_for, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)
    client, url = client_for(cast.amina_user), attempt.get_absolute_url()
    said = client.post(url, {"script": 1, "c4": "9999999999999999999", "a4": "first"}).json()
    assert said["taken"] == [4]
    assert client.post(url, {"script": 1, "c4": str(HIGHEST), "a4": "again"}).json()["older"] == [4]
    actions.save_answers(cast.amina_user, attempt, [Sent(4, text="second")])
    assert list(Answer.objects.values_list("text", "counter")) == [("second", HIGHEST)]


def test_the_questions_of_an_attempt_close_with_the_enrollment_and_its_result_stays(cast, client_for, quiz):
    ended = sat(cast.bruno_user, quiz)
    attempt = actions.start_attempt(cast.amina_user, quiz)
    for student in (cast.amina, cast.bruno):
        student.enrollments.update(is_active=False)
    client, url = client_for(cast.amina_user), attempt.get_absolute_url()
    for page in (url, f"{url}clock/", f"{url}end/"):
        assert client.get(page).status_code == 404
    for page in (url, f"{url}end/", f"{url}flags/1/"):
        assert client.post(page, {"script": 1, "c4": "1", "a4": "x"}).status_code == 404
    assert not Answer.objects.filter(question__attempt=attempt).exists()
    assert client_for(cast.bruno_user).get(ended.get_absolute_url()).status_code == 200


def test_who_left_in_the_middle_holds_up_neither_results_nor_a_draft(cast):
    with time_machine.travel(NOON, tick=False) as clock:
        quiz = every_kind(
            cast.course, minutes=None, no_start_after=NOON + timedelta(hours=1), result_when="closed", key_when="closed"
        )
        actions.start_attempt(cast.bruno_user, quiz)
        attempt = sat(cast.amina_user, quiz)
        clock.shift(timedelta(hours=2))
        assert not shown(attempt).mark
        cast.bruno.enrollments.update(is_active=False)
        assert shown(attempt).mark
        assert not actions.unpublish_quiz(cast.admin, quiz).published


def test_a_start_that_lost_against_the_draft_is_refused_in_words(cast, quiz, monkeypatch):
    monkeypatch.setattr("apps.assessments.policies.may_sit", lambda user, _: cast.amina)
    Quiz.objects.update(published=False)
    with pytest.raises(PermissionDenied):
        actions.start_attempt(cast.amina_user, quiz)
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("when", ["released", "closed"])
def test_a_lesson_isnt_done_before_its_student_may_know_that_they_passed(cast, when):
    with time_machine.travel(NOON, tick=False) as clock:
        module = factories.module(course=cast.course)
        lesson = factories.lesson(module=module, kind="quiz", completion_rule="quiz_passed", published=True, body="")
        quiz = every_kind(cast.course, lesson=lesson, result_when=when, no_start_after=NOON + timedelta(minutes=9))
        sat(cast.amina_user, quiz)
        sat(cast.bruno_user, quiz, lambda attempt: [])
        actions.fulfil_closed()
        done = LessonProgress.objects.filter(completed_at__isnull=False)
        assert not done.exists()
        if when == "released":
            actions.release_results(cast.admin, quiz)
        else:
            clock.shift(timedelta(minutes=10))
            actions.fulfil_closed()
        assert list(done.values_list("student", flat=True)) == [cast.amina.pk]


def test_a_mended_key_is_what_the_next_edit_begins_with(cast, quiz):
    text, number = quiz.questions.get(current__kind="text"), quiz.questions.last()
    actions.mend_key(cast.admin, KeyMending(version=text.current, mode="new", variants="Respiration"))
    actions.mend_key(cast.admin, KeyMending(version=number.current, mode="new", number_key="2.72", tolerance="0.1"))
    assert initial_of(fresh(text))["variants"] == "Respiration"
    assert (initial_of(fresh(number))["number_key"], initial_of(fresh(number))["tolerance"]) == ("2.72", "0.1")


def fresh(question):
    return Question.objects.select_related("current").get(pk=question.pk)


def test_a_quiz_is_no_step_of_another_course_and_stays_where_it_was_sat(cast, quiz):
    other = factories.lesson(module=factories.module(), kind="quiz", body="")
    with pytest.raises(ValidationError, match="of the same course"):
        actions.save_quiz(cast.admin, Quiz.objects.get(), {"lesson": other})
    away = {"course": other.module.course}
    assert actions.save_quiz(cast.admin, Quiz.objects.get(), away).course == away["course"]
    actions.save_quiz(cast.admin, Quiz.objects.get(), {"course": cast.course})
    actions.start_attempt(cast.amina_user, quiz)
    with pytest.raises(ValidationError, match="stays in its course"):
        actions.save_quiz(cast.admin, Quiz.objects.get(), away)


def test_a_removed_question_doesnt_come_back_above_the_most(cast, quiz, monkeypatch):
    first = quiz.questions.first()
    actions.remove_question(cast.admin, first)
    monkeypatch.setattr("apps.assessments.actions.questions.MOST", 4)
    with pytest.raises(ValidationError, match="at most 4 questions"):
        actions.remove_question(cast.admin, first, back=True)


def test_a_lesson_says_nothing_of_a_quiz_that_is_a_draft_again(cast, client_for):
    lesson = factories.lesson(module=factories.module(course=cast.course), kind="quiz", published=True, body="")
    quiz = every_kind(cast.course, lesson=lesson, title="SECRETTITLE")
    assert "SECRETTITLE" in client_for(cast.amina_user).get(lesson.get_absolute_url()).text
    actions.unpublish_quiz(cast.admin, quiz)
    assert "SECRETTITLE" not in client_for(cast.amina_user).get(lesson.get_absolute_url()).text
    assert "SECRETTITLE" in client_for(cast.admin).get(lesson.get_absolute_url()).text


def test_a_page_of_many_questions_is_taken_without_script(cast, client_for, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)
    sent = {f"w{slot}": "" for slot in range(4, 500)} | {f"a{slot}": "" for slot in range(4, 500)}
    sent |= {f"f{slot}": "1" for slot in range(4, 500)} | {"a4": "PS"}
    assert client_for(cast.amina_user).post(attempt.get_absolute_url(), sent).status_code == 302
    assert Answer.objects.get().text == "PS"


def test_a_list_of_quizzes_whose_results_wait_for_the_end_takes_constant_queries(cast, client_for, query_count):
    counts = []
    with time_machine.travel(NOON, tick=False) as clock:
        for many in (1, 4):
            for _ in range(many):
                end = NOON + timedelta(days=many, hours=1)
                sat(cast.amina_user, every_kind(cast.course, result_when="closed", ends_at=end))
            clock.move_to(NOON + timedelta(days=many, hours=2))
            client, url = client_for(cast.amina_user), f"/courses/{cast.course.pk}/quizzes/"
            client.get(url)
            counts.append(query_count(lambda c=client, u=url: c.get(u)))
    assert counts[0] == counts[1], counts


def test_mending_a_key_takes_constant_queries_however_many_have_answered(cast, query_count):
    quiz, counts = every_kind(cast.course, attempts_allowed=20), []
    version = quiz.questions.first().current
    paris = version.choices.get(text="Paris").pk
    for _ in range(2):
        for user in (cast.amina_user, cast.bruno_user, cast.chloe_user):
            sat(user, quiz, lambda it: [Sent(1, words(it, 1, "Paris"))])
            sat(user, quiz)
        mending = KeyMending(version=version, mode="new", right=[paris])
        preview = query_count(lambda m=mending: actions.preview_mending(cast.admin, m))
        counts.append((preview, query_count(lambda m=mending: actions.mend_key(cast.admin, m))))
    assert counts[0] == counts[1], counts


def test_an_attempt_without_a_deadline_ends_an_hour_after_its_student_left(cast):
    with time_machine.travel(NOON, tick=False) as clock:
        quiz = every_kind(cast.course, minutes=None)
        attempt, other = (actions.start_attempt(user, quiz) for user in (cast.amina_user, cast.bruno_user))
        actions.save_answers(cast.amina_user, attempt, [Sent(4, text="PS")])
        place = Enrollment.objects.get(student=cast.amina, course=cast.course)
        end_enrollment(cast.admin, place)
        clock.shift(timedelta(minutes=59))
        assert actions.end_left() == 0
        undo_withdrawal(cast.admin, place, None)
        clock.shift(timedelta(days=100))
        assert actions.end_left() == 0
        end_enrollment(cast.admin, place)
        clock.shift(timedelta(hours=1))
        assert (actions.end_left(), actions.end_left()) == (1, 0)
        attempt.refresh_from_db()
        other.refresh_from_db()
        assert (attempt.ending, attempt.points, attempt.ended_at) == ("left", 2, timezone.now())
        assert other.is_open


def test_the_end_of_a_batch_that_ends_access_ends_them_an_hour_later(cast):
    with time_machine.travel(NOON, tick=False) as clock:
        quiz = every_kind(cast.course, minutes=None)
        actions.start_attempt(cast.amina_user, quiz)
        place = Enrollment.objects.get(student=cast.amina, course=cast.course)
        Batch.objects.filter(pk=place.batch_id).update(end=NOON.date(), end_ends_access=True)
        end = Enrollment.objects.get(pk=place.pk).ends_at
        clock.move_to(end + timedelta(minutes=59))
        assert actions.end_left() == 0
        clock.move_to(end + timedelta(minutes=61))
        assert actions.end_left() == 1


def test_one_with_a_deadline_runs_on_to_it_after_its_student_left(cast, quiz):
    with time_machine.travel(NOON, tick=False) as clock:
        Quiz.objects.update(minutes=300)
        attempt = actions.start_attempt(cast.amina_user, quiz)
        end_enrollment(cast.admin, Enrollment.objects.get(student=cast.amina, course=cast.course))
        clock.shift(timedelta(hours=2))
        assert (actions.end_left(), actions.end_overdue()) == (0, 0)
        clock.shift(timedelta(hours=4))
        assert (actions.end_left(), actions.end_overdue()) == (0, 1)
        attempt.refresh_from_db()
        assert attempt.ending == "time"
