"""Fields of our own."""

from typing import Any

from django.db import models


class AddressField(models.EmailField[Any, Any]):
    """An e-mail address, kept in small letters, as logins look for it: two that differ in case alone are one.

    (RFC 5321 lets a host tell them apart; no host of today does.)
    """

    def to_python(self, value: Any) -> Any:
        """The address in small letters."""
        value = super().to_python(value)
        return value.lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        """The same for what is looked up or written."""
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The same on the object that was saved."""
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value
