"""A real course is built through the pages, as a teacher would: seven episodes with their pictures and a ZIP.

The data stays outside the project (../shared/data/course: The Unix Shell, CC BY 4.0); its README says what it is.
"""

import re
from pathlib import Path

import pytest
from django.core.files.base import File

from apps.core.markdown import front_matter
from apps.courses import actions
from apps.courses.models import Course, Lesson

DATA = next((up / "shared/data/course" for up in Path(__file__).parents if (up / "shared/data/course").exists()), None)

pytestmark = pytest.mark.skipif(DATA is None, reason="the data lies beside the project: ../shared/data/course")
HTMX = {"HX-Request": "true"}


def upload(teacher, url, *paths):
    files = [path.open("rb") for path in paths]
    answer = teacher.post(url, {"attachments": [File(file, file.name) for file in files]}, headers=HTMX)
    assert answer.status_code == 200, answer.content.decode()[:500]
    for file in files:
        file.close()


def test_a_teacher_builds_the_unix_shell(cast, client_for):
    assert DATA
    course = actions.create_course(cast.staff, Course(title="The Unix Shell"), [cast.teacher])
    teacher, base = client_for(cast.teacher), f"/courses/{course.pk}"
    teacher.post(f"{base}/modules/", {"title": "Episodes"})
    module = course.modules.get()
    episodes = sorted(DATA.glob("0*.md"))
    for path in episodes:
        text = path.read_text()
        teacher.post(f"{base}/modules/{module.pk}/lessons/", {"title": path.stem, "kind": "text"})
        lesson = Lesson.objects.get(title=path.stem)
        pictures = sorted(set(re.findall(r"\]\(fig/([\w.-]+)\)", text)))
        url = f"{base}/lessons/{lesson.pk}/"
        if pictures:
            upload(teacher, f"{url}uploads/", *(DATA / "fig" / name for name in pictures))
        sent = {"title": path.stem, "body": text, "link_name": path.name, "completion_rule": "button", "version": "1"}
        assert teacher.post(f"{url}edit/", sent).status_code == 302
    first = Lesson.objects.get(link_name="01-intro.md")
    upload(teacher, f"{base}/lessons/{first.pk}/uploads/", DATA / "files/shell-lesson-data.zip")
    assert teacher.post(f"{base}/edit/drafts/publication/").status_code == 302
    lessons = list(Lesson.objects.counting().filter(module=module).in_order())
    facts = [front_matter(path.read_text())[0] for path in episodes]
    assert [lesson.title for lesson in lessons] == [values["title"] for values in facts]
    assert [lesson.minutes for lesson in lessons] == [values["teaching"] + values["exercises"] for values in facts]
    for path, lesson in zip(episodes, lessons, strict=True):
        shown = set(re.findall(r"\]\(fig/([\w.-]+)\)", path.read_text()))
        own = {each.name: f'src="{base}/lessons/{lesson.pk}/files/{each.pk}/"' for each in lesson.attachments.all()}
        assert shown <= set(own)
        assert all(own[name] in lesson.html for name in shown)
        assert "picture-missing" not in lesson.html
    third = next(lesson for lesson in lessons if lesson.link_name == "03-create.md")
    assert f'href="{base}/lessons/{third.pk}/"' in lessons[-1].html
    assert first.attachments.get().name == "shell-lesson-data.zip"
    page = teacher.get(f"{base}/lessons/{third.pk}/edit/").content.decode()
    assert "nano-screenshot.png" in page
