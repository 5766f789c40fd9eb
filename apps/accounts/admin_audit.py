"""The audit in the admin: searched, filtered, taken away as a file; and changed by nobody."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import batched
from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts import audit, audit_labels
from apps.accounts.administration import ReadOnlyAdmin
from apps.accounts.audit_search import search
from apps.accounts.models import AuditEntry
from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again
from apps.core.csv_writer import csv_response

BATCH = 1_000
MAX_COUNTED = 10_000
COLUMNS = ("at", "actor", "name", "email", "verb", "sentence", "thing", "thing_id", "detail", "address")


class CountedSoFar(Paginator[AuditEntry]):
    """Counts no further than MAX_COUNTED: what is older is found by searching, not by turning pages."""

    @cached_property
    def count(self) -> int:
        """How many there are, or MAX_COUNTED."""
        rows: QuerySet[AuditEntry] = self.object_list  # type: ignore[assignment]
        return rows[:MAX_COUNTED].count()


class VerbFilter(admin.SimpleListFilter):
    """What was done; the known verbs, so that nobody looks through the table for them."""

    title = "what"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each verb in words."""
        return sorted(audit_labels.registered().items(), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The entries of the chosen one."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


class ThingFilter(admin.SimpleListFilter):
    """What it was done to."""

    title = "thing"
    parameter_name = "thing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The kinds of things that the admin knows."""
        known = {model._meta.label_lower for model in admin.site._registry}
        kinds = [kind for kind in ContentType.objects.all() if f"{kind.app_label}.{kind.model}" in known]
        return sorted(((str(kind.pk), kind.name) for kind in kinds), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The entries about things of the chosen kind."""
        kind = self.value() or ""
        return queryset.filter(thing_type=int(kind)) if kind.isdecimal() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who did what; written with the change itself, and by nobody afterwards."""

    list_display = ("at", "who", "what", "about", "more", "address")
    list_display_links = ("at",)
    list_filter = ("at", VerbFilter, ThingFilter)
    list_select_related = ("actor", "thing_type")
    # Named here for the search field to be shown; what it finds is get_search_results'.
    search_fields = ("verb",)
    search_help_text = (
        "Words of a name, an e-mail or a deed; a thing, or its number; an address; a day (2026-11-20) or a month."
    )
    paginator = CountedSoFar
    # Each would be counted through the whole table.
    show_facets = admin.ShowFacets.NEVER
    fields = ("at", "who", "what", "verb", "about", "more", "address")
    readonly_fields = ("who", "what", "about", "more")
    change_list_template = "admin/accounts/auditentry/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Newest first."""
        return super().get_queryset(request).select_related("actor", "thing_type").order_by("-at", "-pk")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The same."""
        return ("-at", "-pk")

    def get_sortable_by(self, request: HttpRequest) -> tuple[str, ...]:
        """By the time alone: anything else would sort all of it."""
        return ("at",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """By what has an index (audit_search.py)."""
        return search(queryset, search_term), False

    @admin.display(description="who")
    def who(self, entry: AuditEntry) -> str | SafeString:
        """The actor, also one whose account is gone; a job or a command is nobody."""
        if entry.actor_id is None:
            return "nobody signed in"
        if entry.actor is None:
            return f"somebody who was deleted, #{entry.actor_id}"
        url = reverse("admin:accounts_user_change", args=[entry.actor_id])
        return format_html('<a href="{}">{}</a>', url, entry.actor.full_name)

    @admin.display(description="what")
    def what(self, entry: AuditEntry) -> str:
        """The verb in words."""
        return audit_labels.sentence(entry.verb)

    @admin.display(description="more")
    def more(self, entry: AuditEntry) -> str:
        """What is kept beside it."""
        return "; ".join(f"{name.replace('_', ' ')}: {_text(value)}" for name, value in entry.detail.items())

    @admin.display(description="about")
    def about(self, entry: AuditEntry) -> str | SafeString:
        """A link to the thing's admin page: by its type and number, so that no row asks for its thing."""
        if not entry.thing_id:
            return "-"
        if entry.thing_type is None:
            return f"a thing of a kind that is gone, #{entry.thing_id}"
        kind = entry.thing_type
        name = f"{kind.name} {entry.thing_id}"
        try:
            url = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.thing_id])
        except NoReverseMatch:
            return name
        return format_html('<a href="{}">{}</a>', url, name)

    def get_urls(self) -> list[URLPattern]:
        """The pages of any model, and the file."""
        export = path("export/", self.admin_site.admin_view(self.export), name="accounts_auditentry_export")
        return [export, *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows, all of it, as CSV (RFC 4180); taking it is recorded too, so that no GET does it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        ask_again(request, resend=True)
        entries = self.get_changelist_instance(request).get_queryset(request)
        asked = {name.split("__")[0] for name in request.GET}
        audit.record(signed_in(request), "audit.exported", None, filters=sorted(asked & {"q", "at", "verb", "thing"}))
        return csv_response(f"audit {timezone.localdate():%Y-%m-%d}.csv", _rows(entries))


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(inner)}" for name, inner in value.items())
    if value is None:
        return "none"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[Iterable[object]]:
    """The entries, read in pieces of BATCH; those that come meanwhile aren't among them."""
    yield COLUMNS
    ids = entries.values_list("pk", flat=True).iterator(chunk_size=BATCH)
    for some in batched(ids, BATCH):
        rows = AuditEntry.objects.filter(pk__in=some).select_related("actor", "thing_type").order_by("-at", "-pk")
        yield from map(_row, rows)


def _row(entry: AuditEntry) -> Iterable[object]:
    actor, kind = entry.actor, entry.thing_type
    yield entry.at.astimezone(UTC).isoformat()
    yield entry.actor_id
    yield actor.full_name if actor else None
    yield actor.email if actor else None
    yield entry.verb
    yield audit_labels.sentence(entry.verb)
    yield kind.name if kind else None
    yield entry.thing_id
    yield json.dumps(entry.detail, ensure_ascii=False)
    yield entry.address
