"""One conversation and its messages."""

from django.urls import path

from apps.conversations import views

app_name = "conversations"
urlpatterns = [
    path("<int:pk>/", views.conversation_detail, name="conversation_detail"),
    path("<int:pk>/messages/", views.message_list, name="message_list"),
]
