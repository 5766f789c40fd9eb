"""What is kept of oneself: below /accounts/settings/."""

from django.urls import path

from apps.accounts import views_data

urlpatterns = [
    path("data/", views_data.data_export, name="data_export"),
    path("closing/", views_data.account_close, name="account_close"),
]
