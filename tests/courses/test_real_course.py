"""A real course is built through the pages, as a teacher would: seven episodes with their pictures and a ZIP."""

import pytest

from apps.core.markdown import front_matter
from apps.courses import actions
from apps.courses.models import Course, Lesson
from tests.courses.real_course import DATA, build, episodes, pictures

pytestmark = pytest.mark.skipif(DATA is None, reason="the data lies beside the project: ../shared/data/course")


def test_a_teacher_builds_the_unix_shell(cast, client_for):
    course = actions.create_course(cast.staff, Course(title="The Unix Shell"), [cast.teacher])
    base = f"/courses/{course.pk}"
    build(client_for(cast.teacher), course)
    lessons = list(Lesson.objects.counting().filter(module__course=course).in_order())
    facts = [front_matter(path.read_text())[0] for path in episodes()]
    assert [lesson.title for lesson in lessons] == [values["title"] for values in facts]
    assert [lesson.minutes for lesson in lessons] == [values["teaching"] + values["exercises"] for values in facts]
    for path, lesson in zip(episodes(), lessons, strict=True):
        shown = set(pictures(path.read_text()))
        own = {each.name: f'src="{base}/lessons/{lesson.pk}/files/{each.pk}/"' for each in lesson.attachments.all()}
        assert shown <= set(own)
        assert all(own[name] in lesson.html for name in shown)
        assert "picture-missing" not in lesson.html
    third = next(lesson for lesson in lessons if lesson.link_name == "03-create.md")
    assert f'href="{base}/lessons/{third.pk}/"' in lessons[-1].html
    first = lessons[0]
    assert first.attachments.get().name == "shell-lesson-data.zip"
    page = client_for(cast.teacher).get(f"{base}/lessons/{third.pk}/edit/").content.decode()
    assert "nano-screenshot.png" in page
