"""Stored files in the admin: whose, what, and how large."""

from django.contrib import admin

from apps.accounts.administration import ReadOnlyAdmin
from apps.files.models import StoredFile


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin[StoredFile]):
    """To be looked at; neither what is in a file nor where it is kept."""

    for_admins_alone = True
    list_display = ("name", "kind", "size", "owner", "created", "ready", "failed")
    list_filter = ("kind", "created")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__email", "owner__given_name", "owner__family_name")
    exclude = ("file", "thumbnail")
