"""The verbs of an outline: modules and lessons come, go, come back and change places, under the course's row lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.core.text import one_line
from apps.courses import lesson_kinds
from apps.courses.actions.completions import settle_later
from apps.courses.actions.writing import changed_outline, lock_course
from apps.courses.completion_rules import choices
from apps.courses.lesson_text import render_lesson, render_links_to
from apps.courses.models import Course, Lesson, LessonAttachment, LessonVersion, Module

# What a course can hold: the whole outline is on one page, and posted when it is put in another order.
MAX_MODULES, MAX_LESSONS = 200, 2_000
# The ids of a module and of the lessons in it, in order.
Order = Sequence[tuple[int, Sequence[int]]]


class StaleOrderError(ValidationError):
    """The outline changed after it was shown to the person who is reordering it."""


def add_module(actor: User, course: Course, title: str) -> Module:
    """Put a module at the end; raises PermissionDenied, ValidationError (by field)."""
    with transaction.atomic():
        locked = lock_course(actor, course)
        modules = locked.modules.filter(removed_at=None)
        if modules.count() >= MAX_MODULES:
            raise ValidationError({"title": f"A course has at most {MAX_MODULES} modules."})
        module = Module(course=locked, title=one_line(title), position=_after(locked.modules.all()))
        _clean(module)
        module.save()
        changed_outline(actor, locked, "module.added", module)
    return module


def rename_module(actor: User, module: Module, title: str) -> Module:
    """Give a module another title; raises as add_module."""
    with transaction.atomic():
        course, module = _locked_module(actor, module)
        title = one_line(title)
        if title != module.title:
            module.title = title
            _clean(module)
            module.save(update_fields=["title", "updated"])
            changed_outline(actor, course, "module.renamed", module)
    return module


def remove_module(actor: User, module: Module) -> None:
    """Remove a module with its lessons. Everything, including completions, can be restored: see restore_module."""
    _remove_module(actor, module, timezone.now())


def restore_module(actor: User, module: Module) -> None:
    """Bring a module back to where it was, with its lessons."""
    _remove_module(actor, module, None)


def add_lesson(actor: User, module: Module, title: str, kind: str = "text") -> Lesson:
    """Put a lesson, as a draft, at the end of a module; raises PermissionDenied, ValidationError (by field)."""
    known = {each.name: each for each in lesson_kinds.kinds()}
    if kind not in known:
        raise ValidationError({"kind": "Choose a kind of lesson."})
    with transaction.atomic():
        course, module = _locked_module(actor, module)
        _check_room(course)
        rule = next((name for name, _ in choices(known[kind].rules)), "button")
        lesson = Lesson(module=module, title=one_line(title), kind=kind, completion_rule=rule)
        lesson.position = _after(module.lessons.all())
        _clean(lesson)
        lesson.save()
        keep_version(actor, lesson)
        changed_outline(actor, course, "lesson.added", lesson)
    return lesson


def duplicate_lesson(actor: User, lesson: Lesson) -> Lesson:
    """Insert a draft copy of a lesson right after it, with the same files and no completions.

    Raises PermissionDenied, ValidationError.
    """
    with transaction.atomic():
        course, lesson = locked_lesson(actor, lesson)
        _check_room(course)
        attachments = [*lesson.attachments.all()]
        behind = [*lesson.module.lessons.order_by("position", "pk")]
        double = Lesson.objects.get(pk=lesson.pk)
        double.pk, double._state.adding = None, True
        double.title = _copied(lesson.title)
        double.published, double.version = False, 1
        double.announced_at = double.announce_from = None
        double.link_name = ""
        double.save(force_insert=True)
        for each in attachments:
            LessonAttachment.objects.create(lesson=double, file=each.file, name=each.name)
        render_lesson(double)
        double.save(update_fields=["html"])
        keep_version(actor, double)
        behind.insert(behind.index(lesson) + 1, double)
        _place_lessons(lesson.module, behind)
        changed_outline(actor, course, "lesson.copied", double, of=lesson.pk)
    return double


def remove_lesson(actor: User, lesson: Lesson) -> None:
    """Remove a lesson from the outline. It is kept with its completions: see restore_lesson."""
    _remove_lesson(actor, lesson, timezone.now())


def restore_lesson(actor: User, lesson: Lesson) -> None:
    """Bring a lesson back to where it was; what was completed in it counts again."""
    _remove_lesson(actor, lesson, None)


def reorder(actor: User, course: Course, order: Order, version: int) -> Course:
    """Put modules and lessons in this order; it names all that are in the outline, each once.

    `version` is that of the outline in which it was made. Raises StaleOrderError if the outline has changed since,
    PermissionDenied, and ValidationError for an order that isn't one of this outline.
    """
    with transaction.atomic():
        locked = lock_course(actor, course)
        modules = {module.pk: module for module in locked.modules.filter(removed_at=None)}
        lessons = {lesson.pk: lesson for lesson in Lesson.objects.present().filter(module__course=locked)}
        named = [pk for _, pks in order for pk in pks]
        if locked.outline_version != version:
            raise StaleOrderError(
                "Somebody else changed the outline meanwhile. This is how it stands now: move it once more.", "stale"
            )
        if sorted(pk for pk, _ in order) != sorted(modules) or sorted(named) != sorted(lessons):
            raise ValidationError("This order doesn't match the course. Reload the page.", code="order")
        moved = _place(modules, lessons, order)
        if moved:
            changed_outline(actor, locked, "outline.ordered", locked, moved=moved)
    return locked


def locked_lesson(actor: User, lesson: Lesson) -> tuple[Course, Lesson]:
    """A lesson and its course as they are now, the course's row locked; raises PermissionDenied."""
    course = lock_course(actor, lesson.module.course)
    found = Lesson.objects.select_related("module", "file", "captions").filter(pk=lesson.pk, module__course=course)
    now = found.first()
    if now is None:
        raise PermissionDenied("This lesson isn't in this course.")
    return course, now


def keep_version(actor: User, lesson: Lesson) -> LessonVersion:
    """Keep a lesson's text as it is now, under its version's number."""
    return LessonVersion.objects.create(
        lesson=lesson, number=lesson.version, title=lesson.title, body=lesson.body, saved_by=actor
    )


def _locked_module(actor: User, module: Module) -> tuple[Course, Module]:
    course = lock_course(actor, module.course)
    return course, course.modules.get(pk=module.pk)


def _check_room(course: Course) -> None:
    if Lesson.objects.present().filter(module__course=course).count() >= MAX_LESSONS:
        raise ValidationError({"title": f"A course has at most {MAX_LESSONS} lessons."})


def _after(rows: QuerySet[Any]) -> int:
    """The position behind all that is there, what was removed too."""
    last = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def _clean(thing: Module | Lesson) -> None:
    """Raise ValidationError by field for a title that is empty or too long."""
    named = isinstance(thing, Module)
    if not thing.title:
        raise ValidationError({"title": f"Give the {'module' if named else 'lesson'} a title."})
    limit = thing._meta.get_field("title").max_length or 0
    if len(thing.title) > limit:
        raise ValidationError({"title": f"This title is too long: {limit} characters at most."})


def _copied(title: str) -> str:
    limit = Lesson._meta.get_field("title").max_length or 0
    return f"{title[: limit - 7]} (copy)"


def _remove_module(actor: User, module: Module, at: datetime | None) -> None:
    with transaction.atomic():
        course, module = _locked_module(actor, module)
        if (module.removed_at is None) == (at is None):
            return
        module.removed_at = at
        module.save(update_fields=["removed_at", "updated"])
        # Streams of those who had a lesson of it open are asked about again.
        Lesson.objects.filter(module=module).update(module=module)
        settle_later(course)
        changed_outline(actor, course, "module.removed" if at else "module.restored", module)


def _remove_lesson(actor: User, lesson: Lesson, at: datetime | None) -> None:
    with transaction.atomic():
        course, lesson = locked_lesson(actor, lesson)
        if (lesson.removed_at is None) == (at is None):
            return
        lesson.removed_at = at
        lesson.save(update_fields=["removed_at", "updated"])
        render_links_to(course, lesson.link_name)
        settle_later(course)
        changed_outline(actor, course, "lesson.removed" if at else "lesson.restored", lesson)


def _place(modules: dict[int, Module], lessons: dict[int, Lesson], order: Order) -> int:
    """Write the positions that differ; how many rows had another place."""
    shifted, moved, others = list[Module](), list[Lesson](), list[Lesson]()
    for number, (module_pk, lesson_pks) in enumerate(order):
        module = modules[module_pk]
        if module.position != number:
            module.position = number
            shifted.append(module)
        for place, pk in enumerate(lesson_pks):
            lesson = lessons[pk]
            if lesson.module_id != module_pk:
                lesson.module = module
                others.append(lesson)
            elif lesson.position == place:
                continue
            lesson.position = place
            moved.append(lesson)
    Module.objects.bulk_update(shifted, ["position"])
    Lesson.objects.bulk_update(moved, ["position"])
    Lesson.objects.bulk_update(others, ["module"])
    return len(shifted) + len(moved)


def _place_lessons(module: Module, lessons: Sequence[Lesson]) -> None:
    for place, lesson in enumerate(lessons):
        if lesson.position != place:
            Lesson.objects.filter(pk=lesson.pk).update(position=place)
            lesson.position = place
