"""What people set for themselves; signing in and passwords are allauth's."""

from django.urls import include, path
from django.views.generic import RedirectView

from apps.accounts import (
    views_email,
    views_invitations,
    views_join,
    views_reauthentication,
    views_sendings,
    views_sessions,
    views_settings,
    views_sign_in,
)

app_name = "accounts"
urlpatterns = [
    path("settings/", include("apps.accounts.urls_data")),
    path("invitations/", views_invitations.invitation_list, name="invitation_list"),
    path("invitations/new/", views_invitations.invitation_create, name="invitation_create"),
    path("invitations/<int:pk>/sending/", views_invitations.invitation_resend, name="invitation_resend"),
    path("invitations/<int:pk>/revocation/", views_invitations.invitation_revoke, name="invitation_revoke"),
    path("invitations/sendings/<uuid:sending>/", views_sendings.sending_detail, name="sending_detail"),
    path("invitations/sendings/<uuid:sending>/stopping/", views_sendings.sending_stop, name="sending_stop"),
    path("join/", views_join.join, name="join"),
    path("join/leave/", views_join.join_leave, name="join_leave"),
    path("join/<str:token>/", views_join.join_token, name="join_token"),
    path("reauthenticate/", views_reauthentication.ConfirmPassword.as_view(), name="reauthenticate"),
    path("password/set/", views_sign_in.password_set, name="password_set"),
    path("password/reset/", views_sign_in.PasswordResetView.as_view(), name="password_reset"),
    path("login/code/confirm/", views_sign_in.SignInCodeView.as_view(), name="sign_in_code"),
    path("email/", views_email.email_edit, name="email_edit"),
    path("email/keeping/", views_email.email_change_cancel, name="email_change_cancel"),
    path("email/stop/<str:token>/", views_email.email_change_stop, name="email_change_stop"),
    path("sessions/", views_sessions.session_list, name="session_list"),
    path("sessions/<int:pk>/ending/", views_sessions.session_end, name="session_end"),
    path("sessions/others/ending/", views_sessions.session_end_others, name="session_end_others"),
    path("settings/", views_settings.settings_edit, name="settings"),
    path("settings/photo/", views_settings.photo_edit, name="photo_edit"),
    # Where the choices of presence were before.
    path(
        "privacy/",
        RedirectView.as_view(url="/accounts/settings/#presence", permanent=True, http_method_names=["get", "head"]),
    ),
]
