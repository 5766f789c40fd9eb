"""The settings of signing in that no variable changes: Django's and allauth's (https://docs.allauth.org)."""

from datetime import timedelta

ROLES = {"admin", "staff", "teacher", "student"}
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.PasswordBackend"]
# The forms say these rules before anybody types: apps.accounts.forms_sign_in.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("given_name", "family_name", "email")}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Whoever made an account answers for its address; who signs up by themselves has to show that it is theirs.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {
    "login": "apps.accounts.forms_sign_in.SignInForm",
    "confirm_login_code": "apps.accounts.forms_sign_in.SignInCodeForm",
    "reset_password": "apps.accounts.forms_sign_in.ForgottenForm",
    "reset_password_from_key": "apps.accounts.forms_sign_in.NewPasswordForm",
    "change_password": "apps.accounts.forms_sign_in.ChangePasswordForm",
    "set_password": "apps.accounts.forms_sign_in.SetPasswordForm",
    "signup": "apps.accounts.forms_sign_in.SignUpForm",
}
# Wrong passwords and codes are counted by apps.accounts.locks; these hold back what is not a guess. Behind one address
# sits a school of a thousand, which forgets its passwords over the same summer.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": None,
    "reauthenticate": None,
    "change_password": None,
    "reset_password": "300/m/ip",
    "asked_reset": "3/m/key,20/d/key",
    "reset_password_from_key": "300/m/ip",
    "signup": "60/m/ip",
    "manage_email": "10/m/user,30/d/user",
}
# Where allauth counts these: shared by all processes, there while Redis is away, and after a restart.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 4
ACCOUNT_LOGIN_BY_CODE_TRUST_ENABLED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TRUST_ENABLED = True
MFA_TRUST_COOKIE_AGE = timedelta(days=30)
MFA_ADAPTER = "apps.accounts.mfa_adapter.MFAAdapter"
# A phone's clock may be half a minute off; a code still works once.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Whoever has an account has shown that the address is theirs; this would keep people with a factor from changing it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A school sits behind one address, and there is nothing to guess.
MFA_RATE_LIMITS = {"webauthn_login": "1200/m/ip"}
