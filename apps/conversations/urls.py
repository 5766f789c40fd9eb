"""One conversation and its messages."""

from django.urls import path

from apps.conversations import (
    views,
    views_direct,
    views_export,
    views_files,
    views_keeping,
    views_messages,
    views_presence,
    views_reactions,
    views_search,
)

app_name = "conversations"
urlpatterns = [
    path("<int:pk>/", views.conversation_detail, name="conversation_detail"),
    path("<int:pk>/messages/", views.message_list, name="message_list"),
    path("<int:pk>/messages/<int:message_pk>/reactions/", views_reactions.reaction_list, name="reaction_list"),
    path("<int:pk>/messages/<int:message_pk>/", views_messages.message_detail, name="message_detail"),
    path("<int:pk>/messages/<int:message_pk>/source/", views_messages.message_source, name="message_source"),
    path("<int:pk>/messages/<int:message_pk>/sending/", views_messages.message_sending, name="message_sending"),
    path("<int:pk>/messages/<int:message_pk>/pin/", views_messages.message_pin, name="message_pin"),
    path("<int:pk>/pins/", views_messages.pin_list, name="pin_list"),
    path("<int:pk>/people/", views_reactions.person_list, name="person_list"),
    path("<int:pk>/readers/", views_keeping.reader_list, name="reader_list"),
    path("<int:pk>/addressee/", views_keeping.addressee_detail, name="addressee_detail"),
    path("<int:pk>/position/", views_presence.position_create, name="position_create"),
    path("<int:pk>/typing/", views_presence.typing_create, name="typing_create"),
    path("search/", views_search.search_list, name="search_list"),
    path("unread/", views_presence.unread_list, name="unread_list"),
    path("<int:pk>/mute/", views_keeping.mute, name="mute"),
    path("<int:pk>/assignment/", views_keeping.assignment, name="assignment"),
    path("<int:pk>/lock/", views_direct.lock, name="lock"),
    path("<int:pk>/export/", views_export.export_detail, name="export_detail"),
    path("<int:pk>/foot/", views_direct.foot, name="foot"),
    path("<int:pk>/attachments/", views_files.attachment_create, name="attachment_create"),
    path("<int:pk>/attachments/<int:attachment_pk>/", views_files.attachment_detail, name="attachment_detail"),
    path("<int:pk>/attachments/<int:attachment_pk>/thumbnail/", views_files.thumbnail, name="attachment_thumbnail"),
]
