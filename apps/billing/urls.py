"""Routes: the dues of all, and those of one student."""

from django.urls import path

from apps.billing import views, views_reversals

app_name = "billing"
urlpatterns = [
    path("payments/", views.payment_list, name="payment_list"),
    path("payments/export/", views.payment_export, name="payment_export"),
    path("payments/<int:pk>/reversal/", views_reversals.payment_reversal, name="payment_reversal"),
    path("payments/pending/", views.pending_list, name="pending_list"),
    path("payments/students/<int:pk>/", views.student_dues, name="student_dues"),
    # A payment is recorded by POST to the student's dues.
    path("payments/students/<int:pk>/", views.student_dues, name="payment_create"),
    path("payments/students/<int:pk>/summary/", views.dues_summary, name="dues_summary"),
    path("payments/students/<int:pk>/new/", views.payment_form, name="payment_form"),
]
