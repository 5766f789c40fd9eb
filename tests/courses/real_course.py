"""A real course, built through the pages: seven episodes with their pictures and a ZIP.

The data stays outside the project (../shared/data/course: The Unix Shell, CC BY 4.0); its README says what it is.
"""

import re
from pathlib import Path

from django.core.files.base import File
from django.test import Client

from apps.courses.models import Course, Lesson

DATA = next((up / "shared/data/course" for up in Path(__file__).parents if (up / "shared/data/course").exists()), None)
HTMX = {"HX-Request": "true"}


def episodes() -> list[Path]:
    assert DATA
    return sorted(DATA.glob("0*.md"))


def pictures(text: str) -> list[str]:
    """The names of those that an episode shows."""
    return sorted(set(re.findall(r"\]\(fig/([\w.-]+)\)", text)))


def build(teacher: Client, course: Course) -> None:
    """Write and publish every episode, as its teacher would with a browser."""
    assert DATA
    base = f"/courses/{course.pk}"
    teacher.post(f"{base}/modules/", {"title": "Episodes"})
    module = course.modules.get()
    for path in episodes():
        text = path.read_text()
        teacher.post(f"{base}/modules/{module.pk}/lessons/", {"title": path.stem, "kind": "text"})
        url = f"{base}/lessons/{Lesson.objects.get(title=path.stem).pk}/"
        if names := pictures(text):
            _upload(teacher, f"{url}uploads/", *(DATA / "fig" / name for name in names))
        sent = {"title": path.stem, "body": text, "link_name": path.name, "completion_rule": "button", "version": "1"}
        assert teacher.post(f"{url}edit/", sent).status_code == 302
    first = Lesson.objects.get(link_name="01-intro.md")
    _upload(teacher, f"{base}/lessons/{first.pk}/uploads/", DATA / "files/shell-lesson-data.zip")
    assert teacher.post(f"{base}/edit/drafts/publication/").status_code == 302


def _upload(teacher: Client, url: str, *paths: Path) -> None:
    files = [path.open("rb") for path in paths]
    answer = teacher.post(url, {"attachments": [File(file, file.name) for file in files]}, headers=HTMX)
    assert answer.status_code == 200, answer.content.decode()[:500]
    for file in files:
        file.close()
