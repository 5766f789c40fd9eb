"""Routes."""

from django.urls import path

from apps.students import import_views, views

app_name = "students"
urlpatterns = [
    path("students/", views.student_list, name="student_list"),
    path("students/new/", views.student_create, name="student_create"),
    path("students/import/", import_views.student_import, name="student_import"),
    path("students/import/<int:pk>/", import_views.import_detail, name="import_detail"),
    path("students/<int:pk>/", views.student_detail, name="student_detail"),
    path("students/<int:pk>/edit/", views.student_edit, name="student_edit"),
]
