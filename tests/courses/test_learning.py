"""Learning: what a student finds in a course, what is done, and what the enrollment's end leaves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.courses import actions, progress
from apps.courses.models import Course, CourseCompletion, Enrollment, Lesson, LessonProgress, Visibility
from tests import factories


@pytest.fixture
def lessons(cast):
    """Four lessons of Amina's course in two modules: the third is optional, the fourth a draft."""
    one, two = factories.module(course=cast.course), factories.module(course=cast.course)
    return [
        factories.lesson(module=one, title="First"),
        factories.lesson(module=one, title="Second"),
        factories.lesson(module=two, title="Extra", optional=True),
        factories.lesson(module=two, title="Unfinished", published=False),
    ]


def path(lesson, part=""):
    return f"/courses/{lesson.module.course_id}/lessons/{lesson.pk}/{part}"


class TestProgress:
    def test_published_lessons_that_are_not_optional_count(self, cast, lessons):
        actions.complete_lesson(cast.amina_user, lessons[0])
        assert progress.of(cast.amina, cast.course).text == "50 %"
        actions.complete_lesson(cast.amina_user, lessons[2])
        assert progress.of(cast.amina, cast.course).text == "50 %"

    def test_without_a_lesson_that_counts_it_is_a_dash(self, cast):
        factories.lesson(module=factories.module(course=cast.course), optional=True)
        assert progress.of(cast.amina, cast.course).text == "–"
        assert not progress.of(cast.amina, cast.course).is_complete

    def test_199_of_200_is_not_100_percent(self):
        assert progress.Progress(199, 200).text == "99 %"

    def test_once_more_keeps_the_first_moment(self, cast, lessons):
        first = actions.complete_lesson(cast.amina_user, lessons[0]).completed_at
        actions.complete_lesson(cast.amina_user, lessons[0])
        assert LessonProgress.objects.get().completed_at == first

    def test_finished_is_a_fact_that_neither_an_undo_nor_a_later_lesson_takes_back(self, cast, lessons):
        for lesson in lessons[:2]:
            actions.complete_lesson(cast.amina_user, lesson)
        fact = CourseCompletion.objects.get()
        assert (fact.student, fact.course, fact.lessons) == (cast.amina, cast.course, 2)
        actions.undo_completion(cast.amina_user, lessons[0])
        factories.lesson(module=lessons[0].module)
        assert CourseCompletion.objects.get().finished_at == fact.finished_at
        assert progress.of(cast.amina, cast.course).text == "33 %"

    def test_it_stays_with_the_student_who_leaves_and_returns(self, cast, lessons):
        actions.complete_lesson(cast.amina_user, lessons[0])
        actions.remove_student(cast.staff, cast.batch, cast.amina)
        actions.add_student(cast.staff, cast.batch2, cast.amina)
        assert progress.of(cast.amina, cast.course).done == 1


class TestPages:
    def test_a_student_sees_published_lessons_and_how_far_they_are(self, cast, lessons, client_for):
        actions.complete_lesson(cast.amina_user, lessons[0])
        page = client_for(cast.amina_user).get(f"/courses/{cast.course.pk}/").content.decode()
        assert "Second" in page
        assert "Unfinished" not in page
        assert "50 %" in page
        assert f'href="{path(lessons[1])}"' in page  # Continue

    def test_those_who_teach_see_drafts_marked(self, cast, lessons, client_for):
        for person in (cast.teacher, cast.staff):
            page = client_for(person).get(f"/courses/{cast.course.pk}/").content.decode()
            assert "Unfinished" in page
            assert "Draft" in page

    def test_done_without_script_comes_back_to_the_page(self, cast, lessons, client_for):
        client = client_for(cast.amina_user)
        answer = client.post(path(lessons[0], "completion/"))
        assert (answer.status_code, answer.headers["Location"]) == (302, path(lessons[0]))
        assert "Done" in client.get(path(lessons[0])).content.decode()

    def test_done_with_htmx_shows_the_bar_and_the_outline(self, cast, lessons, client_for):
        answer = client_for(cast.amina_user).post(path(lessons[0], "completion/"), headers={"HX-Request": "true"})
        text = answer.content.decode()
        assert f'data-progress="{cast.course.pk}"' in text
        assert "50 %" in text

    def test_a_link_is_done_once_it_is_opened(self, cast, lessons, client_for):
        link = factories.lesson(
            module=lessons[0].module, kind="link", url="https://example.org/a", completion_rule="opened"
        )
        client = client_for(cast.amina_user)
        assert "example.org" in client.get(path(link)).content.decode()
        assert client.post(path(link, "completion/")).status_code == 403
        client.post(path(link, "opening/"))
        assert LessonProgress.objects.get(lesson=link).completed_at

    def test_where_one_was_is_where_one_goes_on(self, cast, lessons, client_for):
        client = client_for(cast.amina_user)
        client.post(path(lessons[1], "visit/"))
        page = client.get(f"/courses/{cast.course.pk}/").content.decode()
        button = page.split('class="btn btn-primary w-full" href="')[1]
        assert button.startswith(path(lessons[1]))

    def test_looking_as_a_student_writes_nothing(self, cast, lessons, client_for):
        client_for(cast.teacher).get(path(lessons[0]))
        client_for(cast.teacher).post(path(lessons[0], "completion/"))
        assert not LessonProgress.objects.exists()

    def test_a_removed_lesson_is_gone_and_its_completion_counts_again_when_it_returns(self, cast, lessons, client_for):
        actions.complete_lesson(cast.amina_user, lessons[0])
        Lesson.objects.filter(pk=lessons[0].pk).update(removed_at=timezone.now())
        assert client_for(cast.amina_user).get(path(lessons[0])).status_code == 404
        assert progress.of(cast.amina, cast.course) == progress.Progress(0, 1)
        Lesson.objects.filter(pk=lessons[0].pk).update(removed_at=None)
        assert progress.of(cast.amina, cast.course) == progress.Progress(1, 2)


class TestHome:
    def test_it_shows_how_far_one_is_and_the_next_lesson(self, cast, lessons, client_for):
        actions.complete_lesson(cast.amina_user, lessons[0])
        page = client_for(cast.amina_user).get("/").content.decode()
        assert f'data-progress="{cast.course.pk}"' in page
        assert "50 %" in page
        assert f'href="{path(lessons[1])}"' in page

    def test_a_course_without_lessons_leaves_the_conversation_alone(self, cast, client_for):
        assert "own-courses" not in client_for(cast.amina_user).get("/").content.decode()


class TestTheEnd:
    @pytest.fixture(autouse=True)
    def over(self, cast, lessons):
        actions.complete_lesson(cast.amina_user, lessons[0])
        moment = timezone.now() - timedelta(seconds=1)
        Enrollment.objects.filter(student=cast.amina).update(enrolled_at=moment - timedelta(days=1), expires_at=moment)

    def test_nothing_opens_any_more(self, cast, lessons, client_for):
        client = client_for(cast.amina_user)
        assert client.get(path(lessons[0])).status_code == 404
        assert client.get(path(lessons[0], "outline/")).status_code == 404
        for part in ("visit/", "completion/", "watching/", "opening/"):
            assert client.post(path(lessons[1], part)).status_code == 404, part
        assert LessonProgress.objects.filter(completed_at__isnull=False).count() == 1

    def test_what_was_achieved_stays_readable_and_nothing_new_shows(self, cast, lessons, client_for):
        page = client_for(cast.amina_user).get(f"/courses/{cast.course.pk}/").content.decode()
        assert "Your access has ended" in page
        assert "First" in page
        assert "Second" not in page
        assert "/lessons/" not in page
        assert "50 %" in page

    def test_it_neither_takes_a_place_nor_stands_in_the_way_of_another(self, cast, lessons):
        cast.batch.refresh_from_db()
        assert cast.batch.count_students() == 1
        actions.add_student(cast.staff, cast.batch2, cast.amina)
        assert Enrollment.objects.valid().filter(student=cast.amina).get().batch == cast.batch2
        assert Enrollment.objects.filter(student=cast.amina).count() == 2


class TestVisibility:
    @pytest.mark.parametrize(
        ("visibility", "sees"),
        [
            (Visibility.EVERYBODY, {"anonymous", "outsider", "amina_user", "teacher2"}),
            (Visibility.SIGNED_IN, {"outsider", "amina_user", "teacher2"}),
            (Visibility.INVITED, {"amina_user"}),
            (Visibility.ENROLLED, set()),
        ],
    )
    def test_lists_search_and_links_show_the_same(self, cast, client_for, visibility, sees):
        course = factories.course(title="Astronomy", visibility=visibility)
        factories.course_invitation(course=course, student=cast.amina)
        found = {"/courses/": set(), "/courses/?q=astro": set(), f"/courses/{course.pk}/": set()}
        for who in ("anonymous", "outsider", "amina_user", "teacher2"):
            client = client_for(None if who == "anonymous" else getattr(cast, who))
            for page, people in found.items():
                if "Astronomy" in client.get(page).content.decode():
                    people.add(who)
        assert found == dict.fromkeys(found, sees)

    def test_nobody_is_taken_for_the_students_who_have_no_account(self, cast, client_for):
        course = factories.course(visibility=Visibility.EVERYBODY)
        lesson = factories.lesson(module=factories.module(course=course))
        factories.enrollment(student=factories.student(), batch=factories.batch(course=course))
        client = client_for(None)
        assert "data-progress" not in client.get("/courses/").content.decode()
        assert client.get(path(lesson)).status_code == 404

    def test_a_draft_is_for_those_who_write_it(self, cast, client_for):
        draft = factories.course(title="Astronomy", published=False, visibility=Visibility.EVERYBODY)
        factories.course_teacher(course=draft, teacher=cast.teacher)
        statuses = {
            who: client_for(getattr(cast, who)).get(f"/courses/{draft.pk}/").status_code
            for who in ("amina_user", "teacher2", "teacher", "staff")
        }
        assert statuses == {"amina_user": 404, "teacher2": 404, "teacher": 200, "staff": 200}

    def test_a_free_preview_opens_one_lesson_and_its_files_alone(self, db, client_for):
        module = factories.module(course=factories.course(visibility=Visibility.EVERYBODY))
        free, closed = (
            factories.lesson(module=module, preview=True),
            factories.lesson(module=module, title="Closed one"),
        )
        client = client_for(None)
        assert client.get(path(free)).status_code == 200
        assert client.get(path(closed)).status_code == 404
        page = client.get(f"/courses/{module.course_id}/").content.decode()
        assert path(free) in page
        assert path(closed) not in page

    def test_nobody_may_read_the_pages_of_a_course_whose_title_they_may_not_know(self, cast):
        hidden = factories.course(title="Hidden")
        assert not Course.objects.visible_to(cast.amina_user).filter(pk=hidden.pk).exists()
