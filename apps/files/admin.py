"""Stored files in the admin: whose, what, and how large."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.administration import ReadOnlyAdmin
from apps.files.models import StoredFile
from apps.files.pointing import listed


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin[StoredFile]):
    """To be looked at; neither what is in a file nor where it is kept, and nothing of what people send one another."""

    for_admins_alone = True
    list_display = ("name", "kind", "size", "owner", "created", "ready", "failed")
    list_filter = ("kind", "created")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__email", "owner__given_name", "owner__family_name")
    exclude = ("file", "thumbnail")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoredFile]:
        """Without those whose names, too, are for some alone."""
        return listed(super().get_queryset(request))
