"""The verbs of a course as a whole: making it, changing it, showing it. All take the course's row lock."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Model

from apps.accounts import audit
from apps.accounts.models import User
from apps.core import markdown
from apps.core.editing import EditConflict, refuse_overwriting
from apps.courses import live, policies
from apps.courses.actions.completions import settle_later
from apps.courses.models import Course, CourseTeacher
from apps.files.actions import discard

TITLE_TAKEN = "There is a course with this title already."
# What the audit tells with what was there before; of long texts it tells that they changed.
SHORT = ("title", "category", "level", "visibility", "open_to_join", "capacity", "access_days", "certificate_rule")


def create_course(actor: User, course: Course, teachers: Collection[User] = ()) -> Course:
    """Save a new course as a draft; raises PermissionDenied, ValidationError (by field)."""
    if not policies.can_add(actor):
        raise PermissionDenied("You can't make courses.")
    course.published = False
    _render(course)
    try:
        with transaction.atomic():
            course.full_clean(validate_constraints=False)
            course.save(force_insert=True)
            _set_teachers(course, teachers)
            audit.record(actor, "course.made", course)
    except IntegrityError:
        raise ValidationError({"title": TITLE_TAKEN}) from None
    return course


def update_course(
    actor: User, course: Course, changes: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> Course:
    """Change these fields of a course (`teachers` too, for admins and staff); returns it as saved.

    `seen` is what the actor saw in them before: EditConflict is raised, and nothing written, if one holds something
    else by now. Raises PermissionDenied, ValidationError (by field).
    """
    try:
        with transaction.atomic():
            locked = lock_course(actor, course)
            fields = {name: value for name, value in changes.items() if name != "teachers"}
            refuse_overwriting(locked, fields, seen or {})
            if "teachers" in changes:
                _change_teachers(actor, locked, changes["teachers"], (seen or {}).get("teachers"))
            _write(actor, locked, fields)
    except IntegrityError:
        raise ValidationError({"title": TITLE_TAKEN}) from None
    return locked


def show_course(actor: User, course: Course, published: bool) -> Course:
    """Publish a course, or make it a draft again, which closes it to students. Raises PermissionDenied."""
    with transaction.atomic():
        locked = lock_course(actor, course)
        if locked.published != published:
            locked.published = published
            locked.save(update_fields=["published", "updated"])
            changed_outline(actor, locked, "course.published" if published else "course.unpublished", locked)
    return locked


def lock_course(actor: User, course: Course) -> Course:
    """The course as it is now, its row locked; raises PermissionDenied for who may not write it."""
    locked = Course.objects.written_by(actor).select_for_update(of=("self",)).filter(pk=course.pk).first()
    if locked is None:
        raise PermissionDenied("You can't change this course.")
    return locked


def changed_outline(actor: User, course: Course, verb: str, thing: Model, **detail: Any) -> None:
    """Count a change of the outline, which the course's lock covers, and tell the audit and every open page."""
    Course.objects.filter(pk=course.pk).update(outline_version=F("outline_version") + 1)
    course.outline_version += 1
    audit.record(actor, verb, thing, **({"course": course.pk} if thing is not course else {}), **detail)
    live.outline_changed(course.pk)


def _render(course: Course) -> None:
    course.description_html = markdown.render(course.description, namespace="about", top=3)


def _write(actor: User, course: Course, changes: Mapping[str, Any]) -> None:
    before = {name: getattr(course, name) for name in changes}
    for name, value in changes.items():
        setattr(course, name, value)
    course.full_clean(validate_constraints=False)
    changed = [name for name in changes if getattr(course, name) != before[name]]
    if not changed:
        return
    if "description" in changed:
        _render(course)
        changed.append("description_html")
    course.save(update_fields=[*changed, "updated"])
    if "cover" in changed:
        discard(before["cover"])
    if "certificate_rule" in changed:
        settle_later(course)
    told = {name: [_kept(before[name]), _kept(getattr(course, name))] for name in changed if name in SHORT}
    audit.record(actor, "course.rewritten", course, **told)
    live.outline_changed(course.pk)


def _kept(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else None if value is None else str(value)


def _set_teachers(course: Course, teachers: Collection[User]) -> None:
    for teacher in teachers:
        CourseTeacher.objects.get_or_create(course=course, teacher=teacher)


def _change_teachers(actor: User, course: Course, teachers: Collection[User], seen: Collection[Any] | None) -> None:
    if not actor.sees_all:
        raise PermissionDenied("Who teaches a course is for the office to say.")
    now = set(course.teachers.all())
    wanted = set(teachers)
    if seen is not None and {teacher.pk for teacher in now} not in (
        {int(pk) for pk in seen},
        {teacher.pk for teacher in wanted},
    ):
        raise EditConflict({"teachers": sorted(now, key=str)})
    if now == wanted:
        return
    for row in CourseTeacher.objects.filter(course=course).exclude(teacher__in=wanted):
        row.delete()
    _set_teachers(course, wanted)
    audit.record(actor, "course.teachers", course, now=sorted(teacher.pk for teacher in wanted))
