"""Courses with their lessons, batches with their rosters."""

from django.urls import path

from apps.courses import (
    roster_views,
    views,
    views_announcements,
    views_catalogue,
    views_certificates,
    views_certifying,
    views_codes,
    views_learning,
    views_lessons,
    views_people,
    views_progress,
)

app_name = "courses"
lesson = "courses/<int:pk>/lessons/<int:lesson_pk>/"
paper = "courses/<int:pk>/certificates/<int:certificate_pk>/"
news = "courses/<int:pk>/announcements/"
urlpatterns = [
    path("courses/", views_catalogue.course_list, name="course_list"),
    path("courses/mine/", views_learning.own_list, name="own_list"),
    path("courses/<int:pk>/", views_catalogue.course_detail, name="course_detail"),
    path("courses/<int:pk>/cover/", views_catalogue.course_cover, name="course_cover"),
    path(lesson, views_lessons.lesson_detail, name="lesson_detail"),
    path(f"{lesson}outline/", views_lessons.lesson_outline, name="lesson_outline"),
    path(f"{lesson}files/<int:file_pk>/", views_lessons.lesson_file, name="lesson_file"),
    path(f"{lesson}file/", views_lessons.lesson_main, {"part": "file"}, name="lesson_main"),
    path(f"{lesson}captions/", views_lessons.lesson_main, {"part": "captions"}, name="lesson_captions"),
    path(f"{lesson}visit/", views_learning.visit_create, name="visit_create"),
    path(f"{lesson}opening/", views_learning.opening_create, name="opening_create"),
    path(f"{lesson}watching/", views_learning.watching_create, name="watching_create"),
    path(f"{lesson}completion/", views_learning.completion_create, name="completion_create"),
    path(f"{lesson}completion/removal/", views_learning.completion_removal, name="completion_removal"),
    path("certificates/", views_certificates.own_list, name="achievement_list"),
    path("certificates/<str:number>/", views_certificates.certificate_verify, name="certificate_verify"),
    path("certificates/<str:number>/pdf/", views_certificates.certificate_pdf, name="certificate_pdf"),
    path("courses/<int:pk>/certificates/", views_certifying.certificate_list, name="certificate_list"),
    path("courses/<int:pk>/certificates/new/", views_certifying.certificate_create, name="certificate_create"),
    path(f"{paper}revocation/", views_certifying.revocation_create, name="revocation_create"),
    path(f"{paper}revocation/removal/", views_certifying.revocation_removal, name="revocation_removal"),
    path(f"{paper}reissue/", views_certifying.reissue_create, name="reissue_create"),
    path(news, views_announcements.announcement_list, name="announcement_list"),
    path(f"{news}new/", views_announcements.announcement_create, name="announcement_create"),
    path(f"{news}<int:announcement_pk>/edit/", views_announcements.announcement_edit, name="announcement_edit"),
    path(
        f"{news}<int:announcement_pk>/removal/", views_announcements.announcement_removal, name="announcement_removal"
    ),
    path("batches/", views.batch_list, name="batch_list"),
    path("batches/new/", views.batch_create, name="batch_create"),
    path("batches/<int:pk>/edit/", views.batch_edit, name="batch_edit"),
    path("batches/<int:pk>/students/", roster_views.student_list, name="roster"),
    path("batches/<int:pk>/students/<int:student_pk>/removal/", roster_views.removal_create, name="removal_create"),
    path("batches/<int:pk>/students/<int:student_pk>/move/", roster_views.move_create, name="move_create"),
    path("courses/<int:pk>/progress/", views_progress.progress_grid, name="progress_grid"),
    path("courses/<int:pk>/progress/export/", views_progress.progress_export, name="progress_export"),
    path("courses/<int:pk>/progress/<int:student_pk>/", views_progress.student_progress, name="student_progress"),
    path("courses/join/", views_codes.code_use, name="code_use"),
    path("courses/<int:pk>/joining/", views_codes.joining_create, name="joining_create"),
    path("courses/<int:pk>/people/", views_people.people_list, name="people_list"),
    path("courses/<int:pk>/people/new/", views_people.enrollment_create, name="enrollment_create"),
    path("courses/<int:pk>/people/<int:enrollment_pk>/dates/", views_people.enrollment_edit, name="enrollment_edit"),
    path(
        "courses/<int:pk>/people/<int:enrollment_pk>/withdrawal/",
        views_people.withdrawal_create,
        name="withdrawal_create",
    ),
    path(
        "courses/<int:pk>/people/<int:enrollment_pk>/withdrawal/undo/",
        views_people.withdrawal_undo,
        name="withdrawal_undo",
    ),
    path("courses/<int:pk>/people/<int:enrollment_pk>/return/", views_people.return_create, name="return_create"),
    path("courses/<int:pk>/codes/", views_codes.code_list, name="code_list"),
    path("courses/<int:pk>/codes/<int:code_pk>/stop/", views_codes.code_stop, name="code_stop"),
    path("courses/<int:pk>/invitations/", views_codes.invitation_create, name="course_invitation_create"),
    path(
        "courses/<int:pk>/invitations/<int:invitation_pk>/removal/",
        views_codes.invitation_removal,
        name="course_invitation_removal",
    ),
]
