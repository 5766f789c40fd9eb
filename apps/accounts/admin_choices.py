"""What the admin offers while somebody types is what the form would take."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db import models
from django.http import HttpRequest, HttpResponseBase


class OfferedRows(AutocompleteJsonView):
    """Django's own, narrowed to the choices of the field that asks."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Those of the found rows that the form's own field has."""
        rows = super().get_queryset()
        form = admin.site._registry[self.source_field.model]
        field: Any = form.formfield_for_dbfield(self.source_field, self.request)
        return rows.filter(pk__in=field.queryset.order_by().values("pk"))


def autocomplete(site: Any) -> Any:
    """The view for one admin site."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return OfferedRows.as_view(admin_site=site)(request)

    return view
