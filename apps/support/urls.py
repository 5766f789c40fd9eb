"""Support: one's own tickets, and the inbox of those who answer."""

from django.urls import path

from apps.support import views_bulk, views_chat, views_inbox, views_tickets

app_name = "support"
urlpatterns = [
    path("support/<int:pk>/", views_chat.support_detail, name="support_detail"),
    # The inbox of those who answer.
    path("inbox/", views_inbox.inbox, name="inbox"),
    path("inbox/unread/", views_inbox.inbox_unread, name="inbox_unread"),
    path("inbox/changes/", views_bulk.bulk_create, name="bulk_create"),
    path("tickets/<int:pk>/", views_inbox.ticket_detail, name="ticket_detail"),
    path("tickets/<int:pk>/owner/", views_tickets.ticket_owner, name="ticket_owner"),
    path("tickets/<int:pk>/closure/", views_tickets.ticket_closure, name="ticket_closure"),
    path("tickets/<int:pk>/snooze/", views_tickets.ticket_snooze, name="ticket_snooze"),
    path("tickets/<int:pk>/priority/", views_tickets.ticket_priority, name="ticket_priority"),
    path("tickets/<int:pk>/topic/", views_tickets.ticket_topic, name="ticket_topic"),
    path("tickets/<int:pk>/labels/", views_tickets.ticket_labels, name="ticket_labels"),
]
