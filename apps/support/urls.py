"""Support: one's own tickets, and the inbox of those who answer."""

from django.urls import path

from apps.support import views_chat, views_inbox

app_name = "support"
urlpatterns = [
    path("support/<int:pk>/", views_chat.support_detail, name="support_detail"),
    path("tickets/<int:pk>/", views_inbox.ticket_detail, name="ticket_detail"),
]
