"""Fields of our own."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Length, Lower, Right, StrIndex
from django.db.models.lookups import Exact

from apps.core.email_addresses import MAX_LENGTH, NotAnAddressError, comparable, normal_form


def validate_address(value: str) -> None:
    """Raise ValidationError, with the reason, for what can't be an e-mail address."""
    try:
        normal_form(value)
    except NotAnAddressError as error:
        raise ValidationError(str(error), code="invalid") from None


class EmailAddressField(forms.EmailField):
    """An e-mail address as somebody types or pastes it; what comes of it is its normal form."""

    default_validators = []

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": MAX_LENGTH, **kwargs})

    def to_python(self, value: Any) -> str:
        """The normal form, empty if nothing was typed; raises ValidationError with the reason."""
        if value is None or not str(value).strip():
            return ""
        try:
            return normal_form(str(value))
        except NotAnAddressError as error:
            raise ValidationError(str(error), code="invalid") from None


class AddressField(models.EmailField[Any, Any]):
    """An e-mail address, stored and looked up in its normal form, so that all its spellings are one."""

    default_validators = [validate_address]

    def to_python(self, value: Any) -> Any:
        """The normal form; what is no address is left for the validator."""
        value = super().to_python(value)
        return comparable(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        """The same for what is looked up or written."""
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The same on the object that was saved."""
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        """A field that says what is wrong with an address, for the admin and for forms of a model."""
        return super().formfield(**{"form_class": EmailAddressField, **kwargs})


class Octets(models.Func):
    """How many bytes a text has in UTF-8."""

    function = "OCTET_LENGTH"
    arity = 1
    output_field = models.IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite counts the bytes of what is no text."""
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


def in_normal_form(name: str) -> models.CheckConstraint:
    """A constraint that lets a column `email` hold no other spelling than the normal one, as far as SQL can tell."""
    small = Exact(Lower("email"), models.F("email"))
    ascii_alone = Exact(Octets("email"), Length("email"))
    no_blank = Exact(StrIndex("email", models.Value(" ")), 0)
    no_dot = models.Q(email="") | ~models.Q(Exact(Right("email", 1), models.Value(".")))
    return models.CheckConstraint(
        condition=models.Q(small) & models.Q(ascii_alone) & models.Q(no_blank) & no_dot, name=name
    )
