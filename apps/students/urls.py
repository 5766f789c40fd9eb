"""Routes."""

from django.urls import path

from apps.students import import_views, views, views_invitations, views_notes, views_tasks

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
    path("students/<int:pk>/work/", views_notes.student_work, name="student_work"),
    path("students/<int:pk>/notes/", views_notes.note_list, name="note_list"),
    path("notes/<int:pk>/edit/", views_notes.note_edit, name="note_edit"),
    path("notes/<int:pk>/removal/", views_notes.note_removal, name="note_removal"),
    path("tasks/", views_tasks.task_list, name="task_list"),
    path("tasks/today/", views_tasks.task_today, name="task_today"),
    path("tasks/new/", views_tasks.task_create, name="task_create"),
    path("tasks/<int:pk>/edit/", views_tasks.task_edit, name="task_edit"),
    path("tasks/<int:pk>/completion/", views_tasks.task_completion, name="task_completion"),
    path("tasks/<int:pk>/removal/", views_tasks.task_removal, name="task_removal"),
]
