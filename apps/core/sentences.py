"""What forms say of a choice that isn't one, in the place of Django's words for programmers.

Mostly it was one a moment ago: somebody took it away while the form was open.
"""

from django import forms
from django.db import models

GONE = "This can't be chosen any more. Choose another."
UNKNOWN = "Choose one of the options."


def install() -> None:
    """Say it in every form, the admin's too; called once, before any form is made."""
    for field in (forms.ModelChoiceField, forms.ModelMultipleChoiceField):
        field.default_error_messages = field.default_error_messages | {"invalid_choice": GONE, "invalid_pk_value": GONE}
    for choice in (forms.ChoiceField, forms.MultipleChoiceField):
        choice.default_error_messages = choice.default_error_messages | {"invalid_choice": UNKNOWN}
    models.Field.default_error_messages = models.Field.default_error_messages | {"invalid_choice": UNKNOWN}
    models.ForeignKey.default_error_messages = models.ForeignKey.default_error_messages | {"invalid": GONE}
