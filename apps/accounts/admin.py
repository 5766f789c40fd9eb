"""Accounts, and the record of who did what."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts import (
    admin_audit,  # noqa: F401 - registers
    admin_emails,  # noqa: F401 - registers
    admin_factors,  # noqa: F401 - registers
    admin_others,  # noqa: F401 - registers
    audit,
    people_actions,
    policies,
    sessions,
)
from apps.accounts.administration import ActionAdmin, ReadOnlyAdmin
from apps.accounts.models import Invitation, Role, User
from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again


class UserCreationForm(AdminUserCreationForm[User]):
    """A new account, with a password or without one until its owner asks for it."""

    class Meta:
        model = User
        fields = ("email", "given_name", "family_name", "role")
        field_classes: dict[str, type[forms.Field]] = {}


class UserForm(UserChangeForm[User]):
    """An account; its time zone chosen from those there are."""

    time_zone = forms.ChoiceField(required=False, help_text="In which dates are shown to this person.")

    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(field := self.fields.get("time_zone"), forms.ChoiceField):
            zones = sorted(zoneinfo.available_timezones())
            field.choices = [("", "The academy's"), *((zone, zone.replace("_", " ")) for zone in zones)]


@admin.register(User)
class UserAdmin(ActionAdmin[User], DjangoUserAdmin[User]):
    """People who can sign in.

    Staff who have the permission look after the accounts of teachers and students. Those of admins and staff, roles
    above one's own and permissions are for admins, else the permission to change accounts would be all permissions.
    """

    asks_again = True
    form = UserForm
    add_form = UserCreationForm
    list_display = ("email", "given_name", "family_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active", "groups")
    search_fields = ("email", "given_name", "family_name")
    ordering = ("given_name", "family_name", "pk")
    readonly_fields = ("closing", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "role", "is_active")}),
        ("Person", {"fields": ("given_name", "family_name", "phone", "time_zone")}),
        (
            "Permissions",
            {
                "fields": ("password_only", "groups", "user_permissions"),
                "description": "What staff may do in this admin. Admins may do all, teachers and students nothing.",
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined", "closing")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "email",
                    "given_name",
                    "family_name",
                    "role",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Nobody locks themselves out; permissions, and another role, are for admins."""
        fixed = list(super().get_readonly_fields(request, obj))
        if obj and obj == request.user:
            fixed += ["role", "is_active"]
        if not request.user.is_superuser:
            fixed += ["password_only", "groups", "user_permissions", *(["role"] if obj else [])]
        return fixed

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own, which has a password in it: asked before that is typed, since passwords aren't kept."""
        ask_again(request, resend=request.method == "POST")
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        """Role and access change as they do on the person's page, the other fields here."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        changed = form.changed_data
        wanted = {name: getattr(obj, name) for name in ("role", "is_active") if name in changed}
        for name in wanted:
            setattr(obj, name, form.initial[name])
        form.changed_data = [name for name in changed if name not in wanted]
        if form.changed_data:
            super().save_model(request, obj, form, change)
        form.changed_data = changed
        actor = signed_in(request)
        if "role" in wanted:
            people_actions.change_role(actor, obj, wanted["role"])
        if "is_active" in wanted:
            (people_actions.reactivate if wanted["is_active"] else people_actions.deactivate)(actor, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """A new password ends the sessions that were opened with the old one, and their streams."""
        # Before it is typed: passwords aren't kept meanwhile.
        ask_again(request, resend=request.method == "POST")
        with transaction.atomic():
            answer = super().user_change_password(request, id, form_url)
            if request.method == "POST" and answer.status_code == 302:
                person = User.objects.get(pk=id)
                audit.record(signed_in(request), "user.password-set", person)
                sessions.end_all(person, but=request.session.session_key)
        return answer

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Who isn't an admin gives the roles of teacher and student."""
        if db_field.name == "role" and not request.user.is_superuser:
            kwargs["choices"] = [choice for choice in Role.choices if choice[0] in policies.LED]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts of admins and staff are for admins; a closed one stays as it is."""
        may = super().has_change_permission(request, obj) and self._may_touch(request, obj)
        return may and (obj is None or not obj.closed)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: what a person wrote has to stay somebody's, so that an account is closed instead."""
        return False

    @admin.display(description="closing")
    def closing(self, person: User) -> SafeString | str:
        """Where the account is closed for good, or since when it is."""
        if person.closed:
            return f"Closed on {person.closed:%Y-%m-%d}."
        if not person.pk:
            return "-"
        return format_html(
            '<a href="{}#access">Close this account on its person\'s page</a>', person.get_absolute_url()
        )

    def _may_touch(self, request: HttpRequest, obj: User | None) -> bool:
        return bool(request.user.is_superuser or obj is None or not obj.is_staff)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin[Invitation]):
    """Who was invited; sending, sending again and revoking have a page of their own."""

    list_display = ("email", "role", "state", "invited_by", "sent", "expires")
    list_filter = ("role", "sent")
    list_select_related = ("invited_by",)
    search_fields = ("email", "given_name", "family_name")
    exclude = ("token_hash",)
