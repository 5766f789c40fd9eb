"""Background work in the admin: whose, how far, and what came of it."""

from django.contrib import admin

from apps.accounts.administration import ReadOnlyAdmin
from apps.jobs.models import Job


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    """To be looked at; not what came of it, which is its owner's."""

    list_display = ("title", "owner", "kind", "state", "step", "done", "total", "created", "ended")
    list_filter = ("state", "created")
    list_select_related = ("owner",)
    search_fields = ("title", "owner__email", "owner__given_name", "owner__family_name")
    exclude = ("arguments", "url", "file", "file_name", "content_type")
