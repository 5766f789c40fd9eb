"""What people set for themselves; signing in and passwords are allauth's."""

from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("privacy/", views.privacy_edit, name="privacy_edit"),
]
