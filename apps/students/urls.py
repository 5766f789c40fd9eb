"""Routes."""

from django.urls import path

from apps.students import import_views, views, views_invitations

app_name = "students"
urlpatterns = [
    path("students/", views.student_list, name="student_list"),
    path("students/new/", views.student_create, name="student_create"),
    path("students/import/", import_views.student_import, name="student_import"),
    path("students/import/<int:pk>/", import_views.import_detail, name="import_detail"),
    path("students/invitations/", views_invitations.invitation_create, name="invitation_create"),
    path("students/<int:pk>/", views.student_detail, name="student_detail"),
    path("students/<int:pk>/edit/", views.student_edit, name="student_edit"),
    path("students/<int:pk>/invitation/", views_invitations.student_invite, name="student_invite"),
    path("students/<int:pk>/invitation/revocation/", views_invitations.student_uninvite, name="student_uninvite"),
]
