"""What the admin pages of all apps share: changes go through actions, write what changed alone, and are recorded."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts import admin_lookups, audit
from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again


class ActionAdmin[M: models.Model](admin.ModelAdmin[M]):
    """An admin whose `save_model` may call an action: what the action refuses is said on the page.

    Without an action of its own a model is saved here: the changed fields alone, and an audit entry.
    """

    list_per_page = 50
    # Counting all of a table for "50 results (250,000 total)" reads all of it.
    show_full_result_count = False
    # True where a permission opens nothing: whoever reads this could become somebody else.
    for_admins_alone = False
    # True where a change gives or takes access: whoever makes one confirms first that it's them.
    asks_again = False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the list itself offers; text with a NUL is none that PostgreSQL keeps."""
        if "\0" in str(value):
            return False
        if lookup in admin_lookups.allowed(self, request):
            return admin_lookups.takes(self.model, lookup, value)
        return admin_lookups.is_date(self, lookup, value)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Django's own, unless this is for admins alone."""
        if self.for_admins_alone and not request.user.is_superuser:
            return False
        return super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same."""
        if self.for_admins_alone and not request.user.is_superuser:
            return False
        return super().has_module_permission(request)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Permissions that open nothing are not offered."""
        if db_field.related_model is Permission:
            kwargs["queryset"] = admin_lookups.grantable()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The rows that the admin's own list of them has for this person."""
        listed = self.admin_site._registry.get(db_field.related_model)
        if listed and "queryset" not in kwargs:
            kwargs["queryset"] = listed.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Django's own; what an action refuses although the form was in order leads back to it, with the reason."""
        self.ask_before_change(request)
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:
            return _refused(request, error)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's own; what is sent to it is an action on the chosen rows."""
        self.ask_before_change(request)
        return super().changelist_view(request, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own; what the action refuses leads back to the question, with the reason."""
        self.ask_before_change(request)
        try:
            return super().delete_view(request, object_id, extra_context)
        except ValidationError as error:
            return _refused(request, error)

    def ask_before_change(self, request: HttpRequest) -> None:
        """Have whoever sends a form confirm that it's them, where that is needed."""
        if self.asks_again and request.method == "POST":
            ask_again(request, resend=True)

    def save_model(self, request: HttpRequest, obj: M, form: ModelForm[M], change: bool) -> None:
        """Save a new row, or the changed fields of an old one: only which, since the audit is kept for good."""
        own = {field.name for field in obj._meta.concrete_fields}
        changed = [name for name in form.changed_data if name in own]
        if change and changed and "updated" in own:
            changed.append("updated")
        if change:
            obj.save(update_fields=changed)
        else:
            obj.save()
        self._record(request, "changed" if change else "created", obj, fields=form.changed_data)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        """Delete one row."""
        with transaction.atomic():
            self._record(request, "deleted", obj)
            obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[M]) -> None:
        """Delete the chosen rows as each would be deleted alone."""
        with transaction.atomic():
            for obj in queryset:
                self.delete_model(request, obj)

    def _record(self, request: HttpRequest, verb: str, obj: M, **detail: Any) -> None:
        audit.record(signed_in(request), f"{obj._meta.model_name}.{verb}", obj, **detail)


def _refused(request: HttpRequest, error: ValidationError) -> HttpResponse:
    for reason in error.messages:
        messages.error(request, reason)
    return HttpResponseRedirect(request.get_full_path())


class ReadOnlyAdmin[M: models.Model](ActionAdmin[M]):
    """Rows that Homeroom alone writes: to be looked at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Never."""
        return False


def edited(request: HttpRequest) -> int | None:
    """The number of the row that the form of this request is about; none for a new one."""
    text = request.resolver_match.kwargs.get("object_id", "") if request.resolver_match else ""
    return int(text) if text.isascii() and text.isdecimal() else None


def adopt(obj: models.Model, made: models.Model) -> None:
    """Let the admin, which goes on with `obj`, see the row that an action made."""
    obj.__dict__.update(made.__dict__)
