"""Reports: which there are, and what the one on courses says."""

import csv
import datetime
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.charts import Chart
from apps.courses.models import Enrollment
from tests import factories

HX = {"HX-Request": "true"}


@pytest.fixture
def history(cast):
    """Amina has done both lessons of Algebra this week and finished it, Bruno one, long ago; Chloe none."""
    module = factories.module(course=cast.course)
    lessons = [factories.lesson(module=module) for _ in range(2)]
    now, then = timezone.now(), timezone.now() - datetime.timedelta(weeks=20)
    for student, lesson, at in (
        (cast.amina, lessons[0], now),
        (cast.amina, lessons[1], now),
        (cast.bruno, lessons[0], then),
    ):
        factories.lesson_progress(student=student, lesson=lesson, completed_at=at)
    factories.course_completion(student=cast.amina, course=cast.course, lessons=2)
    factories.lesson(module=module, optional=True)
    return lessons


def shown(client, query=""):
    html = client.get(f"/reports/courses/{query}").content.decode()
    rows = re.findall(r'<th scope="row"><bdi>(.*?)</bdi></th>(.*?)</tr>', html, re.DOTALL)
    return {unescape(name): re.findall(r"<td[^>]*>(.*?)</td>", cells) for name, cells in rows}


def figures(client, query=""):
    html = client.get(f"/reports/courses/{query}").content.decode()
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html))


def test_staff_find_it_in_the_navigation_and_teachers_find_nothing(cast, client_for):
    assert 'href="/reports/"' in client_for(cast.staff).get("/").content.decode()
    assert 'href="/reports/"' not in client_for(cast.teacher).get("/").content.decode()
    assert client_for(cast.teacher).get("/reports/").status_code == 404


def test_it_counts_whoever_is_enrolled_now_and_what_they_did(cast, client_for, history):
    client = client_for(cast.staff)
    assert shown(client) == {"Algebra": ["3", "50 %", "2", "1"]}
    assert figures(client) == {
        "Enrolled now": "3",
        "Average progress": "50 %",
        "Lessons done": "2",
        "Finished a course": "1",
    }
    assert shown(client, "?weeks=26") == {"Algebra": ["3", "50 %", "3", "1"]}


def test_an_enrollment_that_ran_out_counts_no_more_but_what_was_done_stays_done(cast, client_for, history):
    now = timezone.now()
    Enrollment.objects.filter(student=cast.amina).update(
        enrolled_at=now - datetime.timedelta(days=9), expires_at=now - datetime.timedelta(seconds=1)
    )
    assert shown(client_for(cast.staff)) == {"Algebra": ["2", "25 %", "2", "1"]}


def test_a_course_is_told_batch_by_batch_and_who_is_in_none_stands_last(cast, client_for, history):
    client = client_for(cast.staff)
    query = f"?course={cast.course.pk}&weeks=26"
    assert shown(client, query) == {"Algebra A": ["2", "75 %", "3", "1"], "Algebra B": ["1", "0 %", "0", "0"]}
    Enrollment.objects.filter(student=cast.chloe).update(batch=None)
    assert shown(client, query)["No batch"] == ["1", "0 %", "0", "0"]
    assert list(shown(client, f"{query}&batch={cast.batch.pk}")) == ["Algebra A"]
    assert figures(client, f"{query}&batch={cast.batch2.pk}")["Lessons done"] == "0"


def test_a_course_without_lessons_has_a_dash_and_no_share(cast, client_for):
    assert shown(client_for(cast.staff)) == {"Algebra": ["3", "–", "0", "0"]}


def test_every_week_of_the_span_has_its_point_and_the_running_one_is_the_last(cast, history):
    from django.http import QueryDict

    from apps.courses.report import CourseReport

    for weeks in (12, 26, 52):
        chart: Chart = CourseReport(cast.staff, QueryDict(f"weeks={weeks}")).by_week
        assert len(chart.points) == weeks
        assert chart.points[-1].value == 2
        assert sum(point.value for point in chart.points) == (3 if weeks > 20 else 2)


@pytest.mark.parametrize("query", ["?course=x", "?course=999999", "?batch=1", "?weeks=-3", "?weeks=1000000"])
def test_what_makes_no_sense_counts_as_absent(cast, client_for, history, query):
    assert shown(client_for(cast.staff), query) == shown(client_for(cast.staff))


def test_htmx_gets_the_report_alone(cast, client_for):
    part = client_for(cast.staff).get("/reports/courses/", headers=HX).content.decode()
    assert "<html" not in part
    assert '<section class="report" id="report"' in part


def test_it_can_be_had_as_a_file_of_what_it_shows(cast, client_for, history):
    path = f"/reports/courses/export/?course={cast.course.pk}"
    response = client_for(cast.staff).get(path)
    heads, *rows = csv.reader(response.getvalue().decode("utf-8-sig").splitlines())
    assert heads[0] == "Batch"
    assert rows == [["Algebra A", "2", "75", "2", "1"], ["Algebra B", "1", "0", "0", "0"]]
    html = client_for(cast.staff).get(f"/reports/courses/?course={cast.course.pk}").content.decode()
    assert f'href="{path}"' in html


def test_many_courses_take_no_more_queries_than_one(cast, client_for):
    client = client_for(cast.staff)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get("/reports/courses/")
        counts.append(len(queries))
        for _ in range(5):
            enrollment = factories.enrollment()
            lesson = factories.lesson(module=factories.module(course=enrollment.course))
            factories.lesson_progress(student=enrollment.student, lesson=lesson, completed_at=timezone.now())
    assert counts[0] == counts[1] <= 15
