"""The addresses of files that belong to accounts; those of other apps have addresses there."""

from django.urls import path

from apps.files import views

app_name = "files"
urlpatterns = [
    path("photos/<int:pk>/<slug:version>/", views.photo, name="photo"),
]
