"""What each role begins with, and what a phone's bar has no room for."""

from django.urls import path

from apps.dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.home, name="home"),
    path("more/", views.more, name="more"),
    path("you/", views.you, name="you"),
]
