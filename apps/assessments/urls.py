"""Routes of assessments."""

from django.urls import path

from apps.assessments import (
    views,
    views_attempts,
    views_importing,
    views_keys,
    views_results,
    views_times,
    views_writing,
)

app_name = "assessments"
urlpatterns = [
    path("courses/<int:course_pk>/quizzes/", views.quiz_list, name="quiz_list"),
    path("courses/<int:course_pk>/quizzes/new/", views_writing.quiz_create, name="quiz_create"),
    path("quizzes/today/", views.today_detail, name="today_detail"),
    path("quizzes/<int:pk>/", views.quiz_detail, name="quiz_detail"),
    path("quizzes/<int:pk>/edit/", views_writing.quiz_edit, name="quiz_edit"),
    path("quizzes/<int:pk>/publication/", views_writing.quiz_publication, name="quiz_publication"),
    path("quizzes/<int:pk>/release/", views_results.release_create, name="release_create"),
    path("quizzes/<int:pk>/questions/", views_writing.question_create, name="question_create"),
    path("quizzes/<int:pk>/import/", views_importing.question_import, name="question_import"),
    path("quizzes/<int:pk>/questions/<int:question_pk>/", views_writing.question_edit, name="question_edit"),
    path(
        "quizzes/<int:pk>/questions/<int:question_pk>/removal/",
        views_writing.question_removal,
        name="question_removal",
    ),
    path("quizzes/<int:pk>/questions/<int:question_pk>/move/", views_writing.question_move, name="question_move"),
    path("quizzes/<int:pk>/questions/<int:question_pk>/mending/", views_keys.mending, name="mending"),
    path(
        "quizzes/<int:pk>/questions/<int:question_pk>/mending/<int:mending_pk>/undoing/",
        views_keys.mending_undo,
        name="mending_undo",
    ),
    path("quizzes/<int:pk>/trial/", views_writing.trial, name="trial"),
    path("quizzes/<int:pk>/attempts/", views.attempt_create, name="attempt_create"),
    path("quizzes/<int:pk>/attempts/<int:number>/", views_attempts.attempt_detail, name="attempt_detail"),
    path("quizzes/<int:pk>/attempts/<int:number>/clock/", views_attempts.attempt_clock, name="attempt_clock"),
    path("quizzes/<int:pk>/attempts/<int:number>/end/", views_attempts.attempt_end, name="attempt_end"),
    path("quizzes/<int:pk>/attempts/<int:number>/flags/<int:slot>/", views_attempts.flag_create, name="flag_create"),
    path("quizzes/<int:pk>/results/", views_results.result_list, name="result_list"),
    path("quizzes/<int:pk>/results/export/", views_results.result_export, name="result_export"),
    path("quizzes/<int:pk>/results/<int:attempt_pk>/", views_results.result_detail, name="result_detail"),
    path("quizzes/<int:pk>/extensions/", views_times.extension_all, name="extension_all"),
    path("quizzes/<int:pk>/results/<int:attempt_pk>/extensions/", views_times.extension_one, name="extension_one"),
    path("students/<int:student_pk>/extra-time/", views_times.accommodation_edit, name="accommodation_edit"),
]
