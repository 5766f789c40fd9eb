"""Fences of colons (`::: challenge` … `:::`) as boxes with a heading: Pandoc's divs, with the kinds of The Carpentries.

https://pandoc.org/MANUAL.html#divs-and-spans, https://carpentries.github.io/sandpaper-docs/component-guide.html
"""

from typing import NamedTuple

from django.utils.html import escape


class Kind(NamedTuple):
    """What stands over a box without a heading of its own, how it looks, and whether it is opened by its reader."""

    label: str
    look: str
    folded: bool = False


KINDS = {
    "objectives": Kind("Objectives", "goals"),
    "questions": Kind("Questions", "question"),
    "keypoints": Kind("Key points", "summary"),
    "challenge": Kind("Challenge", "challenge"),
    "exercise": Kind("Exercise", "challenge"),
    "discussion": Kind("Discussion", "challenge"),
    "checklist": Kind("Checklist", "goals"),
    "prereq": Kind("Before you start", "goals"),
    "callout": Kind("Note", "note"),
    "note": Kind("Note", "note"),
    "tip": Kind("Tip", "note"),
    "important": Kind("Important", "warning"),
    "warning": Kind("Warning", "warning"),
    "caution": Kind("Caution", "warning"),
    "testimonial": Kind("Testimonial", "other"),
    "solution": Kind("Solution", "solution", folded=True),
    "answer": Kind("Answer", "solution", folded=True),
    "hint": Kind("Hint", "solution", folded=True),
    "spoiler": Kind("More", "solution", folded=True),
    "instructor": Kind("For teachers", "other"),
    "caption": Kind("", "other"),
}
# Students don't see these.
TEACHERS = {"instructor"}


def kind_of(name: str) -> Kind:
    """The kind of that name; one that nobody knows is headed by its name."""
    return KINDS.get(name) or Kind(name.replace("-", " ").replace("_", " ").strip().capitalize(), "other")


def box(kind: Kind, level: int, heading: str, anchor: str, body: str) -> str:
    """The box as HTML: `heading` (HTML, perhaps none) and `anchor` (its id, perhaps none) are the author's."""
    title = heading or escape(kind.label)
    named = f' id="{escape(anchor)}"' if anchor else ""
    body = f'<div class="box-body">{body}</div>'
    if kind.folded:
        return f'<details class="box box-{kind.look}"><summary{named}>{title}</summary>{body}</details>\n'
    # "Challenge" over "What does sort -n do?"; not "Objectives" over "Objectives".
    above = f'<p class="box-kind">{escape(kind.label)}</p>' if heading and heading != escape(kind.label) else ""
    head = f'{above}<h{level} class="box-title"{named}>{title}</h{level}>' if title else ""
    return f'<section class="box box-{kind.look}">{head}{body}</section>\n'
