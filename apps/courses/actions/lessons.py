"""The verbs of a lesson's content: its text and settings, and whether it is published, under the course's row lock."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.core.editing import refuse_overwriting
from apps.courses.actions.announcements import announce_lessons
from apps.courses.actions.completions import settle_later
from apps.courses.actions.outline import keep_version, locked_lesson
from apps.courses.actions.writing import changed_outline, lock_course
from apps.courses.lesson_text import obstacles, render_lesson, render_links_to
from apps.courses.models import Course, Lesson

TEXT = ("title", "body")


class Published(NamedTuple):
    """The result of publishing several lessons: which were published, and why the others weren't."""

    done: list[Lesson]
    refused: list[tuple[Lesson, list[str]]]


def update_lesson(
    actor: User, lesson: Lesson, changes: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> Lesson:
    """Change these fields of a lesson; another title or text is another version of it. Returns it as saved.

    `seen` is what the actor saw in them before: EditConflict is raised, and nothing written, if one holds something
    else by now. Raises PermissionDenied, ValidationError (by field), also where it is published and couldn't be.
    """
    with transaction.atomic():
        course, locked = locked_lesson(actor, lesson)
        refuse_overwriting(locked, changes, seen or {})
        before = {name: getattr(locked, name) for name in changes}
        for name, value in changes.items():
            setattr(locked, name, value)
        locked.full_clean(validate_constraints=False)
        changed = [name for name in changes if getattr(locked, name) != before[name]]
        if changed:
            _check_published(locked)
            _save(actor, course, locked, changed, before)
    return locked


def publish_lessons(actor: User, course: Course, lessons: Iterable[Lesson]) -> Published:
    """Publish as many of these lessons as are ready; raises PermissionDenied."""
    wanted = [lesson.pk for lesson in lessons]
    with transaction.atomic():
        locked = lock_course(actor, course)
        drafts = Lesson.objects.present().filter(module__course=locked, pk__in=wanted, published=False)
        found = Published([], [])
        for lesson in drafts.select_related("module", "file", "captions").in_order():
            if why := obstacles(lesson):
                found.refused.append((lesson, why))
                continue
            lesson.published = True
            lesson.save(update_fields=["published", "updated"])
            found.done.append(lesson)
        if found.done:
            detail = {"lessons": [lesson.pk for lesson in found.done]}
            changed_outline(actor, locked, "lesson.published", locked, **detail)
            announce_lessons(actor, locked, found.done)
    return found


def unpublish_lesson(actor: User, lesson: Lesson) -> Lesson:
    """Make a lesson a draft again; what was completed in it is kept. Raises PermissionDenied."""
    with transaction.atomic():
        course, locked = locked_lesson(actor, lesson)
        if locked.published:
            locked.published = False
            locked.save(update_fields=["published", "updated"])
            changed_outline(actor, course, "lesson.unpublished", locked)
            settle_later(course)
    return locked


def _check_published(lesson: Lesson) -> None:
    """Raise ValidationError if a published lesson would be left with nothing to learn from."""
    if lesson.published and (why := obstacles(lesson)):
        raise ValidationError(f"{why[0]} It is published: make it a draft first.", code="published")


def _save(actor: User, course: Course, lesson: Lesson, changed: list[str], before: Mapping[str, Any]) -> None:
    fields = [*changed, "html", "updated"]
    if set(changed) & set(TEXT):
        lesson.version += 1
        fields.append("version")
    render_lesson(lesson)
    lesson.save(update_fields=fields)
    if "version" in fields:
        keep_version(actor, lesson)
    if "link_name" in changed:
        render_links_to(course, before["link_name"], lesson.link_name)
    if lesson.optional and "optional" in changed:
        settle_later(course)
    changed_outline(actor, course, "lesson.changed", lesson, fields=sorted(changed), version=lesson.version)
