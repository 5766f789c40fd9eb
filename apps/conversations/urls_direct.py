"""Direct conversations."""

from django.urls import path

from apps.conversations import views_direct

app_name = "messages"
urlpatterns = [
    path("", views_direct.talk_list, name="talk_list"),
    path("people/", views_direct.people_list, name="people_list"),
]
