"""The order of an outline as text and as lists, and the steps by which people change it; no query is made here.

A step that leads nowhere leaves the order as it is.
"""

from collections.abc import Iterable

from apps.courses.models import Lesson, Module

# The ids of the modules, each with those of its lessons.
Shape = list[tuple[int, list[int]]]


def written(modules: Iterable[tuple[Module, Iterable[Lesson]]]) -> str:
    """As a form sends it: `12:1,2;13:`."""
    return ";".join(f"{module.pk}:{','.join(str(lesson.pk) for lesson in lessons)}" for module, lessons in modules)


def read_shape(text: str) -> Shape:
    """What `written` wrote."""
    shape: Shape = []
    for part in filter(None, text.split(";")):
        module, _, lessons = part.partition(":")
        shape.append((int(module), [int(pk) for pk in lessons.split(",") if pk]))
    return shape


def module_moved(shape: Shape, module: int, step: int) -> Shape:
    """Move a module one place up (-1) or down (1)."""
    places = [pk for pk, _ in shape]
    if module not in places:
        return shape
    here = places.index(module)
    there = here + step
    moved = [*shape]
    if 0 <= there < len(shape):
        moved[here], moved[there] = moved[there], moved[here]
    return moved


def lesson_moved(shape: Shape, lesson: int, step: int) -> Shape:
    """Move a lesson one place up or down, past the end of its module into the next."""
    moved = [(pk, [*lessons]) for pk, lessons in shape]
    for number, (_, lessons) in enumerate(moved):
        if lesson not in lessons:
            continue
        here = lessons.index(lesson)
        if 0 <= here + step < len(lessons):
            lessons[here], lessons[here + step] = lessons[here + step], lessons[here]
        elif 0 <= number + step < len(moved):
            lessons.remove(lesson)
            others = moved[number + step][1]
            others.insert(len(others) if step < 0 else 0, lesson)
        break
    return moved


def moved_to(shape: Shape, lesson: int, module: int) -> Shape:
    """Move a lesson to the end of another module."""
    if module not in [pk for pk, _ in shape] or not any(lesson in lessons for _, lessons in shape):
        return shape
    moved = [(pk, [each for each in lessons if each != lesson]) for pk, lessons in shape]
    next(lessons for pk, lessons in moved if pk == module).append(lesson)
    return moved
