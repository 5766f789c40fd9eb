"""The grid of students by lessons, one student's own page, and the grid as a file."""

import csv
import datetime
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.courses.models import Course, Enrollment, LessonProgress, Module
from tests import factories

HX = {"HX-Request": "true"}
# Of sixty students by a hundred lessons, uncompressed.
MOST_BYTES = 150_000
MAY = datetime.datetime(2026, 5, 3, 12, tzinfo=datetime.UTC)


@pytest.fixture
def lessons(cast):
    """Three lessons in two modules; only two of them count, and a draft is nobody's business."""
    first, second = (factories.module(course=cast.course, title=title) for title in ("Numbers", "Equations"))
    made = [factories.lesson(module=first, title="Counting"), factories.lesson(module=second, title="Solving")]
    made.append(factories.lesson(module=second, title="Reading", optional=True))
    factories.lesson(module=second, title="Draft of mine", published=False)
    return made


def do(student, lesson, at=MAY, *, done=True):
    return factories.lesson_progress(
        student=student, lesson=lesson, opened_at=at, seen_at=at, completed_at=at if done else None
    )


def page(client, course, query="", **headers):
    response = client.get(f"/courses/{course.pk}/progress/{query}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def names(html):
    return re.findall(r"<bdi>(.*?)</bdi>", html[html.index("<tbody>") : html.index("</tbody>")])


def line(html, student):
    """The text and the signs of a student's line."""
    row = html[html.index(f'id="student-{student.pk}-progress"') :]
    row = row[: row.index("</tr>")]
    signs = [
        words or "-" if opened else f"Done {words}" if words else "-"
        for opened, words in re.findall(r"<td( class=o)?>([^<]*)", row)
    ]
    return " ".join(re.sub(r"<[^>]*>", " ", row).split()), signs


class TestWhoIsInIt:
    def test_whoever_writes_the_course_sees_everyone_and_a_batchs_teacher_the_own_batch(self, cast, client_for):
        everyone = ["Amina Diallo", "Bruno Costa", "Chloe Martin"]
        assert names(page(client_for(cast.staff), cast.course)) == everyone
        assert names(page(client_for(cast.teacher), cast.course)) == everyone[:2]
        assert names(page(client_for(cast.teacher2), cast.course)) == everyone[2:]
        factories.course_teacher(course=cast.course, teacher=cast.teacher2)
        assert names(page(client_for(cast.teacher2), cast.course)) == everyone

    def test_an_enrollment_that_ran_out_or_begins_later_is_not_in_it(self, cast, client_for):
        now = timezone.now()
        rows = Enrollment.objects.filter(course=cast.course)
        rows.filter(student=cast.amina).update(enrolled_at=MAY, expires_at=now - datetime.timedelta(seconds=1))
        rows.filter(student=cast.bruno).update(enrolled_at=now + datetime.timedelta(hours=1))
        assert names(page(client_for(cast.staff), cast.course)) == ["Chloe Martin"]

    def test_a_batch_is_left_and_only_batches_of_ones_own_can_be_chosen(self, cast, client_for):
        html = page(client_for(cast.staff), cast.course, f"?batch={cast.batch2.pk}")
        assert names(html) == ["Chloe Martin"]
        html = page(client_for(cast.teacher), cast.course, f"?batch={cast.batch2.pk}")
        assert "Algebra B" not in html
        assert len(names(html)) == 2

    def test_a_name_is_found(self, cast, client_for):
        assert names(page(client_for(cast.staff), cast.course, "?q=chlo")) == ["Chloe Martin"]


class TestCells:
    def test_a_cell_says_what_was_done_and_when(self, cast, client_for, lessons):
        do(cast.amina, lessons[0])
        do(cast.amina, lessons[2], MAY + datetime.timedelta(days=1), done=False)
        html = page(client_for(cast.staff), cast.course)
        text, signs = line(html, cast.amina)
        assert signs == ["Done 3 May 2026", "-", "Opened 4 May 2026"]
        assert "1 of 2" in text
        assert "50 %" in text
        text, signs = line(html, cast.bruno)
        assert signs == ["-", "-", "-"]
        assert "0 of 2" in text
        assert "Nothing yet" in text
        assert "Draft of mine" not in html

    def test_without_a_lesson_that_counts_there_is_no_percentage(self, cast, client_for):
        text, signs = line(page(client_for(cast.staff), cast.course), cast.amina)
        assert "–" in text
        assert "%" not in text
        assert signs == []

    def test_one_module_can_be_looked_at_and_the_progress_stays_that_of_the_course(self, cast, client_for, lessons):
        do(cast.amina, lessons[0])
        html = page(client_for(cast.staff), cast.course, f"?module={lessons[1].module_id}")
        text, signs = line(html, cast.amina)
        assert signs == ["-", "-"]
        assert "50 %" in text

    def test_a_wide_course_shows_whole_modules_and_says_that_there_are_more(self, cast, client_for):
        for number in range(3):
            module = factories.module(course=cast.course, title=f"Part {number}")
            for _ in range(80):
                factories.lesson(module=module)
        html = page(client_for(cast.staff), cast.course)
        assert len(line(html, cast.amina)[1]) == 80
        assert "Not all modules have room here" in html
        assert "0 of 240" in line(html, cast.amina)[0]


class TestOrder:
    @pytest.fixture
    def race(self, cast, lessons):
        do(cast.bruno, lessons[0])
        do(cast.bruno, lessons[1])
        do(cast.chloe, lessons[0], MAY + datetime.timedelta(days=2))
        # An optional lesson and one of another course bring nobody further.
        do(cast.amina, lessons[2], MAY - datetime.timedelta(days=2))
        do(cast.amina, factories.lesson(), MAY + datetime.timedelta(days=9))

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            ("name", "Amina Bruno Chloe"),
            ("-name", "Chloe Bruno Amina"),
            ("progress", "Bruno Chloe Amina"),
            ("-progress", "Amina Chloe Bruno"),
            ("activity", "Chloe Bruno Amina"),
            ("-activity", "Amina Bruno Chloe"),
        ],
    )
    def test_it_sorts(self, cast, client_for, race, sort, order):
        found = names(page(client_for(cast.staff), cast.course, f"?sort={sort}"))
        assert [name.split()[0] for name in found] == order.split()

    def test_whoever_never_came_is_the_least_active(self, cast, client_for, lessons):
        do(cast.bruno, lessons[0])
        assert names(page(client_for(cast.staff), cast.course, "?sort=activity"))[0] == "Bruno Costa"
        assert names(page(client_for(cast.staff), cast.course, "?sort=-activity"))[-1] == "Bruno Costa"


def test_sixty_students_by_a_hundred_lessons_take_no_more_queries_than_two_by_one(cast, client_for):
    client = client_for(cast.staff)
    small = factories.batch(course=factories.course())
    factories.enrollment(batch=small)
    factories.lesson(module=factories.module(course=small.course))
    large = factories.batch(course=factories.course(), capacity=60)
    modules = [factories.module(course=large.course) for _ in range(5)]
    lessons = [factories.lesson(module=module) for module in modules for _ in range(20)]
    students = [factories.enrollment(batch=large).student for _ in range(60)]
    LessonProgress.objects.bulk_create(
        LessonProgress(student=student, lesson=lesson, completed_at=MAY)
        for number, student in enumerate(students)
        for lesson in lessons[: number + 40]
    )
    counts = []
    for course in (small.course, large.course):
        with CaptureQueriesContext(connection) as queries:
            html = page(client, course)
        counts.append(len(queries))
        of_the_grid = [each["sql"] for each in queries if "lesson" in each["sql"]]
        assert len(of_the_grid) == 2, of_the_grid
    assert html.count("<td>3 May 2026") == sum(min(number + 40, 100) for number in range(60))
    assert len(html.encode()) < MOST_BYTES
    assert counts[0] == counts[1] <= 15


class TestLive:
    def test_the_region_hears_that_somebody_came_further_and_answers_alone(self, cast, client_for, lessons):
        client = client_for(cast.staff)
        html = page(client, cast.course, "?sort=progress")
        region = re.search(r'<section id="progress-grid"[^>]*>', html)
        assert region
        assert f'data-channels="course-{cast.course.pk}-staff"' in region[0]
        assert f'hx-get="/courses/{cast.course.pk}/progress/?sort=progress"' in unescape(region[0])
        do(cast.amina, lessons[0])
        part = page(client, cast.course, "?sort=progress", **HX)
        assert "<html" not in part
        assert line(part, cast.amina)[1][0] == "Done 3 May 2026"


class TestExport:
    def rows(self, client, course, query=""):
        response = client.get(f"/courses/{course.pk}/progress/export/{query}")
        assert response["Content-Disposition"].startswith("attachment")
        return list(csv.reader(response.getvalue().decode("utf-8-sig").splitlines()))

    def test_a_file_has_a_column_for_each_lesson_and_the_day_on_which_it_was_done(self, cast, client_for, lessons):
        do(cast.amina, lessons[0])
        do(cast.amina, lessons[1], done=False)
        heads, amina, *rest = self.rows(client_for(cast.teacher), cast.course)
        assert heads[3:] == [
            *("Done", "Of", "Percent", "Last active"),
            *("Numbers: Counting", "Equations: Solving", "Equations: Reading"),
        ]
        assert amina[1:] == ["Amina Diallo", "Algebra A", "1", "2", "50", "2026-05-03", "2026-05-03", "opened", ""]
        assert [row[1] for row in rest] == ["Bruno Costa"]

    def test_it_holds_what_the_grid_shows_in_its_order(self, cast, client_for, lessons):
        do(cast.bruno, lessons[0])
        query = f"?batch={cast.batch.pk}&sort=progress&module={lessons[0].module_id}"
        heads, *rows = self.rows(client_for(cast.staff), cast.course, query)
        assert [row[1] for row in rows] == ["Bruno Costa", "Amina Diallo"]
        assert heads[-1] == "Numbers: Counting"

    def test_a_name_is_no_formula_and_nothing_that_counts_is_no_number(self, cast, client_for):
        type(cast.amina).objects.filter(pk=cast.amina.pk).update(given_name="=1+1")
        _, *rows = self.rows(client_for(cast.staff), cast.course)
        row = next(row for row in rows if row[0] == cast.amina.code)
        assert row[1] == "'=1+1 Diallo"
        assert row[5] == ""


class TestOneStudent:
    def test_each_lesson_says_when_it_was_opened_and_done(self, cast, client_for, lessons):
        do(cast.amina, lessons[0])
        do(cast.amina, lessons[1], done=False)
        html = page(client_for(cast.teacher), cast.course, f"{cast.amina.pk}/")
        text = " ".join(re.sub(r"<[^>]*>", " ", html[html.index("<main") :]).split())
        assert "Counting Done 3 May 2026" in text
        assert "Solving Opened 3 May 2026" in text
        assert "Reading (optional) Not opened yet" in text
        assert "Numbers 100 % 1 of 1" in text
        assert "Equations 0 % 0 of 1" in text
        assert "50 % 1 of 2" in text

    def test_who_does_not_take_the_course_has_no_page_in_it(self, cast, client_for):
        other = factories.course()
        path = f"/courses/{other.pk}/progress/{cast.amina.pk}/"
        assert client_for(cast.staff).get(path).status_code == 404

    def test_a_module_that_was_removed_is_gone_with_its_lessons(self, cast, client_for, lessons):
        Module.objects.filter(pk=lessons[0].module_id).update(removed_at=timezone.now())
        html = page(client_for(cast.staff), cast.course, f"{cast.amina.pk}/")
        assert "Counting" not in html
        assert "0 of 1" in html


def test_drafts_of_courses_have_a_grid_for_their_writers(cast, client_for):
    Course.objects.filter(pk=cast.course.pk).update(published=False)
    assert len(names(page(client_for(cast.staff), cast.course))) == 3
