"""Nothing tells the answer before it may be shown: every byte that a student gets is searched for planted markers."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.accounts import own_data
from apps.assessments import actions
from apps.assessments.actions import NewQuestion, Sent
from apps.assessments.models import Quiz, When
from apps.assessments.policies import Shown, shown
from tests import factories
from tests.assessments.sitting import every_kind, sat

NOON = datetime(2030, 11, 5, 12, tzinfo=UTC)
MARKERS = ("KEYTEXT", "FEEDBACKTEXT", "271828")
URLS = ("{quiz}", "{attempt}", "{attempt}clock/", "{attempt}end/", "/courses/{course}/quizzes/", "/", "/notifications/")


@pytest.fixture
def quiz(cast):
    """A quiz whose key and feedback hold markers; options say nothing of which is right."""
    quiz = factories.quiz(course=cast.course, key_when=When.CLOSED, result_when=When.RELEASED)
    more = {"feedback": "FEEDBACKTEXT"}
    options = (("Paris", True), ("Rome", False))
    for written in (
        NewQuestion("single", "One?", options=options, **more),
        NewQuestion("text", "Word?", variants="KEYTEXT", **more),
        NewQuestion("number", "How many?", number_key="271828", tolerance="0.5", **more),
    ):
        actions.save_question(cast.admin, quiz, written)
    return quiz


def bytes_of(client, quiz, attempt):
    """Everything that its student can ask for, headers included, as a page and as a fragment."""
    at = {"quiz": quiz.get_absolute_url(), "attempt": attempt.get_absolute_url(), "course": quiz.course_id}
    found = {}
    for url in (each.format(**at) for each in URLS):
        for headers in ({}, {"HX-Request": "true"}):
            response = client.get(url, headers=headers)
            body = b"".join(response) if response.streaming else response.content
            found[url, bool(headers)] = f"{response.headers}{body.decode()}"
    sent = {"script": "1", "c2": "5", "a2": "guess", "c3": "5", "a3": "1"}
    found["save", True] = client.post(at["attempt"], sent).content.decode()
    found["own data", False] = json.dumps("".join(own_data.as_json(attempt.student.user)))
    return found


def assert_silent(found):
    for where, content in found.items():
        for marker in MARKERS:
            assert marker not in content, where
        assert "is_right" not in content
        assert "data-verdict" not in content


def test_no_byte_tells_the_answer_while_it_is_sat_and_until_it_may_be_shown(cast, client_for, quiz):
    client = client_for(cast.amina_user)
    attempt = actions.start_attempt(cast.amina_user, quiz)
    assert_silent(bytes_of(client, quiz, attempt))
    actions.hand_in(cast.amina_user, attempt)
    found = bytes_of(client, quiz, attempt)
    assert_silent(found)
    assert "data-mark" not in "".join(found.values())
    actions.release_results(cast.admin, quiz)
    page = client.get(attempt.get_absolute_url()).content.decode()
    assert "data-mark" in page
    assert_silent({"released": page})
    Quiz.objects.update(key_when=When.RELEASED)
    page = client.get(attempt.get_absolute_url()).content.decode()
    assert all(marker in page for marker in MARKERS)


def test_the_words_of_options_say_nothing_and_differ_from_attempt_to_attempt(cast, quiz):
    words = []
    for user in (cast.amina_user, cast.bruno_user):
        row = actions.start_attempt(user, quiz).questions.get(slot=1)
        words.append(set(row.words))
        assert not set(row.words) & {str(pk) for pk in row.words.values()}
    assert not words[0] & words[1]


@pytest.mark.parametrize("when", When.values)
@pytest.mark.parametrize("after", ["at once", "closed", "released"])
def test_what_is_shown_when(cast, when, after):
    with time_machine.travel(NOON, tick=False) as clock:
        quiz = every_kind(cast.course, result_when=when, key_when=when, ends_at=NOON + timedelta(hours=1))
        attempt = sat(cast.amina_user, quiz)
        if after == "released":
            actions.release_results(cast.admin, quiz)
        if after == "closed":
            clock.shift(timedelta(hours=2))
        attempt.quiz.refresh_from_db()
        expected = when == "at_once" or when == after or (when, after) == ("released", "released")
        assert shown(attempt) == Shown(*[expected] * 4)


def test_the_close_waits_for_those_with_extra_time_and_for_open_attempts(cast):
    with time_machine.travel(NOON, tick=False) as clock:
        quiz = every_kind(cast.course, result_when="closed", opens=NOON, ends_at=NOON + timedelta(minutes=30))
        attempt = sat(cast.amina_user, quiz)
        factories.accommodation(student=cast.bruno, factor=Decimal(2))
        actions.start_attempt(cast.bruno_user, quiz)
        clock.shift(timedelta(minutes=45))
        assert not shown(attempt).mark
        clock.shift(timedelta(minutes=15))
        assert not shown(attempt).mark
        clock.shift(timedelta(minutes=1))
        actions.end_overdue()
        assert shown(attempt).mark


def test_a_late_answer_tells_its_student_nothing_either(cast, client_for, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)
    actions.hand_in(cast.amina_user, attempt)
    saved = actions.save_answers(cast.amina_user, attempt, [Sent(2, text="KEYTEX")])
    assert saved.late == [2]
    assert_silent(bytes_of(client_for(cast.amina_user), quiz, attempt))


def test_the_stream_carries_nothing_of_a_quiz_but_that_something_happened(cast, quiz, published):
    with published():
        attempt = actions.start_attempt(cast.amina_user, quiz)
        actions.save_answers(cast.amina_user, attempt, [Sent(2, text="OWNANSWER")])
        actions.extend_all(cast.admin, quiz, 5)
        actions.hand_in(cast.amina_user, attempt)
        actions.save_answers(cast.amina_user, attempt, [Sent(2, text="OWNANSWER again")])
    assert published
    assert_silent({event: "".join(event) for event in published})
    assert not any("OWNANSWER" in text for _, text in published)
    told = [text for channel, text in published if channel == f"quiz-{quiz.pk}-staff"]
    assert set(told) == {told[0]}


def test_a_look_shows_an_admin_what_the_student_sees_and_writes_nothing(cast, client_for, quiz):
    with time_machine.travel(NOON, tick=False) as clock:
        Quiz.objects.update(minutes=10)
        attempt = actions.start_attempt(cast.amina_user, quiz)
        client = client_for(cast.admin)
        client.post(f"/people/{cast.amina_user.pk}/look/")
        at = {"quiz": quiz.get_absolute_url(), "attempt": attempt.get_absolute_url(), "course": quiz.course_id}
        for later in (0, 11):
            clock.shift(timedelta(minutes=later))
            for url in ("{quiz}", "{attempt}", "{attempt}clock/", "/courses/{course}/quizzes/", "/quizzes/today/"):
                response = client.get(url.format(**at))
                assert response.status_code == 200, url
                assert_silent({url: response.text})
        attempt.refresh_from_db()
        assert attempt.is_open
        assert client.get(f"{at['quiz']}results/").status_code == 403
        assert client.get(f"{at['quiz']}trial/").status_code == 403


def test_neither_the_admin_nor_an_error_page_tells_a_student(cast, client_for, quiz):
    attempt = actions.start_attempt(cast.amina_user, quiz)
    version = quiz.questions.first().current
    admin = (f"quiz/{quiz.pk}", f"question/{version.question_id}", f"questionversion/{version.pk}")
    urls = [f"/admin/assessments/{each}/change/" for each in (*admin, f"attempt/{attempt.pk}")]
    urls += [f"{quiz.get_absolute_url()}edit/", f"{quiz.get_absolute_url()}trial/"]
    urls += [f"{quiz.get_absolute_url()}results/{attempt.pk}/", f"{attempt.get_absolute_url()}nowhere/"]
    for user in (cast.amina_user, cast.bruno_user, cast.outsider):
        client = client_for(user)
        for url in urls:
            response = client.get(url)
            assert response.status_code in {302, 403, 404}, url
            assert_silent({url: f"{response.headers}{response.text}"})
    client = client_for(cast.amina_user)
    for sent in ({"script": "1", "c99999": "5", "a99999": "x"}, {"script": "1", "c1": "x", "a1": "\0"}, {"a1": "x"}):
        assert_silent({str(sent): client.post(attempt.get_absolute_url(), sent).content.decode()})
