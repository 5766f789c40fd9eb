"""What each role begins with, and what a phone's bar has no room for."""

from django.urls import path

from apps.dashboard import views, views_reports

app_name = "dashboard"
urlpatterns = [
    path("", views.home, name="home"),
    path("today/", views.student_today, name="student_today"),
    path("more/", views.more, name="more"),
    path("you/", views.you, name="you"),
    path("reports/", views_reports.report_list, name="report_list"),
    path("reports/<slug:name>/", views_reports.report_detail, name="report_detail"),
    path("reports/<slug:name>/export/", views_reports.report_export, name="report_export"),
]
