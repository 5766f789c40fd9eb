"""Scheduling in the admin: rooms are kept here; what takes time changes on the pages alone."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.administration import ActionAdmin, ReadOnlyAdmin, adopt
from apps.accounts.people import signed_in
from apps.scheduling import actions
from apps.scheduling.models import (
    Attendance,
    Attendee,
    Booking,
    BookingMove,
    Claim,
    Feed,
    LessonRequest,
    OwnEvent,
    Proposal,
    ProposedTime,
    RequestTime,
    Room,
    Series,
    SeriesChange,
    SkippedDay,
)


@admin.register(Room)
class RoomAdmin(ActionAdmin[Room]):
    """Rooms. One that lessons were given in can't be deleted, only closed."""

    list_display = ("name", "seats", "is_open")
    list_filter = ("is_open",)
    search_fields = ("name",)

    def save_model(self, request: HttpRequest, obj: Room, form: forms.ModelForm[Room], change: bool) -> None:
        """Add it, or change what was changed."""
        changes = {name: form.cleaned_data[name] for name in form.changed_data} if change else form.cleaned_data
        adopt(obj, actions.save_room(signed_in(request), obj, changes))


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin[Booking]):
    """Lessons, called off ones too."""

    list_display = ("subject", "teacher", "batch", "room", "start", "state")
    list_filter = ("state", "start")
    list_select_related = ("teacher", "batch", "room")
    search_fields = ("subject", "teacher__email")
    ordering = ("-start", "-pk")


@admin.register(Attendee)
class AttendeeAdmin(ReadOnlyAdmin[Attendee]):
    """Who takes part in which lesson."""

    list_display = ("booking", "student")
    list_select_related = ("booking", "student")
    search_fields = ("booking__subject", "student__code")


@admin.register(BookingMove)
class BookingMoveAdmin(ReadOnlyAdmin[BookingMove]):
    """Where lessons were before."""

    list_display = ("booking", "was_start", "to_start", "by", "at")
    list_filter = ("at",)
    list_select_related = ("booking", "by")
    search_fields = ("booking__subject",)


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin[Claim]):
    """Who and what is taken when."""

    list_display = ("resource", "start", "end", "booking")
    list_filter = ("start",)
    list_select_related = ("booking",)
    search_fields = ("resource",)


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin[Attendance]):
    """How students attended."""

    list_display = ("booking", "student", "state", "minutes_late", "marked_by", "marked_at")
    list_filter = ("state", "marked_at")
    list_select_related = ("booking", "student", "marked_by")
    search_fields = ("booking__subject", "student__code")


@admin.register(Series)
class SeriesAdmin(ReadOnlyAdmin[Series]):
    """Lessons that repeat, and the slots of batches' timetables."""

    list_display = ("subject", "teacher", "batch", "pattern", "first", "until", "ended_from")
    list_filter = ("pattern", "first")
    list_select_related = ("teacher", "batch")
    search_fields = ("subject", "teacher__email")


@admin.register(SkippedDay)
class SkippedDayAdmin(ReadOnlyAdmin[SkippedDay]):
    """Dates of series without a lesson."""

    list_display = ("series", "day", "why")
    list_filter = ("day",)
    list_select_related = ("series",)
    search_fields = ("series__subject", "why")


@admin.register(SeriesChange)
class SeriesChangeAdmin(ReadOnlyAdmin[SeriesChange]):
    """What was done to series as a whole; what was undone is in the audit alone."""

    list_display = ("series", "kind", "by", "at", "why")
    list_filter = ("kind", "at")
    list_select_related = ("series", "by")
    search_fields = ("series__subject", "why")


@admin.register(LessonRequest)
class LessonRequestAdmin(ReadOnlyAdmin[LessonRequest]):
    """Requests for lessons, and what became of them."""

    list_display = ("subject", "student", "teacher", "turn", "state", "created")
    list_filter = ("state", "turn", "created")
    list_select_related = ("student", "teacher")
    search_fields = ("subject", "student__code", "teacher__email")


@admin.register(RequestTime)
class RequestTimeAdmin(ReadOnlyAdmin[RequestTime]):
    """The times that requests offer."""

    list_display = ("request", "start", "zone")
    list_filter = ("start",)
    list_select_related = ("request",)
    search_fields = ("request__subject",)


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin[Proposal]):
    """Proposals to move lessons, and what became of them."""

    list_display = ("booking", "by", "turn", "state", "created")
    list_filter = ("state", "created")
    list_select_related = ("booking", "by")
    search_fields = ("booking__subject",)


@admin.register(ProposedTime)
class ProposedTimeAdmin(ReadOnlyAdmin[ProposedTime]):
    """The times that proposals offer."""

    list_display = ("proposal", "start", "zone")
    list_filter = ("start",)
    list_select_related = ("proposal__booking",)
    search_fields = ("proposal__booking__subject",)


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin[Feed]):
    """Who has addresses for their calendar; the addresses themselves nobody can read."""

    list_display = ("user", "busy_only", "created", "updated")
    list_filter = ("busy_only", "created")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("digest",)


@admin.register(OwnEvent)
class OwnEventAdmin(ReadOnlyAdmin[OwnEvent]):
    """When people are busy; what their events say is theirs alone."""

    list_display = ("pk", "owner", "first", "last", "at", "repeats", "is_busy", "is_private", "deleted_at")
    list_filter = ("is_busy", "repeats")
    list_select_related = ("owner",)
    search_fields = ("owner__email",)
    exclude = ("title", "notes")
