"""Batches and their rosters."""

from django.urls import path

from apps.courses import roster_views, views, views_certificates, views_progress

app_name = "courses"
urlpatterns = [
    path("certificates/<str:number>/", views_certificates.certificate_verify, name="certificate_verify"),
    path("certificates/<str:number>/pdf/", views_certificates.certificate_pdf, name="certificate_pdf"),
    path("batches/", views.batch_list, name="batch_list"),
    path("batches/new/", views.batch_create, name="batch_create"),
    path("batches/<int:pk>/edit/", views.batch_edit, name="batch_edit"),
    path("batches/<int:pk>/students/", roster_views.student_list, name="roster"),
    path("batches/<int:pk>/students/<int:student_pk>/removal/", roster_views.removal_create, name="removal_create"),
    path("batches/<int:pk>/students/<int:student_pk>/move/", roster_views.move_create, name="move_create"),
    path("courses/<int:pk>/progress/", views_progress.progress_grid, name="progress_grid"),
    path("courses/<int:pk>/progress/export/", views_progress.progress_export, name="progress_export"),
    path("courses/<int:pk>/progress/<int:student_pk>/", views_progress.student_progress, name="student_progress"),
]
