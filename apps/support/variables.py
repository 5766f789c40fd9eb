"""Variables of canned answers: `{{ given_name }}`, or with a fallback, `{{ course|your course }}`.

No template engine sees what people write: a text is searched for these few names, once, and what replaces one is text.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.courses.models import Enrollment

BRACES = re.compile(r"\{\{([^{}]{0,200})\}\}")
INSIDE = re.compile(r"\s*([a-z_]+)\s*(?:\|([^|]*))?")


class Variable(NamedTuple):
    """A name, what it stands for, and how it is found: for `writer`, who answers, about `person`, who asked.

    What isn't known, or is not for the writer's eyes, is empty.
    """

    name: str
    about: str
    find: Callable[[User, User], str]


_variables: dict[str, Variable] = {}


def register(*variables: Variable) -> None:
    """Add variables; called once by the app that knows them, when it is ready."""
    _variables.update({variable.name: variable for variable in variables})


def known() -> list[Variable]:
    """All variables."""
    return list(_variables.values())


def unknown(text: str) -> list[str]:
    """What stands in double braces in a text and is none of ours, as it stands there."""
    return [match[0] for match in BRACES.finditer(text) if _name(match[1]) not in _variables]


def refuse_unknown(text: str) -> None:
    """Raise ValidationError for a text with a variable that nobody knows, with the list of those that there are."""
    if wrong := unknown(text):
        names = ", ".join(f"{{{{ {name} }}}}" for name in _variables)
        raise ValidationError(f"{wrong[0]} is no variable. There are {names}.", code="unknown_variable")


def unfilled(text: str) -> str:
    """The first variable of ours that is left in a text, as it stands there; empty where none is."""
    return next((match[0] for match in BRACES.finditer(text) if _name(match[1]) in _variables), "")


def fill(text: str, writer: User, person: User, found: dict[str, str] | None = None) -> str:
    """The text with its variables filled in; one without a value or a fallback stays, to be filled in by hand.

    `found` keeps values from one text to the next.
    """
    values = {} if found is None else found

    def value(match: re.Match[str]) -> str:
        inside = INSIDE.fullmatch(match[1])
        if not inside or inside[1] not in _variables:
            return match[0]
        name, fallback = inside[1], inside[2]
        if name not in values:
            # A value that looks like a variable is none.
            values[name] = _variables[name].find(writer, person).replace("{{", "{").strip()
        return values[name] or (f"{{{{ {name} }}}}" if fallback is None else fallback.strip())

    return BRACES.sub(value, text)


def _name(inside: str) -> str:
    match = INSIDE.fullmatch(inside)
    return match[1] if match else ""


def _course(_: User, person: User) -> str:
    """The course that the person takes, if it is one."""
    rows = Enrollment.objects.valid().filter(student__user=person)
    titles = set(rows.values_list("course__title", flat=True)[:2])
    return titles.pop() if len(titles) == 1 else ""


OURS = (
    Variable("given_name", "the person's given name", lambda _, person: person.given_name),
    Variable("full_name", "the person's whole name", lambda _, person: person.full_name),
    Variable("my_name", "your name", lambda writer, _: writer.full_name),
    Variable("academy", "the academy's name", lambda _, __: str(settings.ACADEMY_NAME)),
    Variable("course", "the course that they take, if it is one", _course),
)
