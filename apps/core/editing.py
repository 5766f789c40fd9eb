"""Two people edit one thing: changes of different fields both stay, and nobody overwrites a change they haven't seen.

A form sends along what each field held when it was shown. The action compares that with the row under its lock, so two
saves at the same moment can't both pass, and the form then shows the other person's version beside one's own.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict

from apps.core import formats
from apps.core.text import lines

# What a form says that it showed and that can't be read: equal to nothing, so that the row's value counts as newer.
UNREADABLE = object()


class EditConflict(Exception):  # noqa: N818 - not a fault: two people were at work
    """Somebody else changed the same fields meanwhile; `current` is what they hold now."""

    def __init__(self, current: dict[str, Any]) -> None:
        super().__init__(", ".join(current))
        self.current = current


def refuse_overwriting(locked: Model, changes: Mapping[str, Any], seen: Mapping[str, Any]) -> None:
    """Raise EditConflict for fields of `changes` that hold neither what was seen nor what they are to hold.

    The caller holds the row's lock. A field that `seen` doesn't name is not compared.
    """
    now = {name: getattr(locked, name) for name in changes if name in seen}
    current = {name: value for name, value in now.items() if value not in (seen[name], changes[name])}
    if current:
        raise EditConflict(current)


class EditForm[M: Model](forms.ModelForm[M]):
    """A form that sends what it showed (`initial-<field>`) and knows what the person changed.

    A client that doesn't say what it saw changes whatever differs from the row.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            said = not self.is_bound or self.add_initial_prefix(name) in self.data
            field.show_hidden_initial = said and self.instance.pk is not None

    def clean(self) -> dict[str, Any]:
        """Leave what this person did not change as the row has it."""
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk is not None:
            for name in set(cleaned) - set(self.changed_data):
                cleaned[name] = getattr(self.instance, name)
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        """What this person changed, by field."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    @property
    def seen(self) -> dict[str, Any]:
        """What the fields held when the form was made, as far as it says so."""
        return {name: self._seen(name) for name, field in self.fields.items() if field.show_hidden_initial}

    def _seen(self, name: str) -> Any:
        field, said = self.fields[name], self.data[self.add_initial_prefix(name)]
        if isinstance(field, forms.CharField):  # As it is stored, but for a browser's line breaks.
            return lines(said) if "\n" in said else said
        try:
            return field.to_python(said)
        except ValidationError:
            return UNREADABLE

    def explain_conflict(self, conflict: EditConflict) -> None:
        """Say at each field what somebody else made of it; sending the form once more then means it."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        self.data = data
        for name, value in conflict.current.items():
            raw = self.fields[name].prepare_value(getattr(value, "pk", value))
            data[self.add_initial_prefix(name)] = "" if raw is None else str(raw)
            said = "emptied this" if value in (None, "") else f"changed this to “{_shown(value)[:200]}”"
            self.add_error(
                name, f"Somebody else {said} while you were editing. Save again to replace that with what stands here."
            )


def _shown(value: Any) -> str:
    if isinstance(value, date):
        return formats.day(value)
    return formats.number(value, 2) if isinstance(value, Decimal) else str(value)
