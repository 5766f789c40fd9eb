"""Attempts: started, answered, ended and marked by the server's clock alone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.assessments import actions
from apps.assessments.actions import NewQuestion, Sent
from apps.assessments.models import Answer, Attempt, Extension
from tests import factories
from tests.assessments.sitting import every_kind, right_answers, sat, words

NOON = datetime(2030, 11, 5, 12, tzinfo=UTC)


@pytest.fixture
def quiz(cast):
    return every_kind(cast.course)


def test_an_attempt_holds_its_questions_options_points_and_deadline_from_its_start(cast, quiz):
    with time_machine.travel(NOON, tick=False):
        attempt = actions.start_attempt(cast.amina_user, quiz)
    assert (attempt.number, attempt.possible, attempt.deadline) == (1, 10, NOON + timedelta(minutes=30))
    assert attempt.over_at == attempt.deadline + timedelta(seconds=attempt.grace_seconds)
    assert list(attempt.questions.values_list("slot", flat=True)) == [1, 2, 3, 4, 5]
    first = attempt.questions.get(slot=1)
    assert set(first.words.values()) == set(first.version.choices.values_list("pk", flat=True))
    assert actions.start_attempt(cast.amina_user, quiz) == attempt
    assert AuditEntry.objects.filter(verb="attempt.started").count() == 1


def test_right_answers_earn_all_points_and_are_marked_as_the_attempt_ends(cast, quiz):
    attempt = sat(cast.amina_user, quiz)
    assert (attempt.points, attempt.percent, attempt.ending) == (10, 100, "handed_in")
    assert [row.points for row in attempt.questions.all()] == [2] * 5


def test_partial_answers_and_none(cast, quiz):
    attempt = sat(cast.amina_user, quiz, lambda it: [Sent(2, words(it, 2, "2")), Sent(4, text="Photosyntheses")])
    assert [str(row.points) for row in attempt.questions.all()] == ["0.00", "0.67", "0.00", "0.00", "0.00"]
    assert attempt.points == Decimal("0.67")


def test_nobody_else_starts_answers_or_hands_in(cast, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)
    for other in (cast.bruno_user, cast.teacher, cast.admin, cast.outsider):
        with pytest.raises(PermissionDenied):
            actions.save_answers(other, attempt, [])
        with pytest.raises(PermissionDenied):
            actions.hand_in(other, attempt)
    for other in (cast.teacher, cast.admin, cast.outsider):
        with pytest.raises(PermissionDenied):
            actions.start_attempt(other, quiz)
    cast.amina.enrollments.update(is_active=False)
    with pytest.raises(PermissionDenied):
        actions.save_answers(cast.amina_user, attempt, [])


def test_no_attempt_above_the_allowance(cast, quiz):
    sat(cast.amina_user, quiz)
    with pytest.raises(ValidationError, match="used all your attempts"):
        actions.start_attempt(cast.amina_user, quiz)
    for number, allowed in ((2, 1), (1, 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.attempt(quiz=quiz, student=cast.amina, number=number, allowed=allowed)


def test_the_database_refuses_a_second_open_attempt(cast, quiz):
    factories.attempt(quiz=quiz, student=cast.amina, allowed=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.attempt(quiz=quiz, student=cast.amina, number=2, allowed=5)


def test_an_older_answer_never_replaces_a_newer_one_and_the_same_twice_is_one(cast, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)

    def save(counter, text):
        return actions.save_answers(cast.amina_user, attempt, [Sent(4, text=text, counter=counter)])

    assert save(5, "five").taken == [4]
    assert save(4, "four").newer == [4]
    assert save(5, "other").older == [4]
    assert save(6, "six").taken == [4]
    assert list(Answer.objects.values_list("text", "counter")) == [("six", 6)]


def test_options_of_another_attempt_are_refused_and_so_are_two_of_one(cast, quiz):
    theirs = actions.start_attempt(cast.bruno_user, quiz)
    attempt = actions.start_attempt(cast.amina_user, quiz)
    saved = actions.save_answers(
        cast.amina_user,
        attempt,
        [Sent(1, words(theirs, 1, "Paris")), Sent(3, words(attempt, 3, "True", "False")), Sent(9, text="x")],
    )
    assert sorted(saved.refused) == [1, 3, 9]
    assert not Answer.objects.exists()


def test_what_arrives_within_the_grace_counts_and_what_comes_later_is_kept_apart(cast, quiz, settings):
    settings.QUIZ_GRACE = 5
    with time_machine.travel(NOON, tick=False) as clock:
        attempt = actions.start_attempt(cast.amina_user, quiz)
        clock.move_to(attempt.deadline + timedelta(seconds=4))
        assert actions.save_answers(cast.amina_user, attempt, right_answers(attempt)).taken == [1, 2, 3, 4, 5]
        clock.move_to(attempt.deadline + timedelta(seconds=5))
        saved = actions.save_answers(cast.amina_user, attempt, [Sent(4, text="late")])
        assert saved.late == [4]
        assert actions.end_overdue() == 1
        assert actions.end_overdue() == 0
        clock.shift(timedelta(hours=1))
        assert actions.save_answers(cast.amina_user, attempt, [Sent(5, text="7")]).late == [5]
    attempt.refresh_from_db()
    assert (attempt.points, attempt.ending, attempt.ended_at) == (10, "time", attempt.deadline)
    late = Answer.objects.filter(is_late=True).values_list("text", "saved_at")
    assert [text for text, _ in late] == ["late", "7"]


def test_any_read_ends_what_is_over_and_handing_in_later_changes_nothing(cast, quiz):
    with time_machine.travel(NOON, tick=False) as clock:
        attempt = actions.start_attempt(cast.amina_user, quiz)
        clock.shift(timedelta(hours=2))
        assert actions.hand_in(cast.amina_user, attempt).ending == "time"
        assert actions.settle_if_over(attempt).ended_at == NOON + timedelta(minutes=30)


def test_a_clock_that_jumps_back_ends_nothing_twice(cast, quiz):
    with time_machine.travel(NOON, tick=False) as clock:
        attempt = actions.start_attempt(cast.amina_user, quiz)
        clock.shift(timedelta(hours=2))
        actions.end_overdue()
        clock.move_to(NOON + timedelta(minutes=1))
        assert actions.save_answers(cast.amina_user, attempt, [Sent(4, text="again")]).late == [4]
        assert actions.hand_in(cast.amina_user, attempt).ended_at == attempt.deadline


def test_more_time_for_one_and_for_all(cast, quiz, published):
    with time_machine.travel(NOON, tick=False):
        mine = actions.start_attempt(cast.amina_user, quiz)
        other = actions.start_attempt(cast.bruno_user, quiz)
        with published():
            actions.extend_attempt(cast.teacher, mine, 10)
        assert {f"user-{cast.amina_user.pk}", f"quiz-{quiz.pk}-staff"} <= {channel for channel, _ in published}
        assert actions.extend_all(cast.admin, quiz, 5) == 2
    for attempt, minutes in ((mine, 45), (other, 35)):
        attempt.refresh_from_db()
        assert attempt.deadline == NOON + timedelta(minutes=minutes)
        assert attempt.over_at == attempt.deadline + timedelta(seconds=attempt.grace_seconds)
    assert Extension.objects.count() == 2
    with pytest.raises(PermissionDenied):
        actions.extend_attempt(cast.teacher2, mine, 10)
    with pytest.raises(PermissionDenied):
        actions.extend_all(cast.teacher, quiz, 10)


def test_extra_time_of_a_student_holds_for_attempts_that_run(cast, quiz):
    with time_machine.travel(NOON, tick=False):
        attempt = actions.start_attempt(cast.amina_user, quiz)
        actions.set_accommodation(cast.staff, cast.amina, Decimal(2), 5)
    attempt.refresh_from_db()
    assert attempt.deadline == NOON + timedelta(minutes=65)
    with pytest.raises(PermissionDenied):
        actions.set_accommodation(cast.teacher2, cast.amina, Decimal(3), 0)


# Canvas' caps: what is typed by mistake doesn't give years.
def test_extra_time_has_a_most(cast):
    row = actions.set_accommodation(cast.staff, cast.amina, Decimal(999), 99_999_999)
    assert (row.factor, row.minutes) == (10, 10_080)


def test_an_edit_is_a_new_version_that_attempts_under_way_dont_get(cast, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)
    question = quiz.questions.first()
    written = NewQuestion("single", "New text", options=(("Rome", True), ("Paris", False)))
    actions.save_question(cast.admin, quiz, written, question)
    assert attempt.questions.get(slot=1).version.number == 1
    assert actions.start_attempt(cast.bruno_user, quiz).questions.get(slot=1).version.text == "New text"
    actions.save_answers(cast.amina_user, attempt, [Sent(1, words(attempt, 1, "Paris"))])
    assert actions.hand_in(cast.amina_user, attempt).points == 2


def test_a_quiz_needs_questions_with_answers_to_be_published(cast):
    quiz = factories.quiz(course=cast.course, published=False)
    with pytest.raises(ValidationError, match="no questions yet"):
        actions.publish_quiz(cast.admin, quiz)
    factories.question(quiz=quiz, right=())
    with pytest.raises(ValidationError, match="Question 1 has no right answer"):
        actions.publish_quiz(cast.admin, quiz)
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    quiz.questions.all().update(removed_at=timezone.now())
    factories.question(quiz=quiz)
    assert actions.publish_quiz(cast.teacher, quiz).published
    with pytest.raises(PermissionDenied):
        actions.unpublish_quiz(cast.teacher2, quiz)


def test_it_cant_be_unpublished_under_somebody_who_sits_it(cast, quiz):
    actions.start_attempt(cast.amina_user, quiz)
    with pytest.raises(ValidationError, match="1 student is sitting"):
        actions.unpublish_quiz(cast.admin, quiz)


def test_start_is_refused_before_it_opens_and_after_it_closed(cast, quiz):
    with time_machine.travel(NOON, tick=False):
        for fields, words_said in (
            ({"opens": NOON + timedelta(hours=1)}, "isn’t open yet"),
            ({"no_start_after": NOON}, "is closed"),
            ({"ends_at": NOON}, "is closed"),
        ):
            other = every_kind(cast.course, **fields)
            with pytest.raises(ValidationError, match=words_said):
                actions.start_attempt(cast.amina_user, other)
    assert not Attempt.objects.exists()


@time_machine.travel(NOON, tick=False)
def test_a_save_costs_seven_queries_for_one_answer_and_for_several(cast, client_for, django_assert_num_queries):
    attempt = actions.start_attempt(cast.amina_user, every_kind(cast.course))
    client, url = client_for(cast.amina_user), attempt.get_absolute_url()
    # Two more open and close a savepoint, since a test is a transaction itself; one tells those who watch.
    with django_assert_num_queries(7 + 2 + 1):
        assert client.post(url, {"script": 1, "c4": 1, "a4": "PS"}).json()["taken"] == [4]
    with django_assert_num_queries(7 + 2 + 1):
        both = client.post(url, {"script": 1, "c4": 2, "a4": "algae", "c5": 1, "a5": "3,1"}).json()
    assert both["taken"] == [4, 5]
    with django_assert_num_queries(7 + 2):
        both = client.post(url, {"script": 1, "c4": 3, "a4": "fern", "c5": 2, "a5": "3,14"}).json()
    assert both["taken"] == [4, 5]
