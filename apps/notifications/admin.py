"""Notifications, to be looked at: who was told of what, by which way, and what came of it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from apps.accounts.admin_emails import EmailsAdmin
from apps.accounts.administration import ReadOnlyAdmin
from apps.accounts.people import signed_in
from apps.notifications import admin_queue, notification_types
from apps.notifications.models import Delivery, Event, Notification, Preference, Schedule


class KindFilter(admin.SimpleListFilter):
    """Of which kind; those that apps declare, so that nobody looks through the table for them."""

    title = "kind"
    parameter_name = "kind"
    of = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each kind by its label."""
        return [(kind.name, kind.label) for kind in notification_types.registered()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen one."""
        return queryset.filter(**{self.of: self.value()}) if self.value() else queryset


class KindOfNotificationFilter(KindFilter):
    """The same of what a delivery is about."""

    of = "notification__kind"


class LedgerAdmin[M: Model](ReadOnlyAdmin[M]):
    """Rows about what happened; who talks with whom in private is not for a third, an admin neither."""

    private = "about"

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        """Without what is between others."""
        hidden = notification_types.private_to_others(signed_in(request), self.private)
        return super().get_queryset(request).exclude(hidden)


@admin.register(Event)
class EventAdmin(LedgerAdmin[Event]):
    """What happened, and how far telling people of it has come."""

    list_display = ("key", "kind", "title", "actor", "created", "reached", "done")
    list_filter = (KindFilter, ("done", admin.EmptyFieldListFilter), "created")
    list_select_related = ("actor",)
    search_fields = ("key", "title", "=about")
    ordering = ("-pk",)
    # Not `data`: in it is what a letter says, which is between Homeroom and its reader.
    fields = ("key", "kind", "title", "actor", "about", "people", "reached", "created", "touched", "done")


@admin.register(Notification)
class NotificationAdmin(LedgerAdmin[Notification]):
    """Who was told of what, and has read it."""

    list_display = ("created", "recipient", "kind", "title", "actor", "on_page", "read_at")
    list_filter = (KindFilter, ("read_at", admin.EmptyFieldListFilter), "on_page", "created")
    list_select_related = ("recipient", "actor")
    search_fields = (
        "=event",
        "=about",
        "title",
        "recipient__email",
        "recipient__given_name",
        "recipient__family_name",
    )
    # As of an event.
    fields = ("recipient", "event", "kind", "title", "actor", "about", "on_page", "created", "read_at")


@admin.register(Preference)
class PreferenceAdmin(ReadOnlyAdmin[Preference]):
    """Who wants what otherwise than it comes by itself."""

    list_display = ("user", "kind", "way", "wanted")
    list_filter = (KindFilter, "way", "wanted", "user__role")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__given_name", "user__family_name")


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin[Schedule]):
    """Who wants to be told when."""

    list_display = ("user", "quiet_from", "quiet_until", "digest", "digest_day", "digest_hour")
    list_filter = ("digest", ("quiet_from", admin.EmptyFieldListFilter), "user__role")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__given_name", "user__family_name")


@admin.register(Delivery)
class DeliveryAdmin(EmailsAdmin[Delivery], LedgerAdmin[Delivery]):
    """What leaves by mail, when, and what came of it. What was given up can be tried again."""

    private = "notification__about"

    list_display = ("notification", "recipient", "way", "state", "due", "tries", "ended", "error")
    list_filter = ("state", "way", KindOfNotificationFilter, "due")
    list_select_related = ("notification", "recipient")
    search_fields = (
        "=bundle",
        "error",
        "notification__title",
        "recipient__email",
        "recipient__given_name",
        "recipient__family_name",
    )
    noun, nouns = "delivery", "deliveries"

    def get_urls(self) -> list[URLPattern]:
        """The pages of any model, and what waits."""
        view = self.admin_site.admin_view(require_safe(self.queue))
        return [path("queue/", view, name="notifications_delivery_queue"), *super().get_urls()]

    def queue(self, request: HttpRequest) -> HttpResponse:
        """What waits, and what didn't work; raises PermissionDenied for whoever may not see deliveries."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "What waits, and what didn't work",
            "opts": self.opts,
            "jobs": admin_queue.jobs(),
            "telling": admin_queue.Telling(),
            "mails": admin_queue.mails(),
        }
        return TemplateResponse(request, "admin/notifications/delivery/queue.html", context)
