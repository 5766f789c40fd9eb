"""One conversation and its messages."""

from django.urls import path

from apps.conversations import views, views_direct, views_files, views_reactions

app_name = "conversations"
urlpatterns = [
    path("<int:pk>/", views.conversation_detail, name="conversation_detail"),
    path("<int:pk>/messages/", views.message_list, name="message_list"),
    path("<int:pk>/messages/<int:message_pk>/reactions/", views_reactions.reaction_list, name="reaction_list"),
    path("<int:pk>/people/", views_reactions.person_list, name="person_list"),
    path("<int:pk>/lock/", views_direct.lock, name="lock"),
    path("<int:pk>/foot/", views_direct.foot, name="foot"),
    path("<int:pk>/attachments/", views_files.attachment_create, name="attachment_create"),
    path("<int:pk>/attachments/<int:attachment_pk>/", views_files.attachment_detail, name="attachment_detail"),
    path("<int:pk>/attachments/<int:attachment_pk>/thumbnail/", views_files.thumbnail, name="attachment_thumbnail"),
]
