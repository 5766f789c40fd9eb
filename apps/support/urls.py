"""Support: one's own tickets, and the inbox of those who answer."""

from django.urls import path

from apps.support import (
    views_bulk,
    views_canned,
    views_chat,
    views_files,
    views_inbox,
    views_settings,
    views_tickets,
    views_transcripts,
)

app_name = "support"
urlpatterns = [
    path("support/", views_chat.support_list, name="support_list"),
    path("support/files/", views_files.file_create, name="file_create"),
    path("support/files/<int:pk>/", views_files.file_removal, name="file_removal"),
    path("support/<int:pk>/", views_chat.support_detail, name="support_detail"),
    # The inbox of those who answer.
    path("inbox/", views_inbox.inbox, name="inbox"),
    path("inbox/unread/", views_inbox.inbox_unread, name="inbox_unread"),
    path("inbox/changes/", views_bulk.bulk_create, name="bulk_create"),
    path("inbox/shift/", views_inbox.shift_edit, name="shift_edit"),
    path("inbox/undo/", views_bulk.undo_create, name="undo_create"),
    path("tickets/<int:pk>/", views_inbox.ticket_detail, name="ticket_detail"),
    path("tickets/<int:pk>/owner/", views_tickets.ticket_owner, name="ticket_owner"),
    path("tickets/<int:pk>/closure/", views_tickets.ticket_closure, name="ticket_closure"),
    path("tickets/<int:pk>/snooze/", views_tickets.ticket_snooze, name="ticket_snooze"),
    path("tickets/<int:pk>/priority/", views_tickets.ticket_priority, name="ticket_priority"),
    path("tickets/<int:pk>/topic/", views_tickets.ticket_topic, name="ticket_topic"),
    path("tickets/<int:pk>/labels/", views_tickets.ticket_labels, name="ticket_labels"),
    # What staff set up, and what they write with.
    path("support/settings/", views_settings.hours_edit, name="hours_edit"),
    path("support/settings/days/holidays/", views_settings.holiday_create, name="holiday_create"),
    path("support/settings/<slug:kind>/", views_settings.setting_list, name="setting_list"),
    path("support/settings/<slug:kind>/<int:pk>/", views_settings.setting_edit, name="setting_edit"),
    path("support/settings/<slug:kind>/<int:pk>/removal/", views_settings.setting_removal, name="setting_removal"),
    path("support/answers/<int:pk>/use/", views_canned.canned_use, name="canned_use"),
    path("tickets/<int:pk>/canned/", views_canned.canned_list, name="canned_list"),
    path("tickets/<int:pk>/transcript/", views_transcripts.ticket_transcript, name="ticket_transcript"),
    path("support/<int:pk>/transcript/", views_transcripts.support_transcript, name="support_transcript"),
]
