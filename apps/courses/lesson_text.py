"""A lesson's text as HTML: pictures and files lead to its attachments, names of other lessons to those."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from django.urls import reverse

from apps.core import markdown
from apps.core.markdown import Rendered, Resolve
from apps.courses import completion_rules, lesson_kinds
from apps.courses.models import Course, Lesson


def lesson_url(course_pk: int, lesson_pk: int) -> str:
    """Where a lesson is learnt."""
    return reverse("courses:lesson_detail", args=[course_pk, lesson_pk])


def render_lesson(lesson: Lesson) -> Rendered:
    """Make the HTML of a lesson anew (`lesson.html`, to be saved by the caller); returns it with what is to be said."""
    rendered = markdown.read(lesson.body, resolver(lesson))
    lesson.html = rendered.html
    return rendered


def resolver(lesson: Lesson) -> Resolve:
    """Where a relative name in the text leads: an attachment of the lesson, another lesson, or nowhere.

    Folders don't count: `fig/tree.svg` is the attachment `tree.svg`.
    """
    course = lesson.module.course_id
    files = {
        name: reverse("courses:lesson_file", args=[course, lesson.pk, pk])
        for name, pk in lesson.attachments.values_list("name", "pk")
    }
    places = _lessons(course) if lesson.body else {}
    return lambda name: files.get(PurePosixPath(name).name) or places.get(PurePosixPath(name).name)


def render_links_to(course: Course, *names: str) -> None:
    """Make the HTML anew of each lesson that may link to a lesson by one of these names."""
    for name in filter(None, names):
        for lesson in Lesson.objects.filter(module__course=course, body__contains=name).select_related("module"):
            render_lesson(lesson)
            Lesson.objects.filter(pk=lesson.pk).update(html=lesson.html)


def obstacles(lesson: Lesson) -> list[str]:
    """Why a lesson can't be published yet, in sentences; empty when it can."""
    unmet = completion_rules.find(lesson.completion_rule).problem(lesson)
    return [*lesson_kinds.find(lesson.kind).problems(lesson), *([unmet] if unmet else [])]


def warnings(lesson: Lesson) -> list[str]:
    """What its author should know and may leave as it is: pictures without words, links that lead nowhere."""
    return markdown.problems(lesson.body, resolver(lesson))


def _lessons(course_id: int) -> Mapping[str, str]:
    named = Lesson.objects.present().filter(module__course=course_id).exclude(link_name="")
    return {name: lesson_url(course_id, pk) for name, pk in named.values_list("link_name", "pk")}
