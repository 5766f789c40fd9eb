"""The results of a quiz: watched while it runs, read by student and by question, and as a file."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.assessments import actions
from apps.assessments.models import Attempt
from tests import factories
from tests.assessments.sitting import every_kind, right_answers, sat, text


@pytest.fixture
def quiz(cast):
    return every_kind(cast.course)


def test_results_show_own_students_live_with_more_time_in_one_click(cast, client_for, quiz):
    mine, other = (actions.start_attempt(user, quiz) for user in (cast.amina_user, cast.chloe_user))
    actions.save_answers(cast.amina_user, mine, right_answers(mine)[:2])
    client, url = client_for(cast.teacher), f"/quizzes/{quiz.pk}/results/"
    page = text(client.get(url))
    assert "2 of 5" in page
    assert "Chloe" not in page
    assert "+10 min" in page
    assert client.post(f"{url}{mine.pk}/extensions/", {"minutes": "10"}).status_code == 302
    assert client.post(f"{url}{other.pk}/extensions/", {"minutes": "10"}).status_code == 404
    assert client.post(f"/quizzes/{quiz.pk}/extensions/", {"minutes": "10"}).status_code == 404
    assert client_for(cast.admin).post(f"/quizzes/{quiz.pk}/extensions/", {"minutes": "5"}).status_code == 302
    before = mine.deadline
    mine.refresh_from_db()
    assert mine.deadline == before + timedelta(minutes=15)
    clock = text(client_for(cast.amina_user).get(f"{mine.get_absolute_url()}clock/"))
    assert 'data-left="2' in clock


def test_results_of_one_attempt_and_as_a_file(cast, client_for, quiz):
    attempt = sat(cast.amina_user, quiz)
    actions.save_answers(cast.amina_user, attempt, [actions.Sent(4, text="=too late")])
    client = client_for(cast.admin)
    page = text(client.get(f"/quizzes/{quiz.pk}/results/{attempt.pk}/"))
    assert "photosynthesis" in page
    assert "Arrived after the end, not counted" in page
    assert "=too late" in page
    rows = b"".join(client.get(f"/quizzes/{quiz.pk}/results/export/")).decode("utf-8-sig").splitlines()
    assert rows[0].endswith("Question 5")
    assert ",10.00,10.00,100.00,2.00,2.00,2.00,2.00,2.00" in rows[1]


def test_points_and_percentages_read_as_people_write_them(cast, client_for, quiz):
    attempt = sat(cast.amina_user, quiz)
    client = client_for(cast.amina_user)
    assert "10 of 10 points" in text(client.get(attempt.get_absolute_url()))
    Attempt.objects.filter(pk=attempt.pk).update(points="3.30")
    assert "<strong>33 %</strong> <span>3.3 of 10 points" in text(client.get(attempt.get_absolute_url()))
    Attempt.objects.filter(pk=attempt.pk).update(points="4.96")
    assert "<strong>49.6 %</strong>" in text(client.get(attempt.get_absolute_url()))
    empty = factories.quiz(course=cast.course)
    assert "0 questions · 0 points" in text(client_for(cast.admin).get(f"{empty.get_absolute_url()}edit/"))


def test_results_come_in_pages_that_cost_the_same_for_few_and_many(cast, client_for, quiz, monkeypatch):
    """Those who sit it stand first; whoever gives somebody on another page more time stays there."""
    monkeypatch.setattr("apps.assessments.results.SIZE", 2)
    attempt = actions.start_attempt(cast.amina_user, quiz)
    client, url = client_for(cast.admin), f"/quizzes/{quiz.pk}/results/"
    with CaptureQueriesContext(connection) as few:
        text(client.get(url))
    batch = factories.batch(course=quiz.course, capacity=9)
    for number in range(4):
        factories.enrollment(student=factories.student(f"P{number}", given_name=f"Zoe {number}"), batch=batch)
    with CaptureQueriesContext(connection) as many:
        first = text(client.get(url))
    assert len(many) == len(few)
    assert "+10 min" in first
    assert f'hx-get="{url}?page=2"' in first
    last = text(client.get(f"{url}?page=99"))
    assert "Zoe 3" in last
    assert "+10 min" not in last
    given = client.post(f"{url}{attempt.pk}/extensions/", {"minutes": "10", "page": "2"})
    assert given.url == f"{url}?page=2"
