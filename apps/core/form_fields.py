"""Form fields that more than one app uses."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError


def day_field(**kwargs: Any) -> forms.DateField:
    """A day within reach, as a browser's own field sends it."""
    field = forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)
    field.validators.append(check_day)
    return field


def check_day(day: date) -> None:
    """Raise ValidationError for a day so far away that it must be a slip."""
    if not 2000 <= day.year <= 2100:
        raise ValidationError("Give a year from 2000 to 2100.", code="far")
