"""The pages of quizzes: written, sat, watched, and their results read."""

import gzip
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.assessments import actions
from apps.assessments.models import Answer, Attempt, Question, Quiz
from tests import factories
from tests.assessments.sitting import every_kind, sat, text, words
from tests.elsewhere import ROOT

NOON = datetime(2030, 11, 5, 12, tzinfo=UTC)


@pytest.fixture
def quiz(cast):
    return every_kind(cast.course)


def form_of(attempt, **changed):
    """What a page without script sends of its questions: as they were, but for what is changed."""
    from apps.assessments.shown import questions_of

    return {f"w{each.slot}": each.was for each in questions_of(attempt)} | changed


def test_before_the_start_it_says_how_long_until_when_how_often_and_how_it_is_marked(cast, client_for):
    factories.accommodation(student=cast.amina)
    quiz = every_kind(cast.course, ends_at=NOON + timedelta(days=1), attempts_allowed=3)
    with time_machine.travel(NOON, tick=False):
        page = text(client_for(cast.amina_user).get(quiz.get_absolute_url()))
    assert "60 minutes (30 + 30)" in page
    assert "If you start now, you have until" in page
    assert "each wrong one takes a share away" in page
    assert "3 · the best attempt counts" in page
    assert "Start (3 left)" in page


def test_a_whole_quiz_without_javascript(cast, client_for, quiz):
    client = client_for(cast.amina_user)
    response = client.post(f"{quiz.get_absolute_url()}attempts/")
    attempt = Attempt.objects.get()
    assert response.headers["Location"] == attempt.get_absolute_url()
    page = text(client.get(attempt.get_absolute_url()))
    for hook in (f'data-attempt="{attempt.pk}"', "data-seconds-left=", 'data-question="5"', 'data-saved="saved"'):
        assert hook in page
    sent = form_of(attempt, a1=words(attempt, 1, "Paris"), a4="ps", a5="3,14", f2="1", save="1")
    assert client.post(attempt.get_absolute_url(), sent).status_code == 302
    page = text(client.get(attempt.get_absolute_url()))
    assert 'value="ps"' in page
    assert attempt.questions.get(slot=2).flagged
    sent = form_of(attempt, a1=words(attempt, 1, "Paris"), a4="ps", a5="3,14", review="1")
    response = client.post(attempt.get_absolute_url(), sent)
    end = response.headers["Location"]
    assert text(client.get(end)).count("<strong>not answered</strong>") == 2
    assert client.post(end).headers["Location"] == attempt.get_absolute_url()
    page = text(client.get(attempt.get_absolute_url()))
    assert "<strong>60 %</strong>" in page
    assert "6 of 10 points" in page
    assert client.post(end).status_code == 302
    assert Attempt.objects.get().points == 6


def test_a_page_that_was_left_open_takes_nothing_back_that_nobody_touched_there(cast, client_for, quiz):
    client, attempt = client_for(cast.amina_user), actions.start_attempt(cast.amina_user, quiz)
    old = form_of(attempt)
    client.post(attempt.get_absolute_url(), form_of(attempt, a4="new"))
    client.post(attempt.get_absolute_url(), old | {"a4": "", "a5": "7"})
    assert dict(Answer.objects.values_list("question__slot", "text")) == {4: "new", 5: "7"}


def test_a_script_is_told_what_became_of_each_answer(cast, client_for, quiz):
    client, attempt = client_for(cast.amina_user), actions.start_attempt(cast.amina_user, quiz)
    url, paris = attempt.get_absolute_url(), words(attempt, 1, "Paris")
    said = client.post(url, {"script": 1, "c1": "7", "a1": paris, "c4": "3", "a4": "x" * 3000, "c5": "nine"}).json()
    assert (said["taken"], list(said["refused"]), said["ended"]) == ([1], ["4"], False)
    assert 0 < said["seconds_left"] <= 1800
    assert client.post(url, {"script": 1, "c1": "7", "a1": ""}).json()["older"] == [1]
    actions.hand_in(cast.amina_user, attempt)
    said = client.post(url, {"script": 1, "c4": "9", "a4": "late"}).json()
    assert (said["late"], said["ended"]) == ([4], True)


def test_too_long_an_answer_is_said_at_its_place_and_kept(cast, client_for, quiz):
    client, attempt = client_for(cast.amina_user), actions.start_attempt(cast.amina_user, quiz)
    was = form_of(attempt)
    for _ in range(2):
        sent = was | {"a4": "y" * 2_001, "a5": "3,14", "f5": "1"}
        page = text(client.post(attempt.get_absolute_url(), sent), 422)
        was = dict(re.findall(r'name="(w\d)" value="(\w+)"', page))
        assert "Write at most 2000 characters." in page
        assert "y" * 2_001 in page
        # What came with it is saved, and shown so.
        assert 'value="3,14"' in page
        assert 'name="f5" value="1" checked' in page


def test_others_find_neither_the_quiz_nor_an_attempt(cast, client_for, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)
    for who in (cast.outsider, cast.bruno_user):
        assert client_for(who).get(attempt.get_absolute_url()).status_code == 404
    assert client_for(cast.outsider).get(quiz.get_absolute_url()).status_code == 404
    assert client_for(cast.bruno_user).get(f"{quiz.get_absolute_url()}results/").status_code == 404
    Quiz.objects.update(published=False)
    assert client_for(cast.amina_user).get(quiz.get_absolute_url()).status_code == 404


def test_a_teacher_writes_a_quiz_with_a_question_of_each_kind(cast, client_for):
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    client = client_for(cast.teacher)
    fields = {"title": "Week 1", "attempts_allowed": 1, "counts": "best", "pass_percent": 50, "partial": "minus"}
    fields |= {"result_when": "at_once", "key_when": "closed", "minutes": "20"}
    page = text(client.post(f"/courses/{cast.course.pk}/quizzes/new/", fields | {"title": ""}), 422)
    assert "Give the quiz a title." in page
    response = client.post(f"/courses/{cast.course.pk}/quizzes/new/", fields)
    quiz = Quiz.objects.get()
    assert response.headers["Location"] == f"/quizzes/{quiz.pk}/edit/"
    add = f"/quizzes/{quiz.pk}/questions/"
    own = {
        "single": {"options": "* Paris\nRome"},
        "multiple": {"options": "* 2\n* 3\n4"},
        "true_false": {"is_true": "false"},
        "text": {"variants": "frog"},
        "number": {"number_key": "3,5", "tolerance": "0.1"},
    }
    for kind, more in own.items():
        text(client.get(f"/quizzes/{quiz.pk}/edit/?add={kind}"))
        assert client.post(add, {"kind": kind, "text": f"Of {kind}?", "points": "1,5"} | more).status_code == 302
    page = text(client.get(f"/quizzes/{quiz.pk}/edit/"))
    assert all(f"Of {kind}?" in page for kind in own)
    assert "5 questions · 7.5 points" in page
    assert client.post(f"/quizzes/{quiz.pk}/publication/").status_code == 302
    assert Quiz.objects.get().published


# What is wrong is said at its place, and nothing typed is lost.
@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("single", {"options": "Paris\nRome"}, "Mark the right option"),
        ("single", {"options": "* Paris\n* Rome"}, "Only one option can be right here"),
        ("single", {"options": "* Paris"}, "at least two options"),
        ("multiple", {"options": "* Paris\nparis"}, "is listed twice"),
        ("true_false", {}, "Choose true or false."),
        ("text", {"variants": " \n "}, "at least one accepted answer"),
        ("number", {"number_key": "many"}, "Write the right number"),
        ("number", {"number_key": "1", "tolerance": "-1"}, "a number from 0 on"),
        ("single", {"options": "* a\nb", "points": "0"}, "Give points from 0.01"),
        ("single", {"options": "* a\nb", "text": ""}, "Write the question."),
    ],
)
def test_a_question_that_cant_be_marked_is_refused_in_words(cast, client_for, quiz, kind, fields, said):
    sent = {"kind": kind, "text": "My long typed text", "points": "1"} | fields
    page = text(client_for(cast.admin).post(f"/quizzes/{quiz.pk}/questions/", sent), 422)
    assert said in page
    assert sent["text"] in page
    assert Question.objects.count() == 5


def test_an_end_before_the_beginning_is_said_at_its_field(cast, client_for, quiz):
    fields = {"title": "T", "attempts_allowed": 1, "counts": "best", "pass_percent": 50, "partial": "minus"}
    fields |= {
        "result_when": "at_once",
        "key_when": "closed",
        "opens": "2030-01-02T10:00",
        "ends_at": "2030-01-02T09:00",
    }
    page = text(client_for(cast.admin).post(f"/quizzes/{quiz.pk}/edit/", fields), 422)
    assert "It ends before it opens." in page


def test_questions_are_edited_moved_removed_and_brought_back(cast, client_for, quiz):
    client, first = client_for(cast.admin), quiz.questions.first()
    url = f"/quizzes/{quiz.pk}/questions/{first.pk}/"
    assert "* Paris" in text(client.get(f"/quizzes/{quiz.pk}/edit/?question={first.pk}"))
    assert client.post(url, {"text": "Again?", "options": "* a\nb", "points": "2"}).status_code == 302
    first.refresh_from_db()
    assert (first.current.number, first.current.text) == (2, "Again?")
    client.post(f"{url}move/", {"to": "down"})
    assert list(quiz.questions.asked())[1] == first
    client.post(f"{url}removal/")
    assert first not in quiz.questions.asked()
    client.post(f"{url}removal/", {"undo": "1"})
    assert first in quiz.questions.asked()


def test_trying_a_quiz_out_marks_it_and_stores_nothing(cast, client_for, quiz):
    client = client_for(cast.teacher)
    url = f"/quizzes/{quiz.pk}/trial/"
    text(client.get(url))
    right = quiz.questions.first().current.choices.get(is_right=True)
    page = text(client.post(url, {"a1": right.pk, "a4": "PS", "a5": "x", "a2": "99999"}))
    assert "<strong>4</strong> <span>of 10 points</span>" in page
    assert not Attempt.objects.exists()
    assert not Answer.objects.exists()


def test_extra_time_is_set_on_the_student(cast, client_for):
    client, url = client_for(cast.teacher), f"/students/{cast.amina.pk}/extra-time/"
    text(client.get(url))
    assert "Ensure this value is greater" in text(client.post(url, {"factor": "0.5", "minutes": "0"}), 422)
    assert client.post(url, {"factor": "1.5", "minutes": "5"}).status_code == 302
    assert cast.amina.accommodation.minutes == 5
    assert client_for(cast.amina_user).get(url).status_code == 404
    assert client_for(cast.teacher2).get(url).status_code == 404


def test_pages_take_a_constant_number_of_queries(cast, client_for, query_count):
    counts = []
    for more in (0, 5):
        quiz = every_kind(cast.course, attempts_allowed=9)
        for _ in range(more):
            factories.question(quiz=quiz)
            every_kind(cast.course)
        student, admin = client_for(cast.amina_user), client_for(cast.admin)
        sat(cast.amina_user, quiz)
        attempt = actions.start_attempt(cast.amina_user, quiz)
        ended = quiz.attempts.first()
        pages = {
            (student, quiz.get_absolute_url()),
            (student, attempt.get_absolute_url()),
            (student, ended.get_absolute_url()),
            (student, f"/courses/{cast.course.pk}/quizzes/"),
            (admin, f"/quizzes/{quiz.pk}/edit/"),
            (admin, f"/quizzes/{quiz.pk}/results/"),
            (admin, f"/quizzes/{quiz.pk}/results/{ended.pk}/"),
            (admin, f"/quizzes/{quiz.pk}/trial/"),
        }
        counts.append(
            {
                url.replace(str(quiz.pk), "#").replace(str(ended.pk), "#"): query_count(
                    lambda c=c, u=url: text(c.get(u))
                )
                for c, url in pages
            }
        )
    assert sorted(counts[0].values()) == sorted(counts[1].values()), counts
    assert max(counts[0].values()) <= 15, counts


def test_an_attempt_adds_at_most_four_kilobytes_of_script_and_no_other_script(cast, client_for, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)
    page = text(client_for(cast.amina_user).get(attempt.get_absolute_url()))
    other = text(client_for(cast.amina_user).get(quiz.get_absolute_url()))
    assert page.count("<script") == other.count("<script") + 1
    script = (ROOT / "theme" / "static" / "js" / "dist" / "attempt.js").read_bytes()
    assert len(gzip.compress(script)) <= 4_000
