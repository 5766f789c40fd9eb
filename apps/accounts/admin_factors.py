"""Second factors in the admin: that they are there, and never what is in them."""

from typing import Any

from allauth.mfa.admin import Authenticator
from django.contrib import admin

from apps.accounts.administration import ReadOnlyAdmin

# allauth's own shows secrets, and takes factors away without telling their owner.
admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin[Any]):
    """Authenticator apps, passkeys and recovery codes."""

    for_admins_alone = True

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__given_name", "user__family_name")
    fields = ("user", "type", "created_at", "last_used_at")
