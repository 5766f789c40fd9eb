"""Which files are needed: those that a row of another app points to, by a foreign key that nobody has to register."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet

from apps.files.models import StoredFile


def pointing_keys() -> Iterator[tuple[type[Model], str]]:
    """Each model that points to files, and the name of the key."""
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            found: Any = relation
            yield found.related_model, found.field.name


def unneeded() -> QuerySet[StoredFile]:
    """The files to which no row points."""
    files = StoredFile.objects.all()
    for model, name in pointing_keys():
        files = files.exclude(Exists(model._base_manager.filter(**{name: OuterRef("pk")})))
    return files
