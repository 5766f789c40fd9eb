"""Files follow the rows that point to them: when such a row is deleted, its file goes too."""

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_delete

from apps.files.actions import discard_all
from apps.files.pointing import pointing_keys


def watch() -> None:
    """Have a file go with the row that pointed to it, however that row is deleted.

    Rows go in cascades, from the admin too, where no action of the app that has them is called: hence a signal.
    """
    for model in {model for model, _ in pointing_keys()}:
        post_delete.connect(_deleted, sender=model, dispatch_uid="homeroom.files")


def _deleted(sender: type[Model], instance: Model, **_: Any) -> None:
    ids = {getattr(instance, f"{name}_id") for model, name in pointing_keys() if model is sender}
    transaction.on_commit(lambda: discard_all(ids - {None}), robust=True)
