"""What the lists of the admin may be filtered by: what they offer, and nothing else.

Django lets every field of a model be filtered with every lookup, whether a page shows it or not. Whoever may see a list
could so read a secret in it letter by letter (`?session_key__regex=^a`), or fail the page with a lookup that the
database doesn't take.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.auth.models import Permission
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import is_naive

SEARCH_PREFIXES = "^=@$"
LAST_YEAR = 9_998  # The date hierarchy also asks for the first day of the next one.


def allowed(model_admin: Any, request: HttpRequest) -> set[str]:
    """The lookups that this list may be asked for: its filters', its search fields' and its key's own values."""
    exact = {"id", "pk", model_admin.opts.pk.name}
    exact |= {name.lstrip(SEARCH_PREFIXES) for name in model_admin.get_search_fields(request)}
    names = exact | {f"{name}__exact" for name in exact}
    for spec in model_admin.get_list_filter(request):
        names |= set(_of_filter(model_admin.model, spec))
    return names


def takes(model: type[models.Model], lookup: str, value: Any) -> bool:
    """Is this a value that the field of an allowed lookup can have? What names no field is a filter's own to judge."""
    path, _, how = lookup.rpartition("__")
    if how in {"isnull", "isempty"}:
        return True
    path = path if how in {"exact", "gte", "lt"} else lookup
    try:
        field = get_fields_from_path(model, model._meta.pk.name if path == "pk" else path)[-1]
        taken = field.to_python(value)
        field.run_validators(taken)
    except FieldDoesNotExist:
        return True
    except ValidationError:
        return False
    # A moment without a zone is nobody's; the links of a list have one.
    return not (isinstance(taken, datetime) and is_naive(taken))


def is_date(model_admin: Any, lookup: str, value: Any) -> bool:
    """Is this a step down the date hierarchy, to a day that there is?"""
    if not (hierarchy := model_admin.date_hierarchy):
        return False
    most = {f"{hierarchy}__year": LAST_YEAR, f"{hierarchy}__month": 12, f"{hierarchy}__day": 31}
    text = str(value)
    return lookup in most and text.isascii() and text.isdecimal() and 1 <= int(text[:5]) <= most[lookup]


def grantable() -> QuerySet[Permission]:
    """The permissions that can be given to staff: those about what the admin shows to others than admins."""
    shown = models.Q(pk__in=[])
    for model, model_admin in admin.site._registry.items():
        if not getattr(model_admin, "for_admins_alone", False):
            shown |= models.Q(content_type__app_label=model._meta.app_label, content_type__model=model._meta.model_name)
    return Permission.objects.filter(shown).select_related("content_type")


def _of_filter(model: type[models.Model], spec: Any) -> Iterator[str]:
    if isinstance(spec, type) and issubclass(spec, admin.SimpleListFilter):
        yield str(spec.parameter_name)
        return
    path, kind = spec if isinstance(spec, (list, tuple)) else (spec, None)
    if kind and issubclass(kind, admin.EmptyFieldListFilter):
        yield f"{path}__isempty"
        return
    yield f"{path}__isnull"
    field = get_fields_from_path(model, path)[-1]
    if isinstance(field, (models.ForeignKey, models.ManyToManyField)):
        target = field.target_field.name if isinstance(field, models.ForeignKey) else field.related_model._meta.pk.name
        yield f"{path}__{target}__exact"
    elif isinstance(field, models.DateField):
        yield from (f"{path}__gte", f"{path}__lt")
    else:
        yield from (path, f"{path}__exact")
