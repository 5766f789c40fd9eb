"""Support in the admin: what tickets are sorted by and when support is open; tickets themselves to be looked at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from apps.accounts.administration import ActionAdmin, ReadOnlyAdmin
from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.support import live
from apps.support.models import (
    BusinessHours,
    CannedAnswer,
    Label,
    SpecialDay,
    SupportAgent,
    Ticket,
    TicketLog,
    Topic,
)


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin[Ticket]):
    """Questions of people, and where each stands: changed in the inbox alone, where the others see it happen."""

    list_display = ("id", "person", "status", "priority", "topic", "owner", "opened_at", "unanswered_since")
    list_filter = ("status", "priority", ("topic", admin.RelatedOnlyFieldListFilter), "opened_at")
    list_select_related = ("person", "topic", "conversation__assignee")
    search_fields = ("=id", "person__email", "person__given_name", "person__family_name")
    ordering = ("-pk",)
    fields = (
        *("person", "conversation", "owner", "status", "priority", "topic", "labels"),
        *("opened_at", "unanswered_since", "snoozed_until", "closed_at", "called_at"),
    )

    @admin.display(description="owner")
    def owner(self, ticket: Ticket) -> User | None:
        """Whose it is to answer."""
        return ticket.owner


@admin.register(TicketLog)
class TicketLogAdmin(ReadOnlyAdmin[TicketLog]):
    """What happened to tickets, line by line."""

    list_display = ("at", "ticket", "event", "before", "after", "actor")
    list_filter = ("event", "at")
    list_select_related = ("ticket", "actor")
    search_fields = ("=ticket__id",)
    ordering = ("-pk",)


@admin.register(SupportAgent)
class SupportAgentAdmin(ReadOnlyAdmin[SupportAgent]):
    """Who set themselves away, and who was last given a ticket when."""

    list_display = ("user", "away", "given_at")
    list_filter = ("away",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__given_name", "user__family_name")


class _Sorting[M: Topic | Label](ActionAdmin[M]):
    """What the inbox shows on each row."""

    search_fields = ("name",)

    def save_model(self, request: HttpRequest, obj: M, form: ModelForm[M], change: bool) -> None:
        """Open inboxes show it under its new name."""
        super().save_model(request, obj, form, change)
        live.inbox_changed()

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        """Tickets go on without it."""
        super().delete_model(request, obj)
        live.inbox_changed()


@admin.register(Topic)
class TopicAdmin(_Sorting[Topic]):
    """What a question may be about. One that isn't offered any more stays on the tickets that have it."""

    list_display = ("name", "offered", "position")
    list_filter = ("offered",)


@admin.register(Label)
class LabelAdmin(_Sorting[Label]):
    """Words that staff put on tickets."""

    list_display = ("name", "tone")
    list_filter = ("tone",)


@admin.register(CannedAnswer)
class CannedAnswerAdmin(ActionAdmin[CannedAnswer]):
    """Texts to insert: the shared ones, and one's own."""

    list_display = ("title", "folder", "owner", "used", "updated")
    list_select_related = ("owner",)
    search_fields = ("title", "body")
    autocomplete_fields = ("owner",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CannedAnswer]:
        """What somebody keeps for themselves is nobody else's to read."""
        mine: Any = CannedAnswer.objects
        rows: QuerySet[CannedAnswer] = mine.visible_to(signed_in(request))
        return rows.order_by(*self.get_ordering(request) or ("title", "pk"))


@admin.register(SpecialDay)
class SpecialDayAdmin(ActionAdmin[SpecialDay]):
    """Days with hours of their own; without any, support is closed on them."""

    list_display = ("date", "name")
    search_fields = ("name",)
    date_hierarchy = "date"


@admin.register(BusinessHours)
class BusinessHoursAdmin(ActionAdmin[BusinessHours]):
    """When support is open, in minutes after midnight on the academy's clock."""

    list_display = ("__str__", "weekday", "day")
    list_filter = ("weekday",)
    list_select_related = ("day",)
    autocomplete_fields = ("day",)
