"""Models of Django's and allauth's that the admin shows: groups change permissions, so that they are recorded too."""

from typing import Any

from allauth.account.admin import EmailAddress
from allauth.usersessions.admin import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from apps.accounts.administration import ActionAdmin, ReadOnlyAdmin

# Taken from where they are registered: theirs come first, and ours instead.
for model in (Group, EmailAddress, UserSession):
    admin.site.unregister(model)


@admin.register(Group)
class GroupAdmin(ActionAdmin[Group], DjangoGroupAdmin):  # type: ignore[misc] # their arguments have other types
    """Permissions for several people at once."""

    asks_again = True


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin[Any]):
    """Which address is whose, and whether it is proven; changed with the account, or by its owner."""

    for_admins_alone = True

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    list_select_related = ("user",)
    search_fields = ("email", "user__given_name", "user__family_name")


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin[Any]):
    """Who is signed in where. Deactivating a person ends theirs, and each ends its own on the page of sessions."""

    for_admins_alone = True

    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__given_name", "user__family_name", "ip")
    fields = ("user", "created_at", "last_seen_at", "ip", "user_agent")

    def get_queryset(self, request: HttpRequest) -> Any:
        """The newest first."""
        return super().get_queryset(request).order_by("-pk")
