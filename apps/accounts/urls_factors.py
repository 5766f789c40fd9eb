"""Second factors, under allauth's names, which its steps lead to; all of its addresses but those that we don't need."""

from django.urls import path

from apps.accounts import views_factors as views
from apps.accounts.trust import TrustView

urlpatterns = [
    path("", views.factor_list, name="mfa_index"),
    path("authenticate/", views.SignIn.as_view(), name="mfa_authenticate"),
    path("trust/", TrustView.as_view(), name="mfa_trust"),
    path("reauthenticate/", views.Confirm.as_view(), name="mfa_reauthenticate"),
    path("totp/activate/", views.AddApp.as_view(), name="mfa_activate_totp"),
    path("totp/deactivate/", views.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("recovery-codes/", views.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("recovery-codes/generate/", views.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("webauthn/login/", views.PasskeyAlone.as_view(), name="mfa_login_webauthn"),
    path("webauthn/reauthenticate/", views.ConfirmPasskey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("webauthn/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("webauthn/keys/<int:pk>/edit/", views.RenamePasskey.as_view(), name="mfa_edit_webauthn"),
    path("webauthn/keys/<int:pk>/remove/", views.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
]
