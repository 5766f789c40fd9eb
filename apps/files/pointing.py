"""Which files are needed: those that a row of another app points to, by a foreign key that nobody has to register."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet

from apps.files.models import StoredFile

# Keys of rows that not every admin may see, of what people say to one another: their files stand in no list of all.
_apart: list[tuple[type[Model], str]] = []


def keep_apart(model: type[Model], name: str) -> None:
    """Have the files to which this key points seen by those alone who see its rows."""
    _apart.append((model, name))


def listed(files: QuerySet[StoredFile]) -> QuerySet[StoredFile]:
    """Files without those that are kept apart."""
    return _without(files, _apart)


def pointing_keys() -> Iterator[tuple[type[Model], str]]:
    """Each model that points to files, and the name of the key."""
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            found: Any = relation
            yield found.related_model, found.field.name


def unneeded() -> QuerySet[StoredFile]:
    """The files to which no row points."""
    return _without(StoredFile.objects.all(), pointing_keys())


def _without(files: QuerySet[StoredFile], keys: Iterable[tuple[type[Model], str]]) -> QuerySet[StoredFile]:
    for model, name in keys:
        files = files.exclude(Exists(model._base_manager.filter(**{name: OuterRef("pk")})))
    return files
