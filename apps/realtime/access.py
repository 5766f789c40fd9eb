"""Access ends in one place: where the rows that decide it change, whoever changes them and however.

A model says which of its fields decide who may read what, and whose access that is. Saving, deleting (alone, in bulk,
or with what it belongs to) and queryset updates then have these people's open streams asked about again. What would
get past that, an upsert of a deciding field, is refused.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models import signals

from apps.realtime.publish import access_changed


class Rule(NamedTuple):
    """The fields that decide, and the lookups that lead from a row to the people whom it decides about."""

    fields: frozenset[str]
    people: tuple[str, ...]


_rules: dict[type[models.Model], Rule] = {}


def decides_access[M: models.Model](*fields: str, of: Iterable[str]) -> Callable[[type[M]], type[M]]:
    """Declare that these fields of a model decide about the access of the people whom `of` leads to."""

    def declare(model: type[M]) -> type[M]:
        _rules[model] = Rule(frozenset(fields), tuple(of))
        signals.pre_save.connect(_before_save, sender=model)
        signals.post_save.connect(_after_save, sender=model)
        signals.pre_delete.connect(_before_delete, sender=model)
        return model

    return declare


def rules() -> dict[type[models.Model], Rule]:
    """What was declared, by model."""
    return dict(_rules)


class AccessQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows that decide about access; changing many at once is told like changing one."""

    def update(self, **kwargs: Any) -> int:
        """Django's own; bulk_update comes here too."""
        if not _decides(self.model, kwargs):
            return super().update(**kwargs)
        with transaction.atomic(using=self.db):
            keys = list(self.order_by().values_list("pk", flat=True))
            people = people_of(self.model, keys)
            count = super().update(**kwargs)
            access_changed(*people | people_of(self.model, keys))
        return count

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """Django's own; raises NotImplementedError for an upsert of what decides: who had access isn't known then."""
        if _decides(self.model, kwargs.get("update_fields") or ()):
            raise NotImplementedError(f"Update {self.model.__name__} with update() or save().")
        return super().bulk_create(objs, *args, **kwargs)


def people_of(model: type[models.Model], keys: Iterable[Any]) -> set[int]:
    """The ids of the people whom these rows decide about now."""
    rows = model._base_manager.filter(pk__in=list(keys)).order_by()
    found = (rows.values_list(lookup, flat=True) for lookup in _rules[model].people)
    return {pk for ids in found for pk in ids if pk}


def _decides(model: type[models.Model], names: Iterable[str]) -> bool:
    rule = _rules.get(model)
    if rule is None:
        return False
    return any(name in rule.fields or name.removesuffix("_id") in rule.fields for name in names)


def _before_save(sender: type[models.Model], instance: Any, update_fields: Any, raw: bool, **more: Any) -> None:
    written = update_fields is None or _decides(sender, update_fields)
    known = not (raw or instance._state.adding)
    instance._had_access = people_of(sender, [instance.pk]) if written and known else None


def _after_save(sender: type[models.Model], instance: Any, **more: Any) -> None:
    if (had := instance.__dict__.pop("_had_access", None)) is not None:
        access_changed(*had | people_of(sender, [instance.pk]))


def _before_delete(sender: type[models.Model], instance: Any, **more: Any) -> None:
    # The rows that lead to these people may be gone when the transaction ends.
    access_changed(*people_of(sender, [instance.pk]))
