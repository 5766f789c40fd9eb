"""One conversation and its messages."""

from django.urls import path

from apps.conversations import views, views_direct

app_name = "conversations"
urlpatterns = [
    path("<int:pk>/", views.conversation_detail, name="conversation_detail"),
    path("<int:pk>/messages/", views.message_list, name="message_list"),
    path("<int:pk>/lock/", views_direct.lock, name="lock"),
    path("<int:pk>/foot/", views_direct.foot, name="foot"),
]
