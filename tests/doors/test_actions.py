"""Every action, called directly by everyone, is done or refused as actions.txt says: no view stands before it here."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

import apps
from apps.accounts.models import User
from tests.doors.deeds import CALLS, PARTS
from tests.doors.house import House, untouched
from tests.doors.table import PEOPLE, read, told

pytestmark = pytest.mark.django_db
ACTORS = tuple(who for who in PEOPLE if who not in {"anonymous", "looking"})
ROWS = read("actions.txt", ACTORS, words=1)


def functions() -> Iterator[tuple[str, bool]]:
    """Every public function of the apps, and whether it acts: it begins with an actor, or it writes to the audit."""
    for module in pkgutil.walk_packages(apps.__path__, "apps."):
        if ".migrations" in module.name or module.name.endswith(".policies"):
            continue
        for name, thing in vars(importlib.import_module(module.name)).items():
            inner = inspect.unwrap(thing) if callable(thing) else thing
            if not inspect.isfunction(inner) or inner.__module__ != module.name or name.startswith("_"):
                continue
            takes = list(inspect.signature(inner).parameters)
            acts = bool(takes and takes[0] == "actor") or _records(inner)
            yield f"{module.name.removeprefix('apps.')}.{name}", acts


def _records(function: object) -> bool:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))  # type: ignore[arg-type]
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(
        isinstance(call, ast.Attribute) and call.attr.startswith("record") and ast.unparse(call.value) == "audit"
        for call in calls
    )


ACTIONS = {name for name, acts in functions() if acts}


def test_every_action_has_rows_or_is_part_of_one_that_has():
    assert ACTIONS - set(ROWS) - set(PARTS) == set()
    assert (set(ROWS) | set(PARTS)) - ACTIONS == set()


def test_every_row_is_called_and_every_call_has_a_row():
    assert {(row.name, row.about[0]) for rows in ROWS.values() for row in rows} == set(CALLS)


def outcome(house: House, who: str, name: str, about: str) -> str:
    """`yes`, `no` (PermissionDenied), `refused` (ValidationError: it may be done, but not now) or `nothing`."""
    person = house.person(who)
    assert person
    with untouched():
        try:
            result = CALLS[name, about](house, User.objects.get(pk=person.pk))
        except PermissionDenied:
            return "no"
        except ValidationError:
            return "refused"
    return "nothing" if result in (0, [], False) and result is not None else "yes"


@pytest.mark.parametrize("name", sorted(ROWS))
def test_each_person_may_do_what_the_table_says(house, name):
    found = [row._replace(cells=tuple(outcome(house, who, name, row.about[0]) for who in ACTORS)) for row in ROWS[name]]
    assert found == ROWS[name], f"The table says\n{told(ROWS[name])}\nand it is\n{told(found)}"
