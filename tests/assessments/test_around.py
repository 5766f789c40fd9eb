"""Quizzes in the outline, in notifications, in the admin, and what is kept of a person."""

import json

import pytest

from apps.accounts import own_data
from apps.assessments import actions
from apps.assessments.actions import Sent
from apps.assessments.models import KeyMending, Quiz
from apps.courses.actions import publish_lessons
from apps.courses.models import CourseCompletion, LessonProgress
from apps.notifications.models import Notification
from tests import factories
from tests.assessments.sitting import every_kind, right_answers, sat, words


@pytest.fixture
def lesson(cast):
    module = factories.module(course=cast.course)
    return factories.lesson(module=module, kind="quiz", completion_rule="quiz_passed", published=False, body="")


def test_a_lesson_that_is_a_quiz_is_published_with_it_and_done_when_it_is_passed(cast, client_for, lesson):
    assert publish_lessons(cast.admin, cast.course, [lesson]).refused[0][1][0].startswith("It has no quiz yet")
    quiz = every_kind(cast.course, lesson=lesson, attempts_allowed=2)
    publish_lessons(cast.admin, cast.course, [lesson])
    page = client_for(cast.amina_user).get(lesson.get_absolute_url()).content.decode()
    assert "Open the quiz" in page
    assert "Done once you pass the quiz." in page
    sat(cast.amina_user, quiz, lambda attempt: [])
    assert not LessonProgress.objects.filter(lesson=lesson, completed_at__isnull=False).exists()
    sat(cast.amina_user, quiz)
    assert LessonProgress.objects.get(lesson=lesson, student=cast.amina).completed_at
    assert CourseCompletion.objects.filter(student=cast.amina, course=cast.course).exists()


def test_handing_in_is_enough_where_the_rule_says_so(cast, lesson):
    lesson.completion_rule, lesson.published = "quiz_handed_in", True
    lesson.save()
    sat(cast.amina_user, every_kind(cast.course, lesson=lesson), lambda attempt: [])
    assert LessonProgress.objects.get(lesson=lesson, student=cast.amina).completed_at


def test_more_time_and_results_are_told(cast, client_for, published):
    quiz = every_kind(cast.course, result_when="released")
    with published():
        attempt = actions.start_attempt(cast.amina_user, quiz)
        actions.extend_attempt(cast.teacher, attempt, 10)
        actions.hand_in(cast.amina_user, attempt)
        actions.release_results(cast.admin, quiz)
    kinds = Notification.objects.filter(recipient=cast.amina_user).values_list("kind", flat=True)
    assert sorted(kinds) == ["quiz_result", "quiz_time"]
    page = client_for(cast.amina_user).get("/notifications/").content.decode()
    assert "10 more minutes in" in page
    assert "Your result of" in page


def test_a_wrong_key_is_mended_once_for_everyone(cast, published):
    quiz = every_kind(cast.course)
    hers = sat(cast.amina_user, quiz, lambda it: [Sent(1, words(it, 1, "Rome"))])
    his = sat(cast.bruno_user, quiz, right_answers)
    version = quiz.questions.first().current
    rome = version.choices.get(text="Rome").pk
    for mode, expected in (("keep", (2, 10)), ("new", (2, 8)), ("full", (2, 10))):
        mending = KeyMending(version=version, mode=mode, right=[rome])
        assert [change.new for change in actions.preview_mending(cast.admin, mending)] == list(expected)
    assert not KeyMending.objects.exists()
    with published():
        changes = actions.mend_key(cast.admin, KeyMending(version=version, mode="new", right=[rome]))
    assert {(change.attempt.pk, change.old, change.new) for change in changes} == {(hers.pk, 0, 2), (his.pk, 10, 8)}
    told = Notification.objects.filter(kind="quiz_result").values_list("recipient", flat=True)
    assert sorted(told) == sorted([cast.amina_user.pk, cast.bruno_user.pk])
    assert sat(cast.chloe_user, quiz).points == 8


def test_own_data_holds_ones_attempts_and_the_admin_saves_by_the_action(cast, client_for):
    quiz = every_kind(cast.course)
    sat(cast.amina_user, quiz)
    kept = json.loads("".join(own_data.as_json(cast.amina_user)))["assessments"]["attempts"]
    assert (kept[0]["quiz"], kept[0]["points"], len(kept[0]["answers"])) == (quiz.title, "10.00", 5)
    page = client_for(cast.admin).get(f"/admin/assessments/quiz/{quiz.pk}/change/").content.decode()
    assert "Every kind" in page
    draft = factories.quiz(course=cast.course, published=False)
    assert client_for(cast.admin).get(f"/admin/assessments/quiz/{draft.pk}/change/").status_code == 200
    assert Quiz.objects.count() == 2


def test_the_page_of_a_mended_key_shows_old_and_new_marks_first(cast, client_for):
    quiz = every_kind(cast.course)
    sat(cast.amina_user, quiz, lambda it: [Sent(1, words(it, 1, "Rome")), Sent(5, text="3")])
    client, first = client_for(cast.admin), quiz.questions.first()
    url = f"/quizzes/{quiz.pk}/questions/{first.pk}/mending/"
    assert url in client.get(f"/quizzes/{quiz.pk}/edit/?question={first.pk}").content.decode()
    assert "Choose what is right." in client.post(url, {"mode": "new"}).content.decode()
    rome = first.current.choices.get(text="Rome").pk
    page = client.post(url, {"mode": "new", "right": rome}).content.decode()
    assert "<strong>2</strong>" in page
    assert not KeyMending.objects.exists()
    assert client.post(url, {"mode": "new", "right": rome, "confirm": "1"}).status_code == 302
    assert quiz.attempts.get().points == 2
    last = quiz.questions.last()
    client.post(f"/quizzes/{quiz.pk}/questions/{last.pk}/mending/", {"mode": "full", "confirm": "1"})
    assert quiz.attempts.get().points == 4
