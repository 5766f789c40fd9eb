"""Today: the quizzes that a student sits or may sit, what opens, the newest result; who sits one, for teachers."""

from datetime import UTC, datetime, timedelta

import time_machine
from django.utils import timezone

from apps.assessments import actions
from apps.assessments.models import Quiz
from apps.assessments.today import quizzes_today
from tests import factories
from tests.assessments.sitting import every_kind, sat

NOON = datetime(2030, 11, 5, 12, tzinfo=UTC)


def titles(lines):
    return [line.quiz.title for line in lines]


def test_a_student_sees_what_runs_what_is_open_what_opens_next_and_the_newest_result(cast, client_for):
    with time_machine.travel(NOON, tick=False) as clock:
        week = NOON + timedelta(days=7)
        every_kind(cast.course, title="Sometime")
        every_kind(cast.course, title="Until Friday", ends_at=NOON + timedelta(days=3))
        for title, opens in (("In a week", week), ("In two", week + timedelta(days=7))):
            every_kind(cast.course, title=title, opens=opens)
        every_kind(cast.course, title="Draft", published=False)
        every_kind(factories.course(), title="Another course's")
        sat(cast.amina_user, every_kind(cast.course, title="Old", result_when="released"))
        sat(cast.amina_user, every_kind(cast.course, title="Marked"))
        running = actions.start_attempt(cast.amina_user, every_kind(cast.course, title="Running"))
        clock.shift(timedelta(minutes=10))
        found = quizzes_today(cast.amina_user)
        assert (titles(found.running), titles(found.open)) == (["Running"], ["Until Friday", "Sometime"])
        assert (found.next.quiz.title, found.result.quiz.title) == ("In a week", "Marked")
        page = client_for(cast.amina_user).get("/today/").text
        assert f'href="{running.get_absolute_url()}"' in page
        assert "20 min left" in page
        assert "Your result: 100 %, passed" in page
        assert not any(title in page for title in ("Draft", "Another course", "In two", "Old"))
        clock.shift(timedelta(minutes=21))
        found = quizzes_today(cast.amina_user)
        assert (titles(found.running), found.result.quiz.title) == ([], "Running")
        clock.shift(timedelta(days=15))
        assert quizzes_today(cast.amina_user).result is None


def test_a_result_that_waits_shows_once_it_is_released(cast, client_for):
    quiz = every_kind(cast.course, result_when="released")
    sat(cast.amina_user, quiz)
    client = client_for(cast.amina_user)
    assert "Your result" not in client.get("/quizzes/today/").text
    actions.release_results(cast.admin, quiz)
    assert "Your result: 100 %" in client.get("/quizzes/today/").text


def test_it_asks_again_when_more_time_is_given(cast, client_for):
    attempt = actions.start_attempt(cast.amina_user, every_kind(cast.course))
    page = client_for(cast.amina_user).get("/quizzes/today/").text
    assert f'data-channels="user-{cast.amina_user.pk}"' in page
    assert "quiz from:body" in page
    assert attempt.get_absolute_url() in page


def test_a_teacher_sees_the_quizzes_that_own_students_sit_now(cast, client_for):
    mine, other = every_kind(cast.course, title="Mine"), every_kind(cast.course, title="Other's")
    for user in (cast.amina_user, cast.bruno_user, cast.chloe_user):
        actions.start_attempt(user, mine)
    actions.start_attempt(cast.chloe_user, other)
    assert [(row["quiz__title"], row["sitting"]) for row in quizzes_today(cast.teacher).sat] == [("Mine", 2)]
    page = client_for(cast.teacher).get("/").text
    assert f"/quizzes/{mine.pk}/results/" in page
    assert "2 sitting" in page
    for attempt in mine.attempts.all():
        actions.hand_in(attempt.student.user, attempt)
    assert "Quizzes in progress" not in client_for(cast.teacher).get("/").text
    assert not quizzes_today(cast.admin).anything


def test_today_takes_constant_queries_however_many_quizzes_there_are(cast, client_for, query_count):
    counts = []
    for more in (1, 4):
        for _ in range(more):
            sat(cast.amina_user, every_kind(cast.course))
            ended = every_kind(cast.course, result_when="closed", no_start_after=timezone.now() + timedelta(hours=1))
            sat(cast.amina_user, ended)
            Quiz.objects.filter(pk=ended.pk).update(no_start_after=timezone.now() - timedelta(hours=1))
            actions.start_attempt(cast.amina_user, every_kind(cast.course))
            every_kind(cast.course)
        asked = ((client_for(cast.amina_user), "/today/"), (client_for(cast.teacher), "/"))
        counts.append([query_count(lambda c=client, u=url: c.get(u)) for client, url in asked])
    assert counts[0] == counts[1], counts
    assert max(counts[1]) <= 15, counts
