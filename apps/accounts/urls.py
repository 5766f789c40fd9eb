"""What people set for themselves; signing in and passwords are allauth's."""

from django.urls import path

from apps.accounts import views, views_factors, views_invitations, views_join, views_sign_in

app_name = "accounts"
urlpatterns = [
    path("invitations/", views_invitations.invitation_list, name="invitation_list"),
    path("invitations/new/", views_invitations.invitation_create, name="invitation_create"),
    path("invitations/<int:pk>/sending/", views_invitations.invitation_resend, name="invitation_resend"),
    path("invitations/<int:pk>/revocation/", views_invitations.invitation_revoke, name="invitation_revoke"),
    path("join/", views_join.join, name="join"),
    path("join/leave/", views_join.join_leave, name="join_leave"),
    path("join/<str:token>/", views_join.join_token, name="join_token"),
    path("password/set/", views_factors.password_set, name="password_set"),
    path("login/code/confirm/", views_sign_in.SignInCodeView.as_view(), name="sign_in_code"),
    path("privacy/", views.privacy_edit, name="privacy_edit"),
]
